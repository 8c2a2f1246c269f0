#!/usr/bin/env bash
# interop.sh MLOPS: runs Tests/Interop with the given binary, where Python has the tools to compare with.
set -euo pipefail
tool=$(realpath "$1")
cd "$(dirname "$0")/.."
python=
for candidate in "${MLOPS_INTEROP_PYTHON:-}" .build-interop/bin/python python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import torch, transformers, peft, safetensors, gguf, tensorboard' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    if [ -n "${CI:-}" ]; then
        echo "error: CI compares with PEFT and transformers; run scripts/interop-environment.sh first" >&2
        exit 1
    fi
    echo "interop: skipped, no Python with torch, transformers, peft, gguf … (scripts/interop-environment.sh makes one)" >&2
    exit 0
fi
export MLOPS_BINARY=$tool TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error
exec "$python" -W ignore -m unittest discover --start-directory Tests/Interop --pattern 'test_*.py'
