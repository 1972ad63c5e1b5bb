#!/usr/bin/env bash
# Builds three packages of the agent (this version, a newer one, and one whose agent ends at once), and has a node of a
# clean Debian root enrolled, updated, rolled back and cut off by signed commands, under a systemd of its own. Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=$PWD/.run/deb
WORK=$OUT/update
SUITE=$(. /etc/os-release && echo "$VERSION_CODENAME")

say() { printf '==> %s\n' "$*"; }

command -v debootstrap >/dev/null || { say "debootstrap is missing: apt-get install debootstrap"; exit 1; }
[ "$(id -u)" -eq 0 ] || { say "this needs root, for namespaces"; exit 1; }
rm -rf "$WORK" && mkdir -p "$WORK/packages"
OUT=$WORK/packages tools/deb.sh
old=$(ls "$WORK"/packages/siaga-edge_*.deb)
version=$(dpkg-deb --field "$old" Version)
OUT=$WORK/packages VERSION="$version+next" tools/deb.sh
say "Making a package whose agent ends at once"
dpkg-deb --raw-extract "$old" "$WORK/broken"
sed -i "s/^Version: .*/Version: $version+broken/" "$WORK/broken/DEBIAN/control"
printf '#!/bin/sh\necho "this version is broken" >&2\nexit 1\n' >"$WORK/broken/opt/siaga-edge/bin/siaga-edge"
dpkg-deb --root-owner-group -Zzstd -z1 --build "$WORK/broken" \
  "$WORK/packages/siaga-edge_$version+broken_$(dpkg --print-architecture).deb" >/dev/null
rm -rf "$WORK/broken"

if [ ! -x "$OUT/base/usr/bin/openssl" ]; then
  say "Making a clean $SUITE root"
  rm -rf "$OUT/base"
  debootstrap --variant=minbase --include=python3,ca-certificates,systemd,openssl "$SUITE" "$OUT/base" >"$OUT/debootstrap.log"
fi
cp -a "$OUT/base" "$WORK/debian"
cp "$old" "$WORK/debian/srv/"
.venv/bin/python -m tools.deb_update "$WORK"
