#!/usr/bin/env bash
# What `make kubernetes-check` needs and nothing else does: kustomize, from Debian.
set -euo pipefail

command -v kustomize >/dev/null && exit 0
echo "==> Installing kustomize with apt"
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends kustomize >/dev/null
