#!/usr/bin/env bash
# What `make cluster` needs and nothing else does: two clustered brokers and a balancer, from Debian.
set -euo pipefail

missing=()
for package in rabbitmq-server nats-server haproxy; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "==> Installing ${missing[*]} with apt"
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
# Their own services must not start: the benchmark runs private ones.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null
  "${sudo[@]}" chmod 755 $policy
  trap '"${sudo[@]}" rm -f $policy' EXIT
fi
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
