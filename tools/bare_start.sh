#!/usr/bin/env bash
# How long a newcomer waits: a bare Debian 13 (debootstrap, minbase), a clone of this commit, `apt-get install make git`,
# `make demo`; the seconds from `make demo` until its page answers. Needs root; FOLDER holds the system and is removed.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-/var/tmp/siaga-bare}
limit=${LIMIT:-900}

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
inside() { chroot "$folder" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 ${KEPT[@]+"${KEPT[@]}"} "$@"; }
finish() {
  [ -z "${demo:-}" ] || { kill -INT -- "-$demo" 2>/dev/null; wait "$demo" || true; } 2>/dev/null
  for place in proc dev; do umount -R -l "$folder/$place" 2>/dev/null || true; done
  rm -rf --one-file-system "$folder"
}
# What leads package managers to mirrors, where this machine has some.
mapfile -t KEPT < <(env | grep -E '^(PIP|UV|NPM|SSL|REQUESTS|NODE_EXTRA|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)' || true)

[ "$(id -u)" -eq 0 ] || { echo "bare_start: needs root" >&2; exit 1; }
[ ! -e "$folder" ] || { echo "bare_start: $folder exists" >&2; exit 1; }
trap finish EXIT
say "A bare Debian 13 in $folder"
debootstrap --variant=minbase --include=ca-certificates trixie "$folder" >/dev/null
for place in /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/pip.conf /etc/ssl/certs /root/.npmrc /root/.config/pip \
  /root/.config/uv /usr/local/share/ca-certificates /etc/resolv.conf /etc/hosts; do
  [ ! -e "$place" ] || { mkdir -p "$folder$(dirname "$place")" && cp -aL "$place" "$folder$(dirname "$place")/"; }
done
mount -t proc proc "$folder/proc"
mount --rbind /dev "$folder/dev"
git clone --quiet --no-hardlinks . "$folder/root/siaga"
say "apt-get install make"
inside sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq make >/dev/null'

say "make demo"
began=$(date +%s.%N)
setsid chroot "$folder" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 ${KEPT[@]+"${KEPT[@]}"} \
  sh -c 'cd /root/siaga && exec make demo' >"$folder/demo.log" 2>&1 &
demo=$!
until url=$(grep -oE 'The pages are served at http://[0-9.:]+' "$folder/demo.log" | grep -oE 'http.*') && curl -fsS -o /dev/null "$url/"; do
  kill -0 "$demo" 2>/dev/null || { cat "$folder/demo.log"; exit 1; }
  [ "$(date +%s)" -lt "$((${began%.*} + limit))" ] || { tail -20 "$folder/demo.log"; echo "no page in $limit s" >&2; exit 1; }
  sleep 0.5
done
say "The page answered $(($(date +%s) - ${began%.*})) s after make demo"
grep -E '==>|s\]' "$folder/demo.log" || true
