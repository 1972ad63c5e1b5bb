#!/usr/bin/env bash
# Builds the Debian package of the edge agent of the commit, for the release of Debian and the architecture of this
# machine, into OUT (.run/deb). VERSION: another version than that of pyproject.toml. Every dependency is compared with its
# hash in locks/edge.txt. The same commit gives the same bytes on one machine.
#
# dpkg-deb and this script, not debhelper: the package is a virtual environment with wheels that pip installs, of which
# debhelper's helpers for Python (dh-virtualenv) would do the same and are not in Debian 13.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
OUT=$(realpath -m "${OUT:-.run/deb}")
BIN=$PWD/.venv/bin
WORK=$PWD/.run/deb
SOURCE=$WORK/source
STAGE=$WORK/stage
PREFIX=opt/siaga-edge
PYTHON=${SYSTEM_PYTHON:-/usr/bin/python3}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

say() { printf '==> %s\n' "$*"; }

# What the image of the edge agent has (packaging/Dockerfile.edge).
rm -rf "$SOURCE" && mkdir -p "$SOURCE"
git archive HEAD pyproject.toml README.md LICENSE core edge models/weights cloud/siaga_cloud/__init__.py \
  firmware-sim/siaga_sim/__init__.py | tar --extract --directory "$SOURCE"
version=${VERSION:-$(sed -nE 's/^version = "([^"]+)"$/\1/p' "$SOURCE/pyproject.toml")}
sed -i -E "s/^version = \"[^\"]+\"$/version = \"$version\"/" "$SOURCE/pyproject.toml"
architecture=$(dpkg --print-architecture)
read -r python next < <("$PYTHON" -c 'import sys; a, b = sys.version_info[:2]; print(f"{a}.{b} {a}.{b + 1}")')

say "Building the wheel of siaga $version"
rm -rf "$STAGE" "$WORK/wheels"
mkdir -p "$STAGE/opt" "$STAGE/DEBIAN" "$STAGE/usr/bin" "$STAGE/usr/lib/systemd/system" "$WORK/wheels" "$OUT"
(cd "$SOURCE" && "$BIN/python" -m hatchling build --directory "$WORK/wheels" --target wheel >/dev/null)

say "Installing the agent for Python $python into the package"
"$PYTHON" -m venv --without-pip "$STAGE/$PREFIX"
target=$STAGE/$PREFIX/bin/python
"$BIN/uv" pip install --quiet --python "$target" --link-mode copy --require-hashes --only-binary :all: --requirement locks/edge.txt
# By its name, so that no file records the folder that it came from.
"$BIN/uv" pip install --quiet --python "$target" --link-mode copy --no-cache --no-deps --no-index --find-links "$WORK/wheels" "siaga==$version"
# The environment is installed at another place than it was made at.
grep -rlI --null "$STAGE" "$STAGE/$PREFIX/bin" "$STAGE/$PREFIX/pyvenv.cfg" | xargs -0 -r sed -i "s#$STAGE##g"
rm -rf "$STAGE/$PREFIX"/bin/{activate*,Activate.ps1} "$STAGE/$PREFIX"/.lock
find "$STAGE/$PREFIX" -name __pycache__ -prune -exec rm -rf {} +
chmod -R u=rwX,go=rX "$STAGE/opt"
ln -sf "/$PREFIX/bin/siaga-edge" "$STAGE/usr/bin/siaga-edge"
install -m 0644 packaging/siaga-edge.service packaging/deb/siaga-edge-update.{service,path} "$STAGE/usr/lib/systemd/system/"
# Outside of the environment, which it replaces while it runs.
install -D -m 0644 edge/siaga_edge/fleet/package_installer.py "$STAGE/usr/lib/siaga-edge/update.py"

for file in postinst prerm postrm; do install -m 0755 "packaging/deb/$file" "$STAGE/DEBIAN/$file"; done
# What dpkg --verify compares.
(cd "$STAGE" && find opt usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
size=$(du -sk --apparent-size --exclude=DEBIAN "$STAGE" | cut -f1)
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@PYTHON@/$python/; s/@NEXT_PYTHON@/$next/; s/@SIZE@/$size/" \
  packaging/deb/control >"$STAGE/DEBIAN/control"
deb=$OUT/siaga-edge_${version}_${architecture}.deb
# zstd, which dpkg of Debian 12 and later reads: xz needs minutes for a few per cent less. One thread: the same bytes.
dpkg-deb --root-owner-group --threads-max=1 -Zzstd -z10 --build "$STAGE" "$deb" >/dev/null
say "$deb: $(du -h "$deb" | cut -f1)"
