#!/usr/bin/env bash
# Generates the package siaga-client from the OpenAPI document, builds its wheel, and installs it into an environment of
# its own. The generator has one, too: it requires another typer than ours.
set -euo pipefail
cd "$(dirname "$0")/.."

BIN=$PWD/.venv/bin
OUT=$PWD/.run/client
mkdir -p "$OUT"

if ! cmp -s clients/python/generator.txt "$OUT/tool/.installed"; then
  echo "==> Installing openapi-python-client"
  rm -rf "$OUT/tool"
  "$BIN/uv" venv --quiet --python "$BIN/python" "$OUT/tool"
  "$BIN/uv" pip install --quiet --python "$OUT/tool/bin/python" --require-hashes --requirement clients/python/generator.txt
  cp clients/python/generator.txt "$OUT/tool/.installed"
fi

"$BIN/python" tools/openapi.py >"$OUT/openapi.json"
version=${CLIENT_VERSION:-$("$BIN/python" -c 'from importlib.metadata import version; print(version("siaga"))')}
{ cat clients/python/generator.yaml; echo "package_version_override: $version"; } >"$OUT/generator.yaml"
# It names the answers that are no JSON or text, such as images: operations return those as bytes in `content`.
"$OUT/tool/bin/openapi-python-client" generate --path "$OUT/openapi.json" --config "$OUT/generator.yaml" \
  --meta uv --output-path "$OUT/siaga-client" --overwrite >"$OUT/generator.log" 2>&1 || { cat "$OUT/generator.log"; exit 1; }
cp clients/python/README.md "$OUT/siaga-client/README.md"
rm -rf "$OUT/dist"
"$BIN/uv" build --quiet --wheel --out-dir "$OUT/dist" "$OUT/siaga-client"
[ -z "${NO_ENVIRONMENT:-}" ] || exit 0 # `make release` builds it only

"$BIN/uv" venv --quiet --clear --python "$BIN/python" "$OUT/env"
"$BIN/uv" pip install --quiet --python "$OUT/env/bin/python" --constraint constraints.txt "$OUT"/dist/*.whl
ls "$OUT"/dist/*.whl
