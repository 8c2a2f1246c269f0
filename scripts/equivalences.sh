#!/usr/bin/env bash
# Measures the promises of Docs/Equivalences.md on a model and prints them as a table.
#   scripts/equivalences.sh [MODEL]      a Hugging Face directory; without one, the tiny model of the tests
set -euo pipefail
model=${1:+$(realpath "$1")}
cd "$(dirname "$0")/.."
build=${MLOPS_TEST_BUILD_DIR:-.build-test}
flags=(-c release --scratch-path "$build" -Xswiftc -enable-testing)
swift build --build-tests "${flags[@]}" >&2
echo '| promise | loss | gradients | bound |'
echo '| --- | --- | --- | --- |'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
MLOPS_EQUIVALENCE_MODEL=$model MLOPS_EQUIVALENCE_TABLE=1 \
    swift test --skip-build "${flags[@]}" --filter EquivalenceTests >"$log" 2>&1 || status=$?
grep '^| ' "$log" || true
if [ $status -ne 0 ]; then
    grep -E '✘|error:' "$log" >&2 || tail -n 20 "$log" >&2
    exit 1
fi
