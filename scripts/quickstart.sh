#!/usr/bin/env bash
# quickstart.sh MLOPS [MODEL] [OVERRIDE…]: the main job in one go: validate, train, evaluate base and tuned, gate (all of
# them by `mlops train`), merge, write GGUF.
#
# MODEL is models/mlops-tiny, which is part of the repository (the default: nothing is fetched), or smollm2.
set -euo pipefail
tool=$1
model=${2:-models/mlops-tiny}
cd "$(dirname "$0")/.."
run=outputs/runs/latest
release=release/quickstart

say() { printf '\n── %s\n' "$*" >&2; }

case $model in
    models/mlops-tiny | tiny) config=quickstart ;;
    smollm2 | HuggingFaceTB/SmolLM2-135M-Instruct)
        config=quickstart_smollm2
        scripts/fetch-smollm2.sh >/dev/null
        ;;
    *)
        echo "error: the quickstart has no settings for '$model'; say MODEL=tiny or MODEL=smollm2, or" >&2
        echo "       train it: $tool train model_name=$model dataset_path=data/quickstart/train.jsonl" >&2
        exit 64
        ;;
esac
started=$SECONDS

say "train, evaluate, gate: mlops train --config-name $config"
"$tool" train --config-name "$config" "${@:3}"
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
