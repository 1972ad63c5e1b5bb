#!/usr/bin/env bash
# Retrain the nodes' detector on a pack (models/retrain.py); a better one is offered to the node OFFER_TO, if that is set.
# Usage: retrain.sh PACK OUT
set -euo pipefail
cd "$(dirname "$0")/.."
pack=$1 out=$2
resume=()
[ ! -d "$out" ] || resume=(--resume)
.venv-train/bin/python models/retrain.py "$pack" --out "$out" "${resume[@]}"
[ -n "${OFFER_TO:-}" ] || exit 0
name=$(sed -n 's/^\[\(.*\)\]$/\1/p' "$out/model/manifest.toml")
.venv/bin/siaga-cloud admin fleet model "$OFFER_TO" detector "$out"/model/*.onnx --row "$out/model/manifest.toml:$name"
