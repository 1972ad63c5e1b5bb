#!/usr/bin/env bash
# What `make compose-test` needs and nothing else does: a Docker Engine that runs, and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
for package in docker.io docker-cli docker-buildx docker-compose iptables debootstrap; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ! docker compose version >/dev/null 2>&1 && [ ${#missing[@]} -ne 0 ] || ! command -v debootstrap >/dev/null; then
  echo "==> Installing ${missing[*]} with apt"
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
docker info >/dev/null 2>&1 && exit 0
[ "$(id -u)" -eq 0 ] || { echo "No Docker Engine answers, and only root can start one: start it and repeat." >&2; exit 1; }
echo "==> Starting dockerd with its data in .run/docker (it goes on running; log: .run/dockerd.log)"
mkdir -p .run
setsid dockerd --data-root "$PWD/.run/docker" >.run/dockerd.log 2>&1 </dev/null &
for _ in $(seq 60); do
  docker info >/dev/null 2>&1 && exit 0
  sleep 1
done
echo "dockerd did not start within 60 s: see .run/dockerd.log" >&2
exit 1
