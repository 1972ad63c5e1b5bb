#!/usr/bin/env bash
# Writes a bill of materials for each set of packages that an image installs, and for the pages: CycloneDX, JSON.
# cyclonedx-bom and npm make them from the locks, so that the hashes are those that an installation is compared with.
set -euo pipefail
cd "$(dirname "$0")/.."

TOOL=cyclonedx-bom==7.5.0
mkdir -p .run/sbom
for lock in cloud edge sim; do
  PYTHONWARNINGS=ignore::UserWarning .venv/bin/uv --quiet tool run --from "$TOOL" cyclonedx-py requirements "locks/$lock.txt" --pyproject pyproject.toml \
    --output-reproducible --output-format JSON --output-file ".run/sbom/$lock.json"
done
(cd cloud/web && npm sbom --package-lock-only --sbom-format cyclonedx --omit dev >"../../.run/sbom/pages.json")
for file in .run/sbom/*.json; do
  count=$(.venv/bin/python -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["components"]))' "$file")
  echo "$file: $count components"
done
