#!/usr/bin/env bash
# Builds the C kernels with clang's sanitizers (address and undefined behaviour; threads) and calls each with random shapes.
#   scripts/sanitize-kernels.sh [ROUNDS [SEED]]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-12} seed=${2:-1}
clang=${CC:-clang}
if ! command -v "$clang" >/dev/null; then
    echo "sanitize-kernels: no clang; skipped" >&2
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sources=(Sources/CMLOpsKernels/*.c Tests/Kernels/*.c)
# A report ends the program, so that it cannot be overlooked.
flags=(-std=c11 -O1 -gline-tables-only -fno-omit-frame-pointer -fno-sanitize-recover=all -ISources/CMLOpsKernels -pthread)

# The thread sanitizer of Swift's clang asks for libdispatch, which lies beside its compiler.
beside=$(dirname "$(readlink -f "$(command -v "$clang")")")/../lib/swift/linux
dispatch=(-L"$beside" -Wl,-rpath,"$beside" -ldispatch -lBlocksRuntime)

check() { # check NAME SANITIZERS ROUNDS
    echo 'int main(void) { return 0; }' >"$folder/try.c"
    local link=("-fsanitize=$2" -pthread)
    if ! "$clang" "${link[@]}" "$folder/try.c" -o "$folder/try" 2>/dev/null; then
        link+=("${dispatch[@]}")
        "$clang" "${link[@]}" "$folder/try.c" -o "$folder/try" 2>/dev/null || true
    fi
    if ! "$folder/try" 2>/dev/null; then
        echo "sanitize-kernels: this clang or system has no -fsanitize=$2; skipped" >&2
        return
    fi
    rm "$folder/try"
    local objects=() jobs=()
    for source in "${sources[@]}"; do
        local object
        object=$folder/$1-$(basename "$source").o
        objects+=("$object")
        "$clang" "${flags[@]}" "-fsanitize=$2" -c "$source" -o "$object" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job"; done
    "$clang" "${objects[@]}" "${link[@]}" -lm -o "$folder/$1" 2>"$folder/link.log" || { cat "$folder/link.log" >&2; exit 1; }
    local said
    said=$("$folder/$1" "$3" "$seed") || { echo "sanitize-kernels: $1: failed" >&2; exit 1; }
    echo "sanitize-kernels: $1: $said" >&2
}

check address address,undefined "$rounds"
check thread thread $((rounds / 4 + 1))
