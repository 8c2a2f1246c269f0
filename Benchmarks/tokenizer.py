"""Encodes the same text with `mlops tokenize --count` and with Hugging Face's tokenizers, line by line, and prints MB/s of both.

  tokenizer.py --model DIRECTORY_OR_GGUF --tokenizer tokenizer.json --text FILE [--mlops PATH] [--rounds N]

One round: tokenizers on one thread, mlops on one and on two. Both count the same tokens, or the script fails. MB per CPU second does
not depend on what else the machine does; that of mlops includes its start and loading the vocabulary.
"""
import argparse, json, os, resource, statistics, subprocess, time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer

def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", required=True); p.add_argument("--tokenizer", required=True); p.add_argument("--text", required=True)
    p.add_argument("--mlops", default=".build/release/mlops"); p.add_argument("--rounds", type=int, default=3)
    a = p.parse_args()
    start = time.process_time(); tokenizer = Tokenizer.from_file(a.tokenizer); load = time.process_time() - start
    text = open(a.text, encoding="utf8", newline="").read(); lines = text.split("\n"); megabytes = len(text.encode()) / 1e6
    names = ["tokenizers, 1 thread", "mlops, 1 thread", "mlops, 2 threads"]
    rates = {name: [] for name in names}; processor = {name: [] for name in names}
    for _ in range(a.rounds):
        start, used = time.perf_counter(), time.process_time()
        expected = sum(len(e.ids) for e in tokenizer.encode_batch(lines, add_special_tokens=False))
        rates[names[0]].append(megabytes / (time.perf_counter() - start)); processor[names[0]].append(megabytes / (time.process_time() - used))
        for threads, name in [(1, names[1]), (2, names[2])]:
            used = children()
            out = subprocess.run([a.mlops, "tokenize", "--model", a.model, "--file", a.text, "--count", "--threads", str(threads), "--json"],
                                 check=True, capture_output=True, text=True).stdout
            result = json.loads(out)
            if result["tokens"] != expected: raise SystemExit(f"mlops counts {result['tokens']} tokens, tokenizers {expected}")
            rates[name].append(megabytes / result["seconds"]); processor[name].append(megabytes / (children() - used))
    median = statistics.median
    for name in names:
        rate, work = median(rates[name]), median(processor[name])
        print(f"{name:22} {rate:7.2f} MB/s ({rate / median(rates[names[0]]):5.1f} x)   {work:7.2f} MB per CPU second ({work / median(processor[names[0]]):5.1f} x)")
    print(f"two threads against one {median(rates[names[2]]) / median(rates[names[1]]):.2f} x; tokenizers loads in {1000 * load:.0f} ms of CPU")

if __name__ == "__main__": main()
