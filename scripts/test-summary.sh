#!/usr/bin/env bash
# Reads the output of `swift test` and prints what failed and the totals; under VERBOSE=1, all of it.
set -euo pipefail
if [ "${VERBOSE:-0}" = 1 ]; then exec cat; fi
exec awk '
    /^(◇|􀟈)/ { next }
    /^(✔|􁁛) (Test|Suite)/ && !/Test run/ { next }
    /^Test (Suite|Case)/ || /^\t Executed 0 tests/ || /^\[[0-9]+\/[0-9]+\]/ { next }
    { print; fflush() }
'
