#!/usr/bin/env bash
# Follows the first lines of README in a bare Debian root made by debootstrap, which has neither make nor Python: installs
# make, starts `make demo` in a clean clone, and measures the seconds until its page answers. Needs root and debootstrap.
# Fails when that takes longer than LIMIT=180 seconds, or when the demo does not end properly on Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."
LIMIT=${LIMIT:-180}
OUT=$PWD/.run/bare-demo
ROOT=$OUT/root
LOG=$OUT/demo.log
CA=/etc/ssl/certs/ca-certificates.crt
SUITE=$(. /etc/os-release && echo "$VERSION_CODENAME")
START='apt-get update -qq && apt-get install -y -qq make >/dev/null && cd /srv/siaga && exec make demo'

say() { printf '==> %s\n' "$*"; }

for tool in debootstrap curl; do
  command -v "$tool" >/dev/null || { say "$tool is missing: apt-get install $tool"; exit 1; }
done
[ "$(id -u)" -eq 0 ] || { say "this needs root, for a root of its own"; exit 1; }
mkdir -p "$OUT"
if [ ! -e "$OUT/base/.made" ]; then
  say "Making a bare $SUITE root"
  rm -rf "$OUT/base"
  debootstrap --variant=minbase --include=ca-certificates "$SUITE" "$OUT/base" >"$OUT/debootstrap.log"
  touch "$OUT/base/.made"
fi
rm -rf "$ROOT"
cp -a "$OUT/base" "$ROOT"
# How this machine reaches the archives of packages, and which authorities it trusts.
for path in /etc/resolv.conf /etc/apt/apt.conf.d "$CA"; do
  [ ! -e "$path" ] || { mkdir -p "$ROOT$(dirname "$path")" && cp -rT --dereference "$path" "$ROOT$path"; }
done
git clone --quiet . "$ROOT/srv/siaga"
for tool in make python3 node; do
  ! chroot "$ROOT" sh -c "command -v $tool" || { say "the root is not bare: it has $tool"; exit 1; }
done

say "Installing make and starting the demo of $(git describe --always)"
inside() { # prints the processes whose root is the bare one
  for one in /proc/[0-9]*; do [ "$(readlink "$one/root" 2>/dev/null)" != "$ROOT" ] || printf '%s\n' "${one#/proc/}"; done
}
set -m # a group of its own, which Ctrl-C reaches as it does on a terminal
began=$(date +%s)
unshare --mount sh -c "
  mount -t proc proc '$ROOT/proc' && mount -t tmpfs tmpfs '$ROOT/dev' && mkdir '$ROOT/dev/shm'
  mount -t tmpfs -o size=4g tmpfs '$ROOT/dev/shm'
  for one in null zero full random urandom tty; do touch '$ROOT'/dev/\$one && mount --bind /dev/\$one '$ROOT'/dev/\$one; done
  ln -s /proc/self/fd '$ROOT/dev/fd'
  exec chroot '$ROOT' /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    DEBIAN_FRONTEND=noninteractive SSL_CERT_FILE=$CA PIP_CERT=$CA NODE_EXTRA_CA_CERTS=$CA sh -c '$START'" >"$LOG" 2>&1 &
demo=$!
trap 'inside | xargs --no-run-if-empty kill -KILL 2>/dev/null || true' EXIT

address=
until [ -n "$address" ] && curl --silent --fail --output /dev/null --max-time 5 "$address"; do
  kill -0 $demo 2>/dev/null || { tail -20 "$LOG"; say "the demo ended before its page answered"; exit 1; }
  [ $(($(date +%s) - began)) -lt $((3 * LIMIT)) ] || { tail -20 "$LOG"; say "no page after $((3 * LIMIT)) s"; exit 1; }
  address=$(grep -om1 'http://127\.0\.0\.1:[0-9]*' "$LOG" 2>/dev/null || true)
  sleep 0.5
done
seconds=$(($(date +%s) - began))
say "$address answered after $seconds s, of at most $LIMIT"
until grep -q 'things to break: http' "$LOG"; do # the last line before the story, below the links of the roles
  kill -0 $demo 2>/dev/null || { tail -20 "$LOG"; say "the demo ended before its story began"; exit 1; }
  [ $(($(date +%s) - began)) -lt $((5 * LIMIT)) ] || { tail -20 "$LOG"; say "no story after $((5 * LIMIT)) s"; exit 1; }
  sleep 0.5
done
say "The links of all roles were printed after $(($(date +%s) - began)) s:"
grep 'http://' "$LOG"
[ -n "$(inside)" ] || { say "no process was found in the bare root, so that its end cannot be seen"; exit 1; }
say "Ending it with Ctrl-C"
kill -INT -- -$demo
wait $demo || true # make states that it was interrupted
tail -3 "$LOG"
left=$(inside)
[ -z "$left" ] || { ps -o pid,args -p "$(echo $left | tr ' ' ,)"; say "these processes did not end"; exit 1; }
[ "$seconds" -le "$LIMIT" ] || { say "that is over the limit"; exit 1; }
