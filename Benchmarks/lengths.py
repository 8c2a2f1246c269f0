"""Trains on rows of growing length with `mlops train` and prints the time a token, to see that a step's cost stays linear.

    python Benchmarks/lengths.py --model DIR [--lengths 256,512,1024,2048,4096,8192] [--tokens 8192] [--threads 2] [--mlops BINARY]
        [--row 256] [--plot FILE.svg]

Each step has as many tokens whatever the length of its rows; with --row, rows of that length fill steps of as many tokens as the
lengths say. Rows are random ids, all of them learned but the first half. The fastest step of each length is told, and drawn with
--plot.
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
    parser.add_argument("--row", type=int, help="the length of all rows: steps get longer instead")
    parser.add_argument("--plot", help="an SVG file to draw the seconds of a step in")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--mlops", default=".build/release/mlops")
    return parser.parse_args()


def main():
    o = options()
    print("| tokens a row | rows a step | s a step | ms a token | peak memory, MiB |")
    print("| --- | --- | --- | --- | --- |")
    points = []
    for size in map(int, o.lengths.split(",")):
        length = o.row or size
        rows = max(1, (size if o.row else o.tokens) // length)
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
            points.append((rows * length if o.row else length, seconds))
            print(f"| {length} | {rows} | {seconds:.2f} | {1000 * seconds / (rows * length):.2f} | {memory} |", flush=True)
    if o.plot:
        pathlib.Path(o.plot).write_text(drawing(points, "tokens a step" if o.row else f"tokens a row, {o.tokens} a step"))


def drawing(points, label):
    """Seconds over tokens, both axes logarithmic and of the same scale: a line of 45 degrees is linear."""
    import math

    x0, y0 = min(x for x, _ in points), min(y for _, y in points)
    octave, left, top = 70, 70, 20
    wide = math.ceil(math.log2(max(x for x, _ in points) / x0) + 1e-9)
    high = max(1, math.ceil(math.log2(max(y for _, y in points) / y0)))
    width, height = left + wide * octave + 30, top + high * octave + 60
    place = lambda x, y: (left + math.log2(x / x0) * octave, top + (high - math.log2(y / y0)) * octave)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for i in range(wide + 1):
        x, y = place(x0 * 2**i, y0)
        lines.append(f'<path d="M{x:.0f} {top}V{y:.0f}" stroke="#ddd"/>'
                     f'<text x="{x:.0f}" y="{y + 18:.0f}" text-anchor="middle">{x0 * 2**i}</text>')
    for i in range(high + 1):
        x, y = place(x0, y0 * 2**i)
        lines.append(f'<path d="M{x:.0f} {y:.0f}h{wide * octave}" stroke="#ddd"/>'
                     f'<text x="{x - 8:.0f}" y="{y + 4:.0f}" text-anchor="end">{y0 * 2**i:.1f} s</text>')
    ends = place(x0, y0), place(x0 * 2 ** min(wide, high), y0 * 2 ** min(wide, high))
    if label == "tokens a step":
        lines.append('<path d="M{:.0f} {:.0f}L{:.0f} {:.0f}" stroke="#999" stroke-dasharray="4"/>'.format(*ends[0], *ends[1]))
    path = "L".join("{:.0f} {:.0f}".format(*place(x, y)) for x, y in points)
    lines.append(f'<path d="M{path}" fill="none" stroke="#1f6feb" stroke-width="2"/>')
    lines += ['<circle cx="{:.0f}" cy="{:.0f}" r="3" fill="#1f6feb"/>'.format(*place(x, y)) for x, y in points]
    lines += [f'<text x="{left + wide * octave / 2:.0f}" y="{height - 12}" text-anchor="middle">{label}</text>', "</svg>"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
