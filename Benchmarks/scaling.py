"""Trains the same rows on one processor, on another one, and on both, a few steps of each in turn, and prints tokens a second of each.

    python Benchmarks/scaling.py --model DIR --data rows.jsonl [--turns 20] [--steps 4] [--precision bf16] [--mlops BINARY]

Processors that other machines share are not equally fast from one second to the next, nor one as fast as the other: a single thread,
which may run on either, says little about two. So each of three runs is bound to its processors, all are under way at once, and all
but one are stopped at a time. In each turn each takes some steps, of which the first is not counted, as it was begun in an earlier one.
Both processors together are compared with what each does alone in the same turn. The training is that of side_by_side.py.
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from side_by_side import training

WARM_UP = 3


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--checkpointing", action="store_true", help="gradient checkpointing")
    parser.add_argument("--method", choices=["lora", "dora", "full"], default="lora")
    parser.add_argument("--mlops", default=".build/release/mlops")
    o = parser.parse_args()
    if o.turns < 2 or o.steps < 2:
        parser.error("two turns of two steps are the least that can be compared")
    return o


class Run:
    """A training on some processors, whose steps are read from its journal; it is stopped but while it takes a turn."""

    def __init__(self, o, folder, processors):
        self.folder = pathlib.Path(folder)
        count = str(len(processors))
        # A little more than the turns take: a run is killed before it ends.
        command = training(o, folder, WARM_UP + (o.turns + 1) * (o.steps + 2))
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL,
            stderr=(self.folder / "errors").open("w"), env={**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count},
            preexec_fn=lambda: os.sched_setaffinity(0, processors))
        self.steps, self.rest, self.journal = [], "", None
        self.wait(WARM_UP)
        self.process.send_signal(signal.SIGSTOP)

    def wait(self, count):
        """Waits for some more steps. What the journal grew by is read, no more, as this script takes time from the run that it waits for."""
        wanted = len(self.steps) + count
        while len(self.steps) < wanted:
            if self.process.poll() is not None:
                sys.exit(f"training ended early, with {self.process.returncode}: {(self.folder / 'errors').read_text()}")
            time.sleep(0.1)
            if self.journal is None:
                for path in self.folder.glob("runs/*/events.jsonl"):
                    self.journal = path.open()
                continue
            *lines, self.rest = (self.rest + self.journal.read()).split("\n")
            self.steps += [event for event in map(json.loads, lines) if event["event"] == "step"]

    def turn(self, count):
        """Takes some steps; returns the tokens a second of those that were begun in this turn."""
        first = len(self.steps) + 1
        self.process.send_signal(signal.SIGCONT)
        self.wait(count)
        self.process.send_signal(signal.SIGSTOP)
        steps = self.steps[first:]
        return sum(s["tokens"] for s in steps) / sum(s["seconds"] for s in steps)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.journal.close()
        return [step["loss"] for step in self.steps]


def main():
    o = options()
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        sys.exit("two processors are needed")
    with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b, tempfile.TemporaryDirectory() as both:
        runs = []
        try:
            for folder, processors in ((a, usable[:1]), (b, usable[1:2]), (both, usable[:2])):
                runs.append(Run(o, folder, set(processors)))
            rates = [[run.turn(o.steps) for run in runs] for _ in range(o.turns)]
        finally:
            # Also where one ended early: who is stopped would stay.
            losses = [run.end() for run in runs]
    shared = min(map(len, losses))
    if any(l[:shared] != losses[0][:shared] for l in losses):
        sys.exit("the losses differ")
    ratios = [2 * both / (a + b) for a, b, both in rates]
    print("| processor a, tokens/s | processor b | both | both / mean of a and b |")
    print("| --- | --- | --- | --- |")
    for (a, b, both), ratio in zip(rates, ratios):
        print(f"| {a:.0f} | {b:.0f} | {both:.0f} | {ratio:.2f} |")
    a, b, both = (statistics.median(column) for column in zip(*rates))
    quartiles = statistics.quantiles(ratios, n=4)
    print(f"medians: {a:.0f}, {b:.0f}, {both:.0f} tokens/s; ratio {quartiles[1]:.2f} (quartiles {quartiles[0]:.2f} and {quartiles[2]:.2f}), "
          f"the first {shared} losses equal to the last digit")


if __name__ == "__main__":
    main()
