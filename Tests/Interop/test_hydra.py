"""Configurations as hydra-core composes them: seeded random trees, overrides and YAML texts, results and messages.

MLOPS_HYDRA_CASES=2000 MLOPS_HYDRA_SEED=7 runs more, and others.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import hydra_lists
import hydra_orders
import hydra_settings
import hydra_texts
import hydra_trees
import tool

try:
    import hydra_cases
except ImportError:
    hydra_cases = None

COUNT = int(os.environ.get("MLOPS_HYDRA_CASES", 40))
SEED = os.environ.get("MLOPS_HYDRA_SEED", "1")
os.environ["MLOPS_TEST_SET"] = "[1, a]"


def run(*arguments):
    done = subprocess.run([os.environ["MLOPS_BINARY"], *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, re.sub(r"\s+", " ", done.stderr)


def show(directory, *arguments):
    return run("config", "show", "--config-dir", directory, "--config-name", "main", *arguments)


def write(directory, files):
    """Writes texts by their paths without `.yaml`; `@/` in them is the directory."""
    for name, text in files.items():
        path = pathlib.Path(f"{directory}/{name}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("@/", f"{directory}/"), encoding="utf-8")


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

    def compare_trees(self, draw):
        def case(index):
            files, overrides = draw(f"{SEED} tree {index}")
            with tempfile.TemporaryDirectory() as directory:
                directory = os.path.realpath(directory)
                write(directory, files)
                overrides = [override.replace("@/", f"{directory}/") for override in overrides]
                expected = hydra_cases.composed(f"{directory}/conf", overrides)
                if hydra_cases.is_endless(expected):
                    return None
                what = (index, files, overrides)
                plain = show(f"{directory}/conf", "--", *overrides)
                found = self.check(expected.get("plain"), expected.get("error", []), plain, what)
                if found or "plain" not in expected:
                    return found
                resolved = show(f"{directory}/conf", "--resolve", "--", *overrides)
                return self.check(expected.get("resolved"), expected.get("error", []), resolved, what)

        # hydra-core keeps one composition at a time.
        found = [difference for difference in map(case, range(COUNT)) if difference]
        self.assertEqual(found, [], f"{len(found)} of {COUNT} differ")

    def test_trees_compose_as_in_hydra(self):
        def draw(seed):
            files, overrides = hydra_cases.tree(seed)
            return {f"conf/{name}": text for name, text in files.items()}, overrides

        self.compare_trees(draw)

    def test_large_trees_compose_as_in_hydra(self):
        self.compare_trees(hydra_trees.tree)

    def test_lists_in_every_form_are_read_as_in_hydra(self):
        self.compare_trees(hydra_lists.tree)

    def test_of_several_errors_the_first_is_hydras(self):
        self.compare_trees(hydra_orders.tree)

    def test_texts_and_arguments_are_read_as_in_hydra(self):
        self.compare_trees(hydra_texts.tree)

    def test_sweeps_are_split_as_in_hydra(self):
        with tempfile.TemporaryDirectory() as directory:
            write(directory, {"main": "x: 1\n", **{f"db/{option}": "k: 1\n" for option in ["a", "b", "my-x", "mysql"]}})

            def case(index):
                lines = hydra_settings.sweep(f"{SEED} sweep {index}")
                expected = hydra_cases.split(directory, lines)
                status, out, error = run("config", "sweep", "--json", "--config-dir", directory, "--", *lines)
                if "runs" in expected:
                    same = status == 0 and json.loads(out) == expected["runs"]
                else:
                    same = status > 0 and all(line in error for line in expected["error"])
                return None if same else {"case": lines, "theirs": expected, "ours": (status, out, error)}

            found = [difference for difference in map(case, range(4 * COUNT)) if difference]
            self.assertEqual(found, [], f"{len(found)} of {4 * COUNT} differ")

    def test_settings_have_the_types_of_hydras(self):
        def case(index):
            files, overrides = hydra_settings.settings(f"{SEED} settings {index}")
            with tempfile.TemporaryDirectory() as directory:
                directory = os.path.realpath(directory)
                write(directory, files)
                expected = hydra_cases.settings(directory, overrides)
                ours = run("train", "--cfg", "hydra", "--config-dir", directory, "--config-name", "main", "--", *overrides)
                return self.check(expected.get("plain"), expected.get("error", []), ours, (files, overrides))

        found = [difference for difference in map(case, range(2 * COUNT)) if difference]
        self.assertEqual(found, [], f"{len(found)} of {2 * COUNT} differ")

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


PROGRAM = """
import hydra
@hydra.main(config_path=None, config_name="main", version_base="1.3")
def main(cfg): print("value", cfg.value)
main()
"""


@unittest.skipIf(hydra_cases is None, "hydra-core is not installed")
class RunTests(unittest.TestCase):
    """Runs of `mlops train` and of a program of Hydra's: the directories, and what is written to them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mlops-hydra-")
        cls.work = pathlib.Path(os.path.realpath(cls.folder.name))
        rows = "".join(json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in tool.ROWS)
        (cls.work / "rows.jsonl").write_text(rows)
        write(cls.work, {"conf/main": f"""\
            model_name: {tool.TINY}
            dataset_path: {cls.work}/rows.jsonl
            output_dir: ${{hydra:runtime.cwd}}/runs
            max_steps: 1
            lr: 0.01
            lora_r: 2
            test_size: 0
            seed: 1
            eval:
              enabled: false
            """.replace("            ", "")})
        (cls.work / "mlops.py").write_text(PROGRAM)

    def both(self, name, *arguments):
        """Runs both programs in directories of their own; returns the two and what they said."""
        places, said = [], []
        for program in ["theirs", "ours"]:
            place = self.work / name / program
            place.mkdir(parents=True)
            # The same composition: what our schema fills in is written down.
            whole = tool.run("train", "--cfg", "job", "--config-dir", self.work / "conf", "--config-name", "main").stdout
            (place / "conf").mkdir()
            (place / "conf/main.yaml").write_text(whole + ("value: 1\n" if program == "theirs" else ""))
            command = [os.environ["MLOPS_BINARY"], "train", "--config-name", "main"]
            if program == "theirs":
                command = [sys.executable, self.work / "mlops.py"]
            environment = {**os.environ, "MLOPS_TEST_COPY": "copied"}
            done = subprocess.run(
                [*command, "--config-dir", place / "conf", *arguments], cwd=place, env=environment, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            places.append(place)
            said.append(done)
        return places, said

    def text(self, place, name):
        """A file without what differs by nature: the place, our texts of help, who named the directory."""
        text = (place / name).read_text().replace(str(place), "PLACE")
        text = re.sub(r"(?ms)^  help:\n.*?(?=^  hydra_logging:)", "", text)
        return text.replace("value: 1\n", "")

    def compare(self, places, names):
        theirs, ours = places
        for name in names:
            self.assertEqual(self.text(theirs, name), self.text(ours, name), name)

    def files(self, place):
        return sorted(str(path.relative_to(place)) for path in place.rglob("*.yaml") if "conf" not in path.parts[-2] and path.name != "config_used.yaml")

    def test_a_sweep_writes_what_hydras_writes(self):
        for name, subdir in [("numbers", []), ("names", ["hydra.sweep.subdir=${hydra.job.num}_${hydra.job.override_dirname}"]),
                             ("values", ["hydra.sweep.subdir=r${lora_r}_${seed}", "hydra.job.config.override_dirname.kv_sep=-"])]:
            with self.subTest(name):
                places, _ = self.both(name, "-m", "lora_r=1,2", "seed=choice(3,4)", "hydra.sweep.dir=sweep/${now:%Y}", *subdir)
                self.assertEqual(self.files(places[0]), self.files(places[1]))
                self.compare(places, self.files(places[0]))

    def test_hydra_mode_makes_a_sweep(self):
        places, _ = self.both("mode", "lora_r=1,2", "hydra.sweep.dir=sweep", "hydra.mode=MULTIRUN", "hydra.job.name=mine")
        self.assertEqual(self.files(places[0]), self.files(places[1]))
        self.compare(places, self.files(places[0]))

    def test_a_run_writes_what_hydras_writes(self):
        for name, arguments in [
            ("dir", ["hydra.run.dir=out/${lora_r}"]),
            ("names", ["hydra.run.dir=out/${hydra.job.override_dirname}", "hydra.job.config.override_dirname.kv_sep=-", "lr=0.02", "seed=5",
                       "hydra.job.config.override_dirname.item_sep=_", "hydra.job.config.override_dirname.exclude_keys=[seed]"]),
            ("logging", ["hydra.run.dir=out", "hydra/job_logging=disabled", "hydra/hydra_logging=none", "hydra.verbose=true"]),
            ("environment", ["hydra.run.dir=out", "+hydra.job.env_set.MLOPS_TEST_A=${hydra.job.name}", "hydra.job.env_copy=[MLOPS_TEST_COPY]"]),
            ("chdir", ["hydra.run.dir=out", "hydra.job.chdir=true"]),
            ("subdir", ["hydra.run.dir=out", "hydra.output_subdir=notes", "hydra.mode=RUN"]),
            ("nothing", ["hydra.run.dir=out", "hydra.output_subdir=null"]),
        ]:
            with self.subTest(name):
                places, _ = self.both(f"run-{name}", *arguments)
                self.assertEqual(self.files(places[0]), self.files(places[1]))
                self.compare(places, self.files(places[0]))

    def test_options_print_what_hydras_print(self):
        """`--cfg`, `--package`, `--resolve` and `--info`, with settings and groups of the user's own."""
        place = self.work / "options"
        whole = tool.run("train", "--cfg", "job", "--config-dir", self.work / "conf", "--config-name", "main").stdout
        write(place, {"conf/main": "defaults:\n- _self_\n- optional sched: no\n" + whole, **hydra_settings.OWN_SETTINGS,
                      "conf/sched/a": "lr: 0.5\n", "conf/sched/b": "# @package _global_\nlr: 0.7\n"})
        (place / "mlops.py").write_text(PROGRAM)

        def said(command, arguments):
            done = subprocess.run([*command, "--config-dir", "conf", *arguments], cwd=place, capture_output=True, text=True, timeout=300)
            # Texts of help are each program's own, and both tell the time.
            text = re.sub(r"(?ms)^( *)help:\n.*?(?=^\1hydra_logging:)", "", done.stdout)
            text = re.sub(r"(?m)^.*\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d$", "", text)
            return done.returncode == 0, text

        for index in range(COUNT):
            arguments = hydra_settings.options(f"{SEED} options {index}")
            with self.subTest(arguments=arguments):
                theirs = said([sys.executable, "-W", "ignore", "mlops.py"], arguments)
                ours = said([os.environ["MLOPS_BINARY"], "train", "--config-name", "main"], arguments)
                self.assertEqual(theirs[0], ours[0])
                if theirs[0]:
                    self.assertEqual(theirs[1], ours[1])


if __name__ == "__main__":
    unittest.main()
