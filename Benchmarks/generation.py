"""Answers the same questions with mlops and with llama.cpp, greedily, and prints tokens a second of both.

    python Benchmarks/generation.py --model M.gguf --data rows.jsonl [--questions 50] [--tokens 64] [--rounds 2] [--mlops BINARY]

Needs llama-cpp-python in the interpreter that runs this. Rows are {"prompt", "completion"}; both sides render them with the
model's chat template. llama.cpp answers one question after another, as its chat completion does; mlops does that too
(`single`), and all of them together (`together`), in f32 and in bf16. Each side is a process of its own; rounds alternate.
Seconds are those of the answers, without loading; loading is printed by itself.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mlops", default=".build/release/mlops")
    parser.add_argument("--side", choices=["llama.cpp"], help=argparse.SUPPRESS)
    return parser.parse_args()


def rows(o):
    return [json.loads(line) for line in pathlib.Path(o.data).read_text().splitlines()[: o.questions]]


def llama_side(o):
    import llama_cpp

    start = time.perf_counter()
    model = llama_cpp.Llama(o.model, n_ctx=1024, n_threads=o.threads, n_threads_batch=o.threads, verbose=False)
    loading = time.perf_counter() - start
    tokens, start = 0, time.perf_counter()
    for row in rows(o):
        model.reset()
        answer = model.create_chat_completion(
            [{"role": "user", "content": row["prompt"]}], max_tokens=o.tokens, temperature=0.0, repeat_penalty=1.0)
        tokens += answer["usage"]["completion_tokens"]
    print(json.dumps({"loading": loading, "rate": tokens / (time.perf_counter() - start)}))


def mlops_side(o, batch, precision):
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "rows.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in rows(o)))
        command = [
            o.mlops, "eval", "--quiet", f"model_path={o.model}", f"dataset_path={data}", f"output_dir={folder}/out",
            f"precision={precision}", f"batch_size={batch}", f"generation.max_new_tokens={o.tokens}", "metrics=[exact_match]",
            "gate.enabled=false",
        ]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        found = next(pathlib.Path(folder).rglob("predictions.jsonl"))
        answers = [json.loads(line) for line in found.read_text().splitlines()]
    return sum(a["tokens"] for a in answers) / sum(a["seconds"] for a in answers)


def main():
    o = options()
    if o.side:
        return llama_side(o)
    environment = {**os.environ, "OMP_NUM_THREADS": str(o.threads)}
    rates = {}
    for _ in range(o.rounds):
        command = [sys.executable, "-W", "ignore", __file__, *sys.argv[1:], "--side", "llama.cpp"]
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True, check=True)
        figures = json.loads(done.stdout.splitlines()[-1])
        rates.setdefault("llama.cpp loading, s", []).append(figures["loading"])
        rates.setdefault("llama.cpp single", []).append(figures["rate"])
        start = time.perf_counter()
        subprocess.run([o.mlops, "generate", "--model", o.model, "--prompt", "Hi", "--max-new-tokens", "1"], stdout=subprocess.DEVNULL, check=True)
        rates.setdefault("mlops: start, load and one token, s", []).append(time.perf_counter() - start)
        for name, batch, precision in [("single f32", 1, "f32"), ("together f32", o.questions, "f32"), ("together bf16", o.questions, "bf16")]:
            rates.setdefault(f"mlops {name}", []).append(mlops_side(o, batch, precision))
    base = statistics.median(rates["llama.cpp single"])
    for name, values in rates.items():
        value = statistics.median(values)
        ratio = "" if name.endswith(", s") or name.startswith("llama") else f", {value / base:.2f} of llama.cpp's"
        print(f"{name}: {value:.3g}{'' if name.endswith(', s') else ' tokens/s'}{ratio}  {[round(v, 3) for v in values]}")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
