"""What Hydra's shell completion offers, how argparse reads Hydra's options, and halves of characters: random lines and texts.

MLOPS_HYDRA_CASES=2000 MLOPS_HYDRA_SEED=7 runs more, and others.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

try:
    from hydra._internal.hydra import Hydra
    from hydra._internal.utils import create_config_search_path, get_args_parser
    from hydra.core.global_hydra import GlobalHydra
    from hydra.plugins.completion_plugin import DefaultCompletionPlugin
    from omegaconf import OmegaConf
except ImportError:
    Hydra = None

COUNT = int(os.environ.get("MLOPS_HYDRA_CASES", 40))
SEED = os.environ.get("MLOPS_HYDRA_SEED", "1")
FILES = {
    "main": "defaults:\n- db: a\n- opt/sched: x\n- optional srv: null\n- _self_\nlr: 0.1\nflag: yes\nnone: null\nmiss: ???\nempty: {}\nnums: [1, {q: 2}, [3, 4], ???]\n"
            "ref: ${db}\nrefs: ${nums}\nbad: ${nope}\ntext: a b\n'true': 1\n1: {u: 2}\nnest: {deep: {er: x, l: [{a: 1}]}}\nhalf: ${lr}\n",
    "db/a": "host: h\nport: 1\n", "db/b": "host: g\npool: {size: 3}\n", "opt/sched/x": "step: 1\n", "opt/sched/y-z": "step: 2\n", "opt/one": "o: 1\n",
    "srv/web/s": "w: 1\n", "other": "{}\n", "files/f1": "{}\n",
}
WORDS = """ |db|db=|db=a|db=b|db.|db.h|db.host=|db.host|db.nope.|+|+d|+srv|+srv/|+srv/web=|+db=|~|~d|~db|~opt/|opt|opt/|opt/s|opt/sched=|opt/sched=y|lr|lr=|lr=0|l|n|nums
nums.|nums.0|nums.0=|nums.1.|nums.1.q=|nums.2.|nums.3|nums.3=|nums.9.|nest.|nest.deep.|nest.deep.er=|nest.deep.l.0.|empty.|empty|miss=|none=|flag=|ref.|ref|refs.|refs.1.
bad=|bad.|text=|true=|1.|1.u=|hy|hydra|hydra.|hydra.run.|hydra.run.dir|hydra/|hydra/l|hydra/launcher=|hydra.job.|hydra.sweeper.|x|zzz|srv|srv/|srv/web|srv=|files|files=|files=.
files=./|a=./d|a=.|a=/|a=./db/|a=./nope/|a=..|db=.|+db=./|other|half=|half|1|t|=|a==|.|db..|[|nums[0]=|nums[1].|db/|db/a|opt/sched/""".replace("\n", "|").split("|")
BEFORE = ["", "", "", "db=b", "lr=2", "+z=1", "db=a,b", "nope=1", "-m", "-m db=a,b", "miss=4", "~db", "db=b lr=3", "--multirun lr=1,2", "srv=web/s", "+opt=one", "lr=[1,2]", "nest.deep={k:1}"]
FLAGS = """--cfg job|--cfg=job|--cf job|--cf=hydra|-c job|-cjob|-c=job|-call|-cnope|--c job|--resolve|--res|--reso|--package db|--package=db|--pack=db|--p db|-p db|-pdb|-p=db|--package=
-p=|--run|-r|--ru|--multirun|--multi|-m|--mu|--m|-mr|--info|-i|--info=all|-iall|-i=config|--inf defaults|-idefaults-tree|--in=x|--info=|--config-n main|--config-name=other|-cn main
-cn=main|-cnmain|--config-d .|--config-dir=.|-cd .|-cd=.|-cd.|--config-p .|-cp=.|-cp .|--con x|--config-|--h|--he|--hydra|--hydra-h|--shell|-s|-sc|-sc=1|--experimental-rerun x|--exp=y|--ver""".replace("\n", "|").split("|")


def write(directory, files):
    for name, text in files.items():
        path = pathlib.Path(f"{directory}/{name}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@unittest.skipIf(Hydra is None, "hydra-core is not installed")
class HydraWordsTests(unittest.TestCase):
    def ours(self, *arguments, line=None, place=None):
        environment = {**os.environ, **({"COMP_LINE": line} if line is not None else {})}
        return subprocess.run([os.environ["MLOPS_BINARY"], *arguments], capture_output=True, text=True, timeout=60, env=environment, cwd=place)

    def test_completion_offers_what_hydras_offers(self):
        r = random.Random(f"{SEED} words")
        with tempfile.TemporaryDirectory() as directory:
            directory = os.path.realpath(directory)
            write(directory, FILES)
            GlobalHydra.instance().clear()
            path = create_config_search_path(directory)
            plugin = DefaultCompletionPlugin(Hydra.create_main_hydra2("mlops", path).config_loader)
            lines = [f" {word}" for word in WORDS] + [f"{r.choice(BEFORE)} {r.choice(WORDS)}" for _ in range(4 * COUNT)]
            differences = []
            before = os.getcwd()
            os.chdir(directory)
            for line in lines:
                line = line.lstrip() if line.strip() else ""
                try:
                    theirs = plugin._query("main", line)
                except (Exception, SystemExit):  # What Hydra fails with is nothing to offer.
                    theirs = None
                done = self.ours("train", "--config-dir", directory, "--config-name", "main", "-sc", "query=bash", line=f"mlops train {line}", place=directory)
                words = done.stdout.rstrip("\n").split(" ") if done.returncode == 0 and done.stdout.strip() else []
                # Two settings are known to Hydra's process alone.
                words, theirs = ([w for w in ws if "hydra.job.name=" not in w] for ws in (words, " ".join(map(str, theirs or [])).split(" ") if theirs else []))
                if words != theirs:
                    differences.append((line, theirs, words))
            os.chdir(before)
            GlobalHydra.instance().clear()
            self.assertEqual(differences, [], f"{len(differences)} of {len(lines)} differ")

    def test_options_are_read_as_argparse_reads_them(self):
        def theirs(arguments):
            kept = sys.stderr, sys.stdout
            sys.stderr = sys.stdout = open(os.devnull, "w", encoding="utf-8")
            try:
                return vars(get_args_parser().parse_args(arguments))
            except SystemExit as error:  # --version prints one, and --help its text.
                return None if error.code else {"help": True, "cfg": None}
            finally:
                sys.stderr.close()
                sys.stderr, sys.stdout = kept

        r = random.Random(f"{SEED} flags")
        with tempfile.TemporaryDirectory() as directory:
            write(directory, FILES)
            write(directory, {"train": FILES["main"]})
            lines = [flag.split(" ") for flag in FLAGS] + [[w for flag in r.sample(FLAGS, 2) for w in flag.split(" ")] for _ in range(COUNT)]
            for line in lines:
                read = theirs(line)
                if read is None:
                    with self.subTest(line):
                        self.assertEqual(self.ours("train", "--config-dir", directory, *line).returncode, 64)
                    continue
                if not read["cfg"] or read["help"] or read["hydra_help"] or read["shell_completion"] or read["experimental_rerun"] or read["multirun"] \
                        or read["run"] or read["info"]:
                    continue
                # The same line, written out.
                plain = [f"--cfg={read['cfg']}"] + (["--resolve"] if read["resolve"] else [])
                for key in ["config_name", "config_dir", "config_path"]:
                    plain += [f"--{key.replace('_', '-')}={read[key]}"] if read[key] is not None else []
                plain += ["--package", read["package"]] if read["package"] is not None else []
                with self.subTest(line):
                    one, other = (self.ours("train", *a, place=directory) for a in (line, plain))
                    self.assertEqual((one.returncode, one.stdout), (other.returncode, other.stdout), (plain, one.stderr, other.stderr))

    def test_halves_of_characters_are_written_as_omegaconf_writes_them(self):
        pieces = ["\\ud800", "\\udfff", "\\udc80", "\\ud83d\\ude00", "\\U0010F800", "\\ufffe", "a", " ", "b" * 30, "é", "\\n", "\\t", "${x}", ": ", "#", "'"]
        with tempfile.TemporaryDirectory() as directory:
            for index in range(COUNT):
                r = random.Random(f"{SEED} halves {index}")

                def text():
                    return '"' + "".join(r.choice(pieces) for _ in range(r.randint(1, 12))) + '"'

                written = f"x: 1\n{text()}: {text()}\nl: [{text()}, {{k: {text()}}}]\n? {text()}\n: {text()}\n"
                write(directory, {"main": written})
                try:
                    node = OmegaConf.load(f"{directory}/main.yaml")
                    theirs = OmegaConf.to_yaml(node)
                except Exception:
                    theirs = None
                done = self.ours("config", "show", "--config-dir", directory, "--config-name", "main")
                with self.subTest(written):
                    self.assertEqual(done.stdout if done.returncode == 0 else None, theirs, done.stderr)


if __name__ == "__main__":
    unittest.main()
