#!/usr/bin/env bash
# Writes a bill of materials for each set of packages that an image installs, and for the pages: CycloneDX, JSON.
# cyclonedx-bom and npm make them from the locks, so that the hashes are those that an installation is compared with.
set -euo pipefail
cd "$(dirname "$0")/.."

TOOL=.run/sbom/tool
mkdir -p .run/sbom
if ! cmp -s locks/sbom.txt "$TOOL/.installed"; then
  rm -rf "$TOOL"
  .venv/bin/uv venv --quiet --python .venv/bin/python "$TOOL"
  .venv/bin/uv pip install --quiet --python "$TOOL/bin/python" --require-hashes --requirement locks/sbom.txt
  cp locks/sbom.txt "$TOOL/.installed"
fi
for lock in cloud edge sim; do
  PYTHONWARNINGS=ignore::UserWarning "$TOOL/bin/cyclonedx-py" requirements "locks/$lock.txt" --pyproject pyproject.toml \
    --output-reproducible --output-format JSON --output-file ".run/sbom/$lock.json"
done
(cd cloud/web && npm sbom --package-lock-only --sbom-format cyclonedx --omit dev >"../../.run/sbom/pages.json")
for file in .run/sbom/*.json; do
  count=$(.venv/bin/python -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["components"]))' "$file")
  echo "$file: $count components"
done
