"""Reads a long prompt with mlops and with llama.cpp, and prints prompt tokens a second of both.

    python Benchmarks/prompt.py --model M.gguf [--tokens 512] [--rounds 3] [--precision f32] [--mlops BINARY]

Needs llama-cpp-python in the interpreter that runs this. Both sides read the same tokens once and find the token that follows;
each side is a process of its own, rounds alternate, and loading is not counted.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

WORDS = "the river runs past old stone houses and people who live beside it tell long stories of floods and quiet years "


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--mlops", default=".build/release/mlops")
    parser.add_argument("--side", choices=["llama.cpp"], help=argparse.SUPPRESS)
    return parser.parse_args()


def llama_side(o):
    from llama_cpp import Llama

    model = Llama(o.model, n_ctx=o.tokens + 16, n_batch=o.tokens, n_ubatch=o.tokens, n_threads=o.threads,
                  n_threads_batch=o.threads, verbose=False)
    text = WORDS * (o.tokens // 10)
    ids = model.tokenize(text.encode(), add_bos=False)[: o.tokens]
    model.eval(ids)  # the first pass reads the weights from the disk
    model.reset()
    start = time.perf_counter()
    model.eval(ids)
    print(json.dumps({"rate": len(ids) / (time.perf_counter() - start), "text": model.detokenize(ids).decode()}))


def main():
    o = options()
    if o.side:
        return llama_side(o)
    rates = {"llama.cpp": [], "mlops": []}
    for _ in range(o.rounds):
        other = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--side", "llama.cpp"], capture_output=True, text=True)
        if other.returncode != 0:
            sys.exit(other.stderr)
        theirs = json.loads(other.stdout.splitlines()[-1])
        rates["llama.cpp"].append(theirs["rate"])
        ours = subprocess.run(
            [o.mlops, "generate", "--model", o.model, "--raw", "--prompt", theirs["text"], "--max-new-tokens", "1",
             "--precision", o.precision, "--json"], capture_output=True, text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(o.threads)})
        if ours.returncode != 0:
            sys.exit(ours.stderr)
        answer = json.loads(ours.stdout)
        rates["mlops"].append(answer["prompt_tokens"] / answer["seconds"])
    for side, all_of_it in rates.items():
        print(f"{side}: {statistics.median(all_of_it):.0f} tokens/s  {[round(rate) for rate in all_of_it]}")
    print(f"ratio {statistics.median(rates['mlops']) / statistics.median(rates['llama.cpp']):.2f}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
