#!/usr/bin/env bash
# quickstart.sh MLOPS: the main job on a real model and real data, in one go:
# validate, train, evaluate base and tuned, gate (all of them by `mlops train`), merge, write GGUF.
set -euo pipefail
tool=$1
cd "$(dirname "$0")/.."
run=outputs/runs/latest
release=release/quickstart

say() { printf '\n── %s\n' "$*" >&2; }

scripts/fetch-smollm2.sh >/dev/null
started=$SECONDS

say "train, evaluate, gate: mlops train --config-name quickstart"
"$tool" train --config-name quickstart "${@:2}"
run=$(cd -P "$run" && pwd)
run=${run#"$PWD"/}

say "merge the adapter into the base model: mlops merge"
rm -rf "$release"
mkdir -p "$release"
"$tool" merge --model "$run" --output "$release/merged"

for quant in Q8_0 F16; do
    say "write a GGUF file: mlops gguf --quant $quant"
    "$tool" gguf --model "$run" --quant "$quant" --output "$release/quickstart-$quant.gguf"
done

say "what came out, after $((SECONDS - started)) s"
"$tool" gate "$run"
cat <<TEXT

Files
  $run/metrics.json             what was measured
  $run/model                    the adapter, in PEFT's layout
  $release/merged                            the whole model, for transformers
  $release/quickstart-Q8_0.gguf              the whole model, for llama.cpp and Ollama
Next
  $tool generate --model $run --prompt "How do I continue a run that was interrupted?"
  $tool chat --model $release/quickstart-Q8_0.gguf
  $tool publish ollama $run
  $tool publish archive $run
  make train ARGS="dataset_path=my-data.jsonl"
TEXT
