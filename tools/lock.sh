#!/usr/bin/env bash
# Writes locks/: the versions of constraints.txt with the hashes of their files, one file for each set that is installed.
# Run it after a change of pyproject.toml or constraints.txt; a test compares them.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # NAME EXTRA...
  local name=$1 extras=()
  shift
  for extra in "$@"; do extras+=(--extra "$extra"); done
  .venv/bin/uv pip compile pyproject.toml "${extras[@]}" --constraint constraints.txt --quiet --universal \
    --python-version 3.11 --generate-hashes --no-header --no-annotate --output-file "locks/$name.txt"
}

mkdir -p locks
lock dev dev
lock cloud cloud telemetry
lock edge edge
lock sim sim
# The generator of the Python client has an environment of its own: it requires another typer.
printf 'openapi-python-client==0.29.1\n' | .venv/bin/uv pip compile - --quiet --universal --python-version 3.11 \
  --generate-hashes --no-header --no-annotate --output-file clients/python/generator.txt
# What installs the others and builds Siaga itself.
printf 'uv\nhatchling\n' | .venv/bin/uv pip compile - --constraint constraints.txt --quiet --universal \
  --python-version 3.11 --generate-hashes --no-header --no-annotate --output-file locks/build.txt
# What writes the bills of materials has an environment of its own, too.
printf 'cyclonedx-bom==7.5.0\n' | .venv/bin/uv pip compile - --constraint constraints.txt --quiet --universal \
  --python-version 3.11 --generate-hashes --no-header --no-annotate --output-file locks/sbom.txt
