#!/usr/bin/env bash
# What `make crowd` needs besides `make setup`: wrk, from Debian.
set -euo pipefail

command -v wrk >/dev/null && exit 0
echo "==> Installing wrk with apt"
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk >/dev/null
