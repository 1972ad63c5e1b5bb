#!/usr/bin/env bash
# Makes stand-ins, under the names that the Dockerfiles and docker-compose.yml use, for base images that no registry
# delivers here: Debian roots by debootstrap with this machine's Python 3.11 and Node, and PostgreSQL, Mosquitto and
# nginx from Debian. Grafana and go2rtc become programs that only answer their health check. An image that exists stays.
set -euo pipefail
cd "$(dirname "$0")"
work=${1:?a folder to work in}
mkdir -p "$work"

has() { docker image inspect "$1" >/dev/null 2>&1; }
note() { printf 'stand-in: %-42s %s\n' "$1" "$2"; }

# This machine's authorities and pip settings go along, so that a build fetches packages the way this machine does.
root() {  # root NAME SUITE PACKAGES: a Debian root as a folder
  local folder=$work/$1
  [ -e "$folder/.done" ] && return
  rm -rf "$folder"
  debootstrap --variant=minbase --include="ca-certificates,$3" "$2" "$folder" >"$work/$1.log" 2>&1
  cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
  [ -e /etc/pip.conf ] && cp /etc/pip.conf "$folder/etc/pip.conf"
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*
  touch "$folder/.done"
}

image() {  # image FOLDER NAME [CHANGE...]: a folder as an image
  local folder=$work/$1 name=$2
  shift 2
  local changes=()
  for one in "$@"; do changes+=(--change "$one"); done
  tar --create --numeric-owner --one-file-system --exclude ./proc/* --exclude ./sys/* --directory "$folder" . | docker import "${changes[@]}" - "$name" >/dev/null
}

python_of_this_machine() {
  local prefix
  prefix=$(python3.11 -c 'import sys; print(sys.base_prefix)')
  [ "$prefix" != /usr ] || { echo "Python 3.11 with a prefix of its own is needed, got one in /usr" >&2; exit 1; }
  echo "$prefix"
}

LIBRARIES=libssl3t64,libsqlite3-0,libffi8,zlib1g,libbz2-1.0,liblzma5,libreadline8t64,libncursesw6,libuuid1,libexpat1,netbase,tzdata
if ! has python:3.11.13-slim-trixie || ! has python:3.11.13-slim-bookworm || ! has node:20.19.4-bookworm-slim; then
  root trixie trixie "$LIBRARIES"
  prefix=$(python_of_this_machine)
  mkdir -p "$work/trixie/usr/local"
  cp -a "$prefix/." "$work/trixie/usr/local/"
  rm -rf "$work"/trixie/usr/local/lib/python3.11/{test,site-packages/*} "$work"/trixie/usr/local/lib/libpython*.a
  cp -a "$prefix"/lib/python3.11/ensurepip "$work/trixie/usr/local/lib/python3.11/"
  ln -sf python3.11 "$work/trixie/usr/local/bin/python"; ln -sf python3.11 "$work/trixie/usr/local/bin/python3"
  version=$("$prefix/bin/python3.11" -c 'import platform; print(platform.python_version())')
  for name in python:3.11.13-slim-trixie python:3.11.13-slim-bookworm; do
    has "$name" && continue
    image trixie "$name" 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' 'CMD ["python3"]'
    note "$name" "Debian 13 and Python $version of this machine"
  done
  if ! has node:20.19.4-bookworm-slim; then
    node=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
    rm -rf "$work/node"; cp -a "$work/trixie" "$work/node"; rm -rf "$work/node/usr/local"; mkdir -p "$work/node/usr/local/bin" "$work/node/usr/local/lib"
    cp "$(readlink -f "$(command -v node)")" "$work/node/usr/local/bin/node"
    cp -a "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$work/node/usr/local/lib/npm"
    ln -s ../lib/npm/bin/npm-cli.js "$work/node/usr/local/bin/npm"; ln -s ../lib/npm/bin/npx-cli.js "$work/node/usr/local/bin/npx"
    ldd "$work/node/usr/local/bin/node" | awk '/=> \//{print $3}' | while read -r lib; do
      [ -e "$work/node$lib" ] || cp --parents -L "$lib" "$work/node/"
    done
    image node node:20.19.4-bookworm-slim 'ENV PATH=/usr/local/bin:/usr/bin:/bin' 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'
    note node:20.19.4-bookworm-slim "Debian 13 and Node $(node --version) of this machine"
  fi
fi

services() {
  has siaga-standin-services && return
  root services trixie postgresql-17,postgresql-17-timescaledb,mosquitto,nginx-light,curl,busybox,netcat-openbsd,tzdata
  image services siaga-standin-services
}

standin() {  # standin NAME WHAT: an image from standins/WHAT.Dockerfile
  has "$1" && return
  services
  docker build --quiet --file "standins/$2.Dockerfile" --tag "$1" standins >/dev/null
  note "$1" "$3"
}

standin timescale/timescaledb:2.19.3-pg17-oss postgres "Debian's PostgreSQL 17 with TimescaleDB"
standin eclipse-mosquitto:2.0.21 mosquitto "Debian's Mosquitto"
standin nginx:1.26.3 nginx "Debian's nginx"
standin grafana/grafana:12.4.11 grafana "answers its health check, reads its secrets and files"
standin alexxit/go2rtc:1.9.9 go2rtc "answers its health check, reads its configuration"
