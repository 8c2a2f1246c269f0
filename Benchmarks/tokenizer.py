"""Encodes the same text with `mlops tokenize --count` and with Hugging Face's tokenizers, line by line, and prints MB/s of both.

  tokenizer.py --model DIRECTORY_OR_GGUF --tokenizer tokenizer.json --text FILE [--mlops PATH] [--rounds N]

One round: tokenizers on one thread, mlops on one and on two. Both count the same tokens, or the script fails.
"""
import argparse, json, os, statistics, subprocess, time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer

def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", required=True); p.add_argument("--tokenizer", required=True); p.add_argument("--text", required=True)
    p.add_argument("--mlops", default=".build/release/mlops"); p.add_argument("--rounds", type=int, default=3)
    a = p.parse_args()
    start = time.perf_counter(); tokenizer = Tokenizer.from_file(a.tokenizer); load = time.perf_counter() - start
    text = open(a.text, encoding="utf8", newline="").read(); lines = text.split("\n"); megabytes = len(text.encode()) / 1e6
    rates = {"tokenizers, 1 thread": [], "mlops, 1 thread": [], "mlops, 2 threads": []}
    for _ in range(a.rounds):
        start = time.perf_counter()
        expected = sum(len(e.ids) for e in tokenizer.encode_batch(lines, add_special_tokens=False))
        rates["tokenizers, 1 thread"].append(megabytes / (time.perf_counter() - start))
        for threads, name in [(1, "mlops, 1 thread"), (2, "mlops, 2 threads")]:
            out = subprocess.run([a.mlops, "tokenize", "--model", a.model, "--file", a.text, "--count", "--threads", str(threads), "--json"],
                                 check=True, capture_output=True, text=True).stdout
            result = json.loads(out)
            if result["tokens"] != expected: raise SystemExit(f"mlops counts {result['tokens']} tokens, tokenizers {expected}")
            rates[name].append(megabytes / result["seconds"])
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, rate in medians.items(): print(f"{name:22} {rate:7.2f} MB/s   {rate / medians['tokenizers, 1 thread']:5.1f} x")
    print(f"two threads against one {medians['mlops, 2 threads'] / medians['mlops, 1 thread']:.2f} x; tokenizers loads in {1000 * load:.0f} ms")

if __name__ == "__main__": main()
