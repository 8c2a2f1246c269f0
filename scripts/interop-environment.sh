#!/usr/bin/env bash
# Makes the Python environment of Tests/Interop in .build-interop, from the versions its requirements pin.
# pip's own settings (PIP_INDEX_URL, PIP_FIND_LINKS …) are honoured; nothing happens when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=.build-interop
requirements=Tests/Interop/requirements.txt
if cmp -s "$requirements" "$environment/requirements.txt"; then exit 0; fi
scripts/install-dependencies.sh python
echo "Making the Python environment of Tests/Interop in $environment …" >&2
rm -rf "$environment"
python3 -m venv "$environment"
log=$environment/pip.log
# torch without CUDA is a tenth of the size: where its index (or PIP_FIND_LINKS) offers `+cpu`, that one is newer to pip.
torch=$(grep '^torch==' "$requirements")
"$environment/bin/python" -m pip install --quiet --no-deps --retries 0 --timeout 30 \
    --extra-index-url "${MLOPS_TORCH_INDEX_URL:-https://download.pytorch.org/whl/cpu}" "$torch" >"$log" 2>&1 ||
    echo "($torch was not found at once; trying with the rest)" >&2
if ! "$environment/bin/python" -m pip install --quiet -r "$requirements" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "error: pip could not install the packages of $requirements" >&2
    exit 69
fi
cp "$requirements" "$environment/requirements.txt"
