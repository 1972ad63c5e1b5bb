#!/usr/bin/env bash
# Builds the Debian package of the edge agent into .run/deb, for the release of Debian and the architecture of this
# machine. SUFFIX is appended to the version. Every dependency is compared with its hash in locks/edge.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=.run/deb
STAGE=$OUT/stage
PYTHON=${SYSTEM_PYTHON:-/usr/bin/python3}

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }

version=$(.venv/bin/python -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')${SUFFIX:-}
architecture=$(dpkg --print-architecture)
read -r python next < <("$PYTHON" -c 'import sys; a, b = sys.version_info[:2]; print(f"{a}.{b} {a}.{b + 1}")')

say "Building the wheel of siaga $version"
rm -rf "$STAGE" "$OUT/wheels"
mkdir -p "$STAGE/opt" "$STAGE/DEBIAN" "$STAGE/usr/bin" "$STAGE/usr/lib/systemd/system" "$OUT/wheels"
if [ ! -x "$OUT/build/bin/pip" ]; then
  .venv/bin/python -m venv "$OUT/build"
  "$OUT/build/bin/pip" install --quiet --require-hashes --only-binary=:all: --requirement locks/build.txt
fi
"$OUT/build/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$OUT/wheels" .

say "Installing the agent for Python $python into the package"
"$PYTHON" -m venv "$STAGE/opt/siaga"
"$STAGE/opt/siaga/bin/pip" install --quiet --no-compile --require-hashes --only-binary=:all: --requirement locks/edge.txt
"$STAGE/opt/siaga/bin/pip" install --quiet --no-compile --no-deps "$OUT"/wheels/*.whl
# The environment is installed at another place than it was made at.
grep -rlI --null "$PWD/$STAGE" "$STAGE/opt/siaga/bin" "$STAGE/opt/siaga/pyvenv.cfg" | xargs -0 -r sed -i "s#$PWD/$STAGE##g"
rm -rf "$STAGE"/opt/siaga/bin/{pip*,activate*,Activate.ps1} "$STAGE"/opt/siaga/lib/python*/site-packages/{pip,pip-*}
ln -sf /opt/siaga/bin/siaga-edge "$STAGE/usr/bin/siaga-edge"
install -m 0644 packaging/siaga-edge.service "$STAGE/usr/lib/systemd/system/"

for file in postinst prerm postrm; do install -m 0755 "packaging/deb/$file" "$STAGE/DEBIAN/$file"; done
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@PYTHON@/$python/; s/@NEXT_PYTHON@/$next/" \
  packaging/deb/control >"$STAGE/DEBIAN/control"
deb=$OUT/siaga-edge_${version}_${architecture}.deb
dpkg-deb --root-owner-group --build -Zxz "$STAGE" "$deb" >/dev/null
say "$deb: $(du -h "$deb" | cut -f1)"
