#!/usr/bin/env bash
# build.sh DIR: builds the tool in release mode, telling only what is worth reading.
set -euo pipefail
directory=$1
[ -e "$directory/release/mlops" ] || echo "Building mlops (release; the first time takes a few minutes) …" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! swift build -c release --product mlops --scratch-path "$directory" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
