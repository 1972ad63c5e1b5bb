#!/usr/bin/env bash
# What `make test-calendar` needs and nothing else does: a C compiler.
set -euo pipefail
command -v cc >/dev/null && exit 0
echo "==> Installing gcc with apt"
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev >/dev/null
