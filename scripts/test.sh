#!/usr/bin/env bash
# Everything CI checks, in the order in which it fails fastest.
#
# One build serves all of it: release, because the numerics are slow without optimisation, with testability, and with
# the import rule of the manifest as an error. Overflow checks and preconditions are on in release too.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${MLOPS_TEST_BUILD_DIR:-.build-test}
started=$SECONDS

step() { echo "── $* ($((SECONDS - started)) s)" >&2; }

step lint
scripts/lint.sh

step build
flags=(-c release --scratch-path "$build" -Xswiftc -enable-testing)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! swift build --build-tests "${flags[@]}" --explicit-target-dependency-import-check error >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi

# The tests that need the real model skip without it; a machine without network still checks the rest.
step model
if [ -z "${MLOPS_TEST_MODEL:-}" ]; then
    if model=$(scripts/fetch-smollm2.sh --gguf); then
        export MLOPS_TEST_MODEL=$model
    elif [ -n "${CI:-}" ]; then
        echo "error: CI tests against the real model" >&2
        exit 1
    else
        echo "SmolLM2-135M-Instruct could not be fetched; its tests are skipped" >&2
    fi
fi

step "swift test"
# What failed and the totals; VERBOSE=1 shows every test. After a crash there are no totals, so the end is shown.
show=(grep --line-buffered -E '^(✘|↳)|Test run with|error:|Fatal|Crash')
if [ "${VERBOSE:-0}" = 1 ]; then show=(cat); fi
swift test --skip-build "${flags[@]}" 2>&1 | tee "$log" | "${show[@]}" || {
    grep -q 'Test run with' "$log" || tail -n 60 "$log"
    exit 1
}

step interop
scripts/interop.sh "$build/release/mlops"

step done
