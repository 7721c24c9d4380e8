#!/usr/bin/env bash
# Format, lints and types of the scripts and styles. `tests/web/check.sh --write` formats them.
set -euo pipefail
cd "$(dirname "$0")/../.."
biome=tests/web/node_modules/.bin/biome
if [ "${1:-}" = --write ]; then exec "$biome" check --write; fi
"$biome" check --error-on-warnings
tests/web/node_modules/.bin/tsc -p tests/web
