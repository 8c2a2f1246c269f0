"""`mlops data` finds what a slow and exact Python program finds, in generated rows with a fixed seed."""

import json
import pathlib
import random
import re
import tempfile
import unittest

import tool


def words(row):
    return re.findall(r"[a-z0-9]+", (row["prompt"] + "\n" + row["completion"]).lower())


def shingles(row, length=3):
    found = words(row)
    length = min(length, len(found))
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def jaccard(left, right):
    return len(left & right) / len(left | right)


def normalised(row):
    return " ".join(row["prompt"].lower().split())


def generated(count, seed):
    """Rows of which many repeat an earlier one, wholly, in their prompt, or with some words changed."""
    source = random.Random(seed)
    rows = []
    for number in range(count):
        kind = source.random()
        if rows and kind < 0.1:
            rows.append(dict(source.choice(rows)))
        elif rows and kind < 0.2:
            prompt = source.choice(rows)["prompt"]
            rows.append({"prompt": prompt.upper() if source.random() < 0.5 else "  " + prompt, "completion": f"Other {number}."})
        elif rows and kind < 0.6:
            changed = source.choice(rows)["prompt"].split()
            for _ in range(source.randrange(1, 4)):
                changed[source.randrange(len(changed))] = f"n{source.randrange(5000)}"
            rows.append({"prompt": " ".join(changed), "completion": source.choice(rows)["completion"]})
        else:
            text = [f"w{source.randrange(5000)}" for _ in range(source.randrange(60, 160))]
            rows.append({"prompt": " ".join(text), "completion": f"Answer {source.randrange(50)}, said the oracle."})
    return rows


def luhn(digits):
    doubled = [sum(divmod(2 * int(d), 10)) if i % 2 else int(d) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


class Data(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)

    def write(self, name, rows):
        (self.path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        return self.path / name

    def findings(self, *arguments, part="data"):
        done = tool.run("data", "check", *arguments, "--json", "--limit", 100000, check=False)
        self.assertIn(done.returncode, (0, 65), done.stderr)
        found = {}
        for finding in json.loads(done.stdout)[part]["findings"]["listed"]:
            found.setdefault(finding["kind"], []).append(finding)
        return found

    def test_duplicates_and_conflicts(self):
        rows = generated(600, 11)
        seen, answers, duplicates, conflicts = set(), {}, [], []
        for line, row in enumerate(rows, 1):
            key = (row["prompt"], row["completion"])
            if key in seen:
                duplicates.append(line)
                continue
            seen.add(key)
            if answers.setdefault(normalised(row), row["completion"]) != row["completion"]:
                conflicts.append(line)
        found = self.findings(self.write("rows.jsonl", rows))
        self.assertEqual([f["line"] for f in found["duplicate"]], duplicates)
        self.assertEqual([f["line"] for f in found["conflicting_answer"]], conflicts)
        self.assertGreater(min(len(duplicates), len(conflicts)), 20)

    def test_near_duplicates(self):
        rows = generated(500, 12)
        sets = [shingles(row) for row in rows]
        found = {}
        for finding in self.findings(self.write("rows.jsonl", rows)).get("near_duplicate", []):
            other = int(re.search(r"rows\.jsonl:(\d+)", finding["message"]).group(1))
            found[finding["line"]] = other
        exact = set()
        sure = 0
        for line, row in enumerate(rows, 1):
            key = (row["prompt"], row["completion"])
            best = max((jaccard(sets[line - 1], sets[i]) for i in range(line - 1)), default=0)
            if best >= 0.93 and key not in exact:
                sure += 1
                self.assertIn(line, found, f"row {line} shares {best} with an earlier one")
            exact.add(key)
        for line, other in found.items():
            self.assertGreater(jaccard(sets[line - 1], sets[other - 1]), 0.7, (line, other))
        self.assertGreater(sure, 20)

    def test_contamination(self):
        training, tests = generated(400, 13), generated(200, 14)
        source = random.Random(15)
        for row in tests[::7]:
            row["prompt"] = "  ".join(source.choice(training)["prompt"].split())
        for row in tests[3::7]:
            given = words(source.choice(training))
            start = source.randrange(max(1, len(given) - 13))
            row["prompt"] = "Hear: " + ", ".join(given[start : start + source.choice([11, 12, 13, 14])])
        asked = {" ".join(row["prompt"].split()) for row in training}
        holders = {}
        for number, row in enumerate(training):
            for run in shingles(row, 13) if len(words(row)) >= 13 else ():
                holders.setdefault(run, set()).add(number)
        leaks = [line for line, row in enumerate(tests, 1) if " ".join(row["prompt"].split()) in asked]
        overlaps = [
            line
            for line, row in enumerate(tests, 1)
            if line not in leaks
            and len(words(row)) >= 13
            and any(1 <= len(holders.get(run, ())) <= 10 for run in shingles(row, 13))
        ]
        found = self.findings(self.write("train.jsonl", training), "--against", self.write("test.jsonl", tests), part="against")
        self.assertEqual([f["line"] for f in found["leak"]], leaks)
        self.assertEqual([f["line"] for f in found["overlap"]], overlaps)
        self.assertGreater(min(len(leaks), len(overlaps)), 10)

    def test_texts_are_read_converted_and_split(self):
        rows = [{"text": " ".join(f"w{(7 * number + place) % 90}" for place in range(40))} for number in range(60)]
        rows[30] = dict(rows[4])
        path = self.write("texts.jsonl", rows)
        self.assertEqual([f["line"] for f in self.findings(path)["duplicate"]], [31])
        self.assertNotIn("conflicting_answer", self.findings(path))
        target = self.path / "out.jsonl"
        tool.run("data", "convert", path, "--to", "text", "--output", target)
        self.assertEqual([json.loads(line) for line in target.read_text().splitlines()], rows)
        tool.run("data", "convert", path, "--to", "tokenized", "--model", tool.TINY, "--output", target)
        for row, line in zip(rows, target.read_text().splitlines()):
            tokens = json.loads(line)
            self.assertEqual(tokens["labels"], [-100] + tokens["input_ids"][1:])
        self.assertEqual(tool.run("data", "convert", path, "--to", "messages", "--output", target, check=False).returncode, 65)
        tool.run("data", "split", path, "--test-size", 0.2, "--output-dir", self.path / "sides")
        sides = [(self.path / "sides" / f"{name}.jsonl").read_text() for name in ("train", "test")]
        self.assertEqual(sorted("".join(sides).splitlines()), sorted(path.read_text().splitlines()))

    def test_cards_are_told_from_other_numbers(self):
        source = random.Random(16)
        rows, expected = [], []
        for line in range(1, 401):
            prefix, length = source.choice([("4", 16), ("51", 16), ("34", 15), ("37", 15), ("6011", 16), ("3530", 16)])
            digits = prefix + "".join(source.choice("0123456789") for _ in range(length - len(prefix)))
            if source.random() < 0.5:
                digits = next(digits[:-1] + d for d in "0123456789" if luhn(digits[:-1] + d))
            if luhn(digits):
                expected.append(line)
            spaced = " ".join(re.findall(".{1,4}", digits)) if length == 16 and line % 2 else digits
            rows.append({"prompt": f"Is {spaced} right?", "completion": f"Number {line}."})
        found = self.findings(self.write("rows.jsonl", rows), "--near-duplicates", 0)
        self.assertEqual([f["line"] for f in found["personal_data"]], expected)

    def test_a_split_leaks_nothing_and_loses_nothing(self):
        rows = [dict(row, id=number, topic=number % 3) for number, row in enumerate(generated(900, 17))]
        target = self.path / "split"
        tool.run(
            "data", "split", self.write("rows.jsonl", rows), "--test-size", 0.2, "--validation-size", 90,
            "--stratify", "topic", "--output-dir", target,
        )
        sides = [
            [json.loads(line) for line in (target / f"{name}.jsonl").read_text().splitlines()]
            for name in ("train", "validation", "test")
        ]
        self.assertEqual(sorted((row for side in sides for row in side), key=lambda row: row["id"]), rows)
        self.assertTrue(170 <= len(sides[2]) <= 180 and 80 <= len(sides[1]) <= 90, [len(side) for side in sides])
        prompts = [{normalised(row) for row in side} for side in sides]
        self.assertFalse(prompts[0] & prompts[1] or prompts[0] & prompts[2] or prompts[1] & prompts[2])
        checked = self.findings(target / "train.jsonl", "--against", target / "test.jsonl", part="against")
        self.assertNotIn("leak", checked)


if __name__ == "__main__":
    unittest.main()
