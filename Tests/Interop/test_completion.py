"""Completion as zsh and fish do it: the scripts of `mlops completion`, loaded by the real shells, on a pseudo-terminal."""

import os
import pathlib
import pty
import re
import shutil
import subprocess
import tempfile
import unittest

BINARY = os.environ.get("MLOPS_BINARY", "")

# Types each line, presses Tab, and prints what the line editor shows.
ZSH = r"""
zmodload zsh/zpty
zpty -b shell "PATH=$1:$PATH zsh -f -i"
receive() { local text; sleep $1; while zpty -rt shell text 2>/dev/null; do print -rn -- "$text"; done }
zpty -w shell "PS1='> '; unsetopt beep; fpath=($2 \$fpath); autoload -Uz compinit; compinit -u -D; cd $2"
receive 3 > /dev/null
for line in "${@:3}"; do
    print -r -- "## $line"
    zpty -wn shell "$line"$'\t'
    receive 2
    print
    zpty -wn shell $'\C-u'
    receive 0.3 > /dev/null
done
zpty -d shell
"""


def on_terminal(command, environment):
    """Runs a command on a pseudo-terminal and returns what it writes, without control sequences."""
    out = []

    def read(descriptor):
        data = os.read(descriptor, 65536)
        out.append(data)
        return b""

    child, descriptor = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, environment)
    try:
        while True:
            read(descriptor)
    except OSError:
        pass
    os.waitpid(child, 0)
    text = b"".join(out).decode(errors="replace").replace("\r", "")
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|.\x08", "", text)


class CompletionTests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mlops-completion-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/mlops").symlink_to(os.path.abspath(BINARY))
        (self.folder / "configs/db").mkdir(parents=True)
        (self.folder / "configs/train.yaml").write_text("defaults:\n  - db: a\n  - _self_\n")
        for option in "ab":
            (self.folder / f"configs/db/{option}.yaml").write_text("{}\n")

    def script(self, shell):
        return subprocess.run([BINARY, "completion", shell], capture_output=True, text=True, check=True).stdout

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes_commands_keys_and_values(self):
        (self.folder / "_mlops").write_text(self.script("zsh"))
        (self.folder / "press.zsh").write_text(ZSH)
        typed = ["mlops tr", "mlops train lr_scheduler_t", "mlops train lr_scheduler_type=", "mlops train db=", "mlops train eval.en"]
        command = ["zsh", "-f", str(self.folder / "press.zsh"), str(self.folder / "bin"), str(self.folder), *typed]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|.\x08", "", done.stdout.replace("\r", ""))
        parts = dict(part.split("\n", 1) for part in shown.split("## ")[1:])
        self.assertIn("mlops train ", parts["mlops tr"])
        # A key goes on after its equals sign: no space.
        self.assertRegex(parts["mlops train lr_scheduler_t"], r"lr_scheduler_type=(?! )")
        for word in ["constant", "cosine", "linear"]:
            self.assertIn(f"lr_scheduler_type={word}", parts["mlops train lr_scheduler_type="])
        self.assertRegex(parts["mlops train db="], r"db=a\s+db=b")
        self.assertIn("eval.enabled=", parts["mlops train eval.en"])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes_commands_keys_and_values(self):
        script = self.folder / "mlops.fish"
        script.write_text(self.script("fish"))
        environment = {**os.environ, "HOME": str(self.folder), "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "TERM": "dumb"}

        def completed(line):
            # `commandline` answers only where fish believes that somebody is there.
            text = on_terminal(["fish", "-i", "-c", f"cd {self.folder}; source {script}; complete -C '{line}'"], environment)
            return [word.split("\t")[0] for word in text.split("\n")]

        self.assertIn("train", completed("mlops tr"))
        self.assertIn("lr_scheduler_type=", completed("mlops train lr_scheduler_t"))
        self.assertIn("lr_scheduler_type=cosine", completed("mlops train lr_scheduler_type="))
        self.assertTrue({"db=a", "db=b"} <= set(completed("mlops train db=")))
        self.assertIn("--config-name", completed("mlops train --c"))


if __name__ == "__main__":
    unittest.main()
