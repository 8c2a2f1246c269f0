"""Trains the same rows on one processor, on another one, and on both, in turn, and prints tokens a second of each.

    python Benchmarks/scaling.py --model DIR --data rows.jsonl [--steps 15] [--rounds 5] [--precision bf16] [--mlops BINARY]

Processors that other machines share are not equally fast from one moment to the next, nor one as fast as the other: a single thread,
which may run on either, says little about two. So each run is bound to its processors, and both together are compared with the
mean of the two runs beside them. The first steps of each run are not counted; rows and keys are those of side_by_side.py.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import pathlib

WARM_UP = 5


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--mlops", default=".build/release/mlops")
    return parser.parse_args()


def run(o, processors):
    """Tokens a second of a run that has these processors, and its last loss."""
    script = pathlib.Path(__file__).with_name("side_by_side.py")
    command = [
        sys.executable, str(script), "--side", "mlops", "--model", o.model, "--data", o.data, "--steps", str(o.steps),
        "--precision", o.precision, "--mlops", o.mlops,
    ]
    count = str(len(processors))
    environment = {**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
                          preexec_fn=lambda: os.sched_setaffinity(0, processors))
    if done.returncode:
        sys.exit(f"training on processors {sorted(processors)} failed")
    figures = json.loads(done.stdout.splitlines()[-1])
    rates = [tokens / seconds for tokens, seconds in zip(figures["tokens"], figures["seconds"])][WARM_UP:]
    return statistics.median(rates), figures["losses"][-1]


def main():
    o = options()
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        sys.exit("two processors are needed")
    first, second = usable[0], usable[1]
    print("| round | processor a | processor b | both | both / mean of a and b |")
    print("| --- | --- | --- | --- | --- |")
    ratios = []
    for number in range(1, o.rounds + 1):
        a, b, both = (run(o, p) for p in ({first}, {second}, {first, second}))
        if len({a[1], b[1], both[1]}) != 1:
            sys.exit(f"losses differ: {a[1]} {b[1]} {both[1]}")
        ratios.append(2 * both[0] / (a[0] + b[0]))
        print(f"| {number} | {a[0]:.0f} | {b[0]:.0f} | {both[0]:.0f} | {ratios[-1]:.2f} |", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
