"""Makes many rows of a few, to measure `mlops data` with: million_rows.py SOURCE.jsonl COUNT OUT.jsonl

Each row asks a prompt of SOURCE with a serial number and answers with two of its answers; one in 1000 repeats the row
before it, and one in 2000 answers its prompt otherwise. The same source and count give the same bytes.
"""

import json
import random
import sys

source, count, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
draw = random.Random(1)
rows = [json.loads(line) for line in open(source, encoding="utf-8")]
with open(target, "w", encoding="utf-8") as file:
    before = None
    for number in range(count):
        first, second = draw.choice(rows), draw.choice(rows)
        if number % 1000 == 999:
            row = before
        elif number % 2000 == 1998:
            row = {"prompt": before["prompt"], "completion": first["completion"]}
        else:
            before = row = {
                "prompt": f"{first['prompt']} ({number})",
                "completion": f"{first['completion']} {second['completion']}",
            }
        file.write(json.dumps(row) + "\n")
