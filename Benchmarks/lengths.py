"""Trains on rows of growing length with `mlops train` and prints the time a token, to see that a step's cost stays linear.

    python Benchmarks/lengths.py --model DIR [--lengths 256,512,1024,2048,4096,8192] [--tokens 8192] [--threads 2] [--mlops BINARY]

Each step has as many tokens whatever the length of its rows; rows are random ids, all of them learned but the first half. The
fastest step of each length is told.
"""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--lengths", default="256,512,1024,2048,4096,8192")
    parser.add_argument("--tokens", type=int, default=8192)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--mlops", default=".build/release/mlops")
    return parser.parse_args()


def main():
    o = options()
    print("| tokens a row | rows a step | s a step | ms a token | peak memory, MiB |")
    print("| --- | --- | --- | --- | --- |")
    for length in map(int, o.lengths.split(",")):
        rows = max(1, o.tokens // length)
        draw = random.Random(length)
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "rows.jsonl"
            with data.open("w") as file:
                for _ in range(rows * o.steps):
                    ids = [draw.randrange(1000, 40000) for _ in range(length)]
                    labels = [-100] * (length // 2) + ids[length // 2 :]
                    file.write(json.dumps({"input_ids": ids, "labels": labels}) + "\n")
            command = [
                o.mlops, "train", f"model_name={o.model}", f"dataset_path={data}", "test_size=0.0", "epochs=1",
                f"batch_size={rows}", f"max_length={length}", "lora_r=16", f"precision={o.precision}", "eval.enabled=false",
                f"output_dir={folder}/out", "logging_steps=1"]
            run = subprocess.run(["/usr/bin/time", "-f", "%M KiB", *command], capture_output=True, text=True,
                                 env={**os.environ, "OMP_NUM_THREADS": str(o.threads)})
            if run.returncode != 0:
                sys.exit(run.stderr)
            events = next(pathlib.Path(folder, "out").glob("2*/events.jsonl")).read_text().splitlines()
            seconds = min(e["seconds"] for e in map(json.loads, events) if e.get("event") == "step")
            memory = int(re.findall(r"(\d+) KiB", run.stderr)[-1]) // 1024
            print(f"| {length} | {rows} | {seconds:.2f} | {1000 * seconds / (rows * length):.2f} | {memory} |", flush=True)


if __name__ == "__main__":
    main()
