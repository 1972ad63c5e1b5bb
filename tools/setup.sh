#!/usr/bin/env bash
# Prepares everything that demo, tests and checks need, on a fresh Debian. Safe to run again: it does only what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }

# --- services from the distribution --------------------------------------------------------------------------
SERVICES=(postgresql-17 postgresql-17-timescaledb mosquitto mosquitto-clients)
TESTING=(chromium chromium-headless-shell fonts-dejavu-core dovecot-imapd nginx caddy age)
SETUP=${SETUP:-all} # demo: without what only tests need
[ "$SETUP" != demo ] || TESTING=()

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
can_install() { command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; }
is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
for package in "${SERVICES[@]}" "${TESTING[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[ "$SETUP" = demo ] || is_installed chromium-headless-shell || missing+=(chromium) # both are of one version
python=$(for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
  [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$name" && break
done || true)
[ -n "$python" ] || missing+=(python3)
{ [ -n "$python" ] && "$python" -c 'import ensurepip, venv' 2>/dev/null; } || missing+=(python3-venv)

# Node builds the pages; whoever has a newer one keeps it.
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
  || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)

if [ ${#missing[@]} -gt 0 ]; then
  if can_install; then
    say "Installing ${missing[*]} with apt (about a minute)"
    as_root apt-get update -qq
    # The packages' own services stay off: Siaga starts private ones.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    say "No apt or no root: ${missing[*]} stay out; the demo falls back to PostgreSQL and a broker from wheels"
  fi
fi
python=${python:-python3}

# --- Python --------------------------------------------------------------------------------------------------
# Every file is compared with its hash in locks/ (make lock); Siaga itself is built from the checkout with what is there.
LOCK=${LOCK:-dev}
stamp=.venv/.prepared
wanted=$(cat pyproject.toml locks/build.txt "locks/$LOCK.txt" tools/setup.sh; echo "$LOCK"; "$python" --version)
wanted=$(printf '%s' "$wanted" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  say "Preparing .venv with $("$python" --version)"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement locks/build.txt
  .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --requirement "locks/$LOCK.txt"
  .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
  echo "$wanted" >"$stamp"
fi
tools/web.sh build

if [ "$SETUP" = demo ]; then
  say "Ready: make demo"
  exit
fi

# --- Grafana's types and its formatting, for the checks of the dashboards --------------------------------------
for folder in dashboards/schema-check dashboards/check; do
  wanted=$(sha256sum <$folder/package-lock.json)
  if command -v npm >/dev/null && [ "$(cat $folder/node_modules/.prepared 2>/dev/null)" != "$wanted" ]; then
    say "Fetching Grafana's packages for $folder with npm"
    (cd $folder && npm ci --ignore-scripts --loglevel=error)
    echo "$wanted" >$folder/node_modules/.prepared
  fi
done
say "Ready: make demo, make test"
