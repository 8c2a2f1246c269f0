"""Configurations as hydra-core composes them: seeded random trees, overrides and YAML texts, results and messages.

MLOPS_HYDRA_CASES=2000 MLOPS_HYDRA_SEED=7 runs more, and others.
"""

import os
import re
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

try:
    import hydra_cases
except ImportError:
    hydra_cases = None

COUNT = int(os.environ.get("MLOPS_HYDRA_CASES", 40))
SEED = os.environ.get("MLOPS_HYDRA_SEED", "1")


def show(directory, *arguments):
    command = [os.environ["MLOPS_BINARY"], "config", "show", "--config-dir", directory, "--config-name", "main", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, re.sub(r"\s+", " ", done.stderr)


@unittest.skipIf(hydra_cases is None, "hydra-core is not installed")
class HydraTests(unittest.TestCase):
    def compare(self, count, case):
        """Runs `case` for so many seeds and tells all that differ."""
        with ThreadPoolExecutor(2) as pool:
            found = [difference for difference in pool.map(case, range(count)) if difference]
        self.assertEqual(found, [], f"{len(found)} of {count} differ")

    def check(self, expected, lines, result, what):
        status, out, error = result
        if status == 0 and expected is not None and out == expected:
            return None
        if status != 0 and expected is None and all(line in error for line in lines):
            return None
        return {"case": what, "theirs": expected or lines, "ours": out or error}

    def test_trees_compose_as_in_hydra(self):
        def case(index):
            files, overrides = hydra_cases.tree(f"{SEED} tree {index}")
            with tempfile.TemporaryDirectory() as directory:
                for name, text in files.items():
                    os.makedirs(os.path.dirname(f"{directory}/{name}"), exist_ok=True)
                    with open(f"{directory}/{name}.yaml", "w", encoding="utf-8") as file:
                        file.write(text)
                expected = hydra_cases.composed(directory, overrides)
                if any("recursion" in line for line in expected.get("error", [])):
                    return None
                what = (index, files, overrides)
                found = self.check(expected.get("plain"), expected.get("error", []), show(directory, "--", *overrides), what)
                if found or "plain" not in expected:
                    return found
                resolved = show(directory, "--resolve", "--", *overrides)
                return self.check(expected.get("resolved"), expected.get("error", []), resolved, what)

        # hydra-core keeps one composition at a time.
        found = [difference for difference in map(case, range(COUNT)) if difference]
        self.assertEqual(found, [], f"{len(found)} of {COUNT} differ")

    def test_overrides_are_right_or_wrong_as_in_hydra(self):
        with tempfile.TemporaryDirectory() as directory:
            with open(f"{directory}/main.yaml", "w", encoding="utf-8") as file:
                file.write("k: 1\n")

            def case(index):
                line = hydra_cases.line(f"{SEED} line {index}")
                expected = hydra_cases.parsed(line)
                status, _, error = show(directory, "--", line)
                same = status == 64 and all(line in error for line in expected) if expected else status != 64
                return None if same else {"case": line, "theirs": expected, "ours": (status, error)}

            self.compare(4 * COUNT, case)

    def test_documents_are_read_as_in_omegaconf(self):
        def case(index):
            text = hydra_cases.document(f"{SEED} document {index}")
            with tempfile.TemporaryDirectory() as directory:
                path = os.path.realpath(f"{directory}/main.yaml")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                expected = hydra_cases.loaded(path)
                is_right = isinstance(expected, str)
                return self.check(
                    expected if is_right else None, [] if is_right else expected, show(os.path.dirname(path)), text)

        self.compare(4 * COUNT, case)


if __name__ == "__main__":
    unittest.main()
