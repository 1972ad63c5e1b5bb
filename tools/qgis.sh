#!/usr/bin/env bash
# What `make qgis` needs and nothing else does: QGIS with its Python from Debian, without a screen.
set -euo pipefail

missing=()
for package in python3-qgis qgis-providers; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -ne 0 ]; then
  echo "==> Installing ${missing[*]} with apt"
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
