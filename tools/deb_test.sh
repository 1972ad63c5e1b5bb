#!/usr/bin/env bash
# Installs the package in a clean Debian root made by debootstrap, runs a node there as its user, installs a newer
# version, goes back to the older one, and removes it. It also builds the package twice and compares the bytes. Needs root.
# The Debian root is made once and copied for each run.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=$PWD/.run/deb
BASE=$OUT/base
ROOT=$OUT/root
SUITE=$(. /etc/os-release && echo "$VERSION_CODENAME")

say() { printf '==> %s\n' "$*"; }
inside() { chroot "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }
version_of() { dpkg-deb --field "$1" Version; }

command -v debootstrap >/dev/null || { say "debootstrap is missing: apt-get install debootstrap"; exit 1; }
[ "$(id -u)" -eq 0 ] || { say "this needs root, for chroot"; exit 1; }
rm -rf "$OUT/built" && mkdir -p "$OUT/built/again"
OUT=$OUT/built tools/deb.sh
old=$(ls "$OUT"/built/siaga-edge_*.deb)
say "Building it again: the bytes must be the same"
OUT=$OUT/built/again tools/deb.sh
cmp "$old" "$OUT/built/again/$(basename "$old")"
OUT=$OUT/built VERSION="$(version_of "$old")+next" tools/deb.sh
new=$(ls "$OUT"/built/siaga-edge_*+next*.deb)

if [ ! -x "$BASE/usr/bin/openssl" ]; then
  say "Making a clean $SUITE root"
  rm -rf "$BASE"
  debootstrap --variant=minbase --include=python3,ca-certificates,systemd,openssl "$SUITE" "$BASE" >"$OUT/debootstrap.log"
fi
umount "$ROOT/proc" 2>/dev/null || true
rm -rf "$ROOT"
cp -a "$BASE" "$ROOT"
mount -t proc proc "$ROOT/proc"
trap 'umount "$ROOT/proc"' EXIT
cp "$old" "$new" "$ROOT/root/"

installed() { # FILE: installs it, and runs the node until it states that it is ready and its outbox waits
  inside dpkg --install "/root/$(basename "$1")" >/dev/null
  inside dpkg-query -W -f '${Version} ${Status}\n' siaga-edge
  .venv/bin/python tools/deb_node.py "$ROOT" "$(version_of "$1")"
}

say "Installing $(version_of "$old")"
inside dpkg --install "/root/$(basename "$old")" >/dev/null
inside systemd-analyze verify /usr/lib/systemd/system/siaga-edge.service
[ "$(inside stat -c '%U %a' /etc/siaga /var/lib/siaga | sort -u)" = "siaga 700" ]
cat >"$ROOT/etc/siaga/node.toml" <<TOML
[node]
name = "node-deb"
data_dir = "/var/lib/siaga"
[broker]
host = "127.0.0.1"
port = 1
[outbox]
min_free_bytes = 0
[health]
every_seconds = 1
[[camera]]
id = "cam-gone"
url = "rtsp://127.0.0.1:1/x"
place = { lat = -6.2, lon = 106.8 }
unknown_after_seconds = 1
TOML
inside chown siaga:siaga /etc/siaga/node.toml
installed "$old"
say "Updating to $(version_of "$new")"
installed "$new"
say "Going back to $(version_of "$old")"
installed "$old"
say "Removing"
inside dpkg --remove siaga-edge >/dev/null
[ -f "$ROOT/etc/siaga/node.toml" ] && [ ! -e "$ROOT/opt/siaga-edge" ]
inside dpkg --purge siaga-edge >/dev/null
[ ! -e "$ROOT/etc/siaga" ] && [ ! -e "$ROOT/var/lib/siaga" ]
say "Installed, ran, updated, went back, removed"
