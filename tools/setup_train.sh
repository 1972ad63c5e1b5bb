#!/usr/bin/env bash
# Prepares .venv-train for models/: PyTorch, ultralytics, OpenVINO. Safe to run again: it does only what is missing.
# A place of its own, because ultralytics brings opencv-python, which overwrites the boxes' opencv-python-headless.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv-train/.prepared
wanted=$(cat pyproject.toml tools/setup_train.sh; .venv/bin/python --version)
wanted=$(printf '%s' "$wanted" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  printf '\033[1m==> Preparing .venv-train (PyTorch and more: some minutes, 2 GB)\033[0m\n'
  [ -x .venv-train/bin/python ] || .venv/bin/python -m venv .venv-train
  # pip, not uv: pip takes the CPU files of PyTorch from wherever it is told to find them (PIP_EXTRA_INDEX_URL,
  # PIP_FIND_LINKS). Ranges, not constraints.txt: those versions are of the boxes' environment.
  .venv-train/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[train]'
  # The tests that every engine must pass run here too: only here are all engines installed.
  .venv-train/bin/python -m pip install --quiet --disable-pip-version-check \
    --constraint <(grep -E '^(pytest|pytest-timeout|pluggy|iniconfig|packaging)==' constraints.txt) pytest pytest-timeout
  echo "$wanted" >"$stamp"
fi
