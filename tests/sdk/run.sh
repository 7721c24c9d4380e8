#!/usr/bin/env bash
# Lets ImageKit's own SDKs build addresses and looks at what a server of our own answers: `tests/sdk/run.sh`.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${PORCH_BINARY:-target/debug/porch}
venv=target/sdk-venv

# An environment names its own folder, so that it does not survive a move, nor a change of what is in it.
if ! $venv/bin/pip --version >/dev/null 2>&1 || ! cmp -s tests/sdk/requirements.txt $venv/requirements.txt; then
  rm -rf $venv
  python3 -m venv $venv
  $venv/bin/pip install -q --disable-pip-version-check -r tests/sdk/requirements.txt
  cp tests/sdk/requirements.txt $venv/
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --prefix tests/sdk

folder=$(mktemp -d /tmp/porch-sdk.XXXXXX)
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
env -u DATABASE_URL PORCH_DATA="$folder/data" ROCKET_PORT="$port" PORCH_RATE_LIMIT=off PORCH_ARGON2_MEMORY_KIB=64 \
  PORCH_LOG=error PORCH_MEDIA_KEY=private_test PORCH_PRESETS='thumb=w-120,h-120,fo-auto; wide=w-300,h-100' \
  "$binary" >"$folder/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT
url=http://127.0.0.1:$port
until curl -sf "$url/health/ready" >/dev/null; do kill -0 $server 2>/dev/null || { cat "$folder/log"; exit 1; }; done

password='two pears and a ladder'
curl -sf -o /dev/null "$url/setup" -H "Origin: $url" -H "Connection: keep-alive" -d site_name=House -d email=mo@example.org \
  --data-urlencode "password=$password"
SDK_TOKEN=$(curl -sf "$url/auth/jwt/login" -d username=mo@example.org --data-urlencode "password=$password" |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')

$venv/bin/python tests/sdk/pictures.py "$folder"
keys='"none": "aaaaaaaaaaaaaaaaaaaaaaaaaa.png"'
for file in halves.png alpha.png photo.jpg; do
  key=$(curl -sf "$url/upload" -H "Authorization: Bearer $SDK_TOKEN" -F "file=@$folder/$file" -F "caption=$file" |
    sed 's/.*"url":"[^"]*\/\([^"\/]*\)".*/\1/')
  keys+=", \"${file%.*}\": \"$key\""
done
export SDK_TOKEN SDK_ENDPOINT=$url/media/ SDK_KEYS="{$keys}"

# Both are asked, whatever the first says.
failed=0
$venv/bin/python tests/sdk/imagekitio_test.py || failed=1
node --test --test-reporter=dot tests/sdk/javascript.test.mjs || failed=1
if [ $failed = 1 ]; then tail -20 "$folder/log"; fi
exit $failed
