#!/usr/bin/env bash
# Lets schemathesis make up requests from /openapi.json against a server of our own: no answer may be a 5xx,
# and none may be missing from the document. `tests/api/run.sh [examples]` for each operation and phase.
set -euo pipefail
cd "$(dirname "$0")/../.."
examples=${1:-40}
binary=${PORCH_BINARY:-target/debug/porch}
venv=target/schemathesis

# An environment names its own folder, so that it does not survive a move.
if ! $venv/bin/schemathesis --version >/dev/null 2>&1; then
  rm -rf $venv
  python3 -m venv $venv
  $venv/bin/pip install -q --disable-pip-version-check -r tests/api/requirements.txt
fi

folder=$(mktemp -d /tmp/porch-api.XXXXXX)
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
env -u DATABASE_URL PORCH_DATA="$folder" ROCKET_PORT="$port" PORCH_RATE_LIMIT=off PORCH_ARGON2_MEMORY_KIB=64 \
  PORCH_LOG=error "$binary" >"$folder/log" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
url=http://127.0.0.1:$port
until curl -sf "$url/health/ready" >/dev/null; do kill -0 $server; done

password='two pears and a ladder'
curl -sf -o /dev/null "$url/setup" -H "Origin: $url" -H "Connection: keep-alive" -d site_name=House -d email=mo@example.org \
  --data-urlencode "password=$password"
token=$(curl -sf "$url/auth/jwt/login" -d username=mo@example.org --data-urlencode "password=$password" |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')

# Logging out and leaving would end what the other requests need. What a schema cannot say (an address, a
# common password) makes good data be refused; DELETE /users/me is DELETE /users/{id} with a bad id; Rocket knows
# no QUERY and answers 400.
SCHEMATHESIS_HOOKS=tests/api/hooks.py $venv/bin/schemathesis --config-file tests/api/schemathesis.toml run "$url/openapi.json" --header "Authorization: Bearer $token" \
  --exclude-path-regex 'logout|deletion|sessions/' --checks all --exclude-checks positive_data_acceptance,allow_header_conformance,unsupported_method \
  --max-examples "$examples" --seed 7 --generation-database=none --no-color || { tail -20 "$folder/log"; exit 1; }
