#!/usr/bin/env bash
# Builds the pages (cloud/web) where their sources changed: packages, the API's types, the bundle; `check` looks at them.
set -euo pipefail
cd "$(dirname "$0")/.."
WEB=cloud/web
TYPES=$WEB/src/api/schema.ts
REGISTRIES=$WEB/src/api/registries.ts

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
digest() { find "$@" -type f ! -name schema.ts ! -name registries.ts ! -path "*/built/*" ! -path "*__pycache__*" -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }
is_new() { [ "$(cat "$2" 2>/dev/null)" != "$1" ]; }

node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null || {
  say "Node 20.19 or newer is missing: the pages are not built"
  [ "${1:-build}" = build ] && exit 0 || exit 1
}

# --- packages -------------------------------------------------------------------------------------------------
stamp=$WEB/node_modules/.prepared
wanted=$(digest $WEB/package.json $WEB/package-lock.json)
if is_new "$wanted" "$stamp"; then
  say "Fetching the pages' packages with npm"
  (cd $WEB && npm ci --no-audit --no-fund --loglevel=error)
  echo "$wanted" >"$stamp"
fi

# --- the types of the API: from the server's own description, so they cannot be old ---------------------------
API=$WEB/node_modules/.openapi.json
stamp=$WEB/node_modules/.api
wanted=$(digest cloud/siaga_cloud core/siaga_core constraints.txt tools/openapi.py tools/registries.py)
if is_new "$wanted" "$stamp" || [ ! -f $TYPES ] || [ ! -f $REGISTRIES ]; then
  .venv/bin/python tools/registries.py >$REGISTRIES
  .venv/bin/python tools/openapi.py >$API.new
  if [ ! -f $TYPES ] || ! cmp -s $API $API.new; then
    say "Writing the types of the API"
    mv $API.new $API
    (cd $WEB && npm run --silent api >/dev/null)
  fi
  rm -f $API.new
  echo "$wanted" >"$stamp"
fi

if [ "${1:-build}" = check ]; then
  # The document itself, with the rules of cloud/openapi-check/.spectral.yaml.
  lint=cloud/openapi-check
  stamp=$lint/node_modules/.prepared
  wanted=$(digest $lint/package.json $lint/package-lock.json)
  if is_new "$wanted" "$stamp"; then
    say "Fetching Spectral with npm"
    (cd $lint && npm ci --no-audit --no-fund --loglevel=error)
    echo "$wanted" >"$stamp"
  fi
  .venv/bin/python tools/openapi.py --all >$lint/openapi.json
  (cd $lint && npm run --silent check)
  cd $WEB && exec npm run --silent check
fi

# --- the bundle -----------------------------------------------------------------------------------------------
built=cloud/siaga_cloud/pages/built
wanted=$(digest $WEB/src $WEB/public $WEB/tools $WEB/index.html $WEB/vite.config.ts $WEB/package-lock.json)
if is_new "$wanted" "$built/.prepared"; then
  say "Building the pages"
  (cd $WEB && npm run --silent build -- --logLevel warn)
  echo "$wanted" >"$built/.prepared"
fi
