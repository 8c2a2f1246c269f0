"""Random templates with everything Jinja has: transformers' text, or an error in both; MLOPS_FUZZ_TEMPLATES=SEED:COUNT for others."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from template_grammar import CONTEXT
from template_statements import Statements

SEED, COUNT = os.environ.get("MLOPS_FUZZ_TEMPLATES", "1:150").split(":")
# Addresses, and names of objects that have one.
ADDRESS = re.compile(r"(?i) [abt]+ 0x|object at|generator|bound method|built-in|<function|TemplateDict|<cl[ab]ss|Joiner|Cycler")


class TemplateFuzz(unittest.TestCase):
    def reference(self, source):
        """The text or the error of transformers."""
        from transformers.utils.chat_template_utils import render_jinja_template

        values = dict(CONTEXT)
        messages = values.pop("messages")
        try:
            return render_jinja_template([messages], chat_template=source, **values)[0][0], None
        except Exception as error:  # whatever it raises, the tool must refuse too
            return None, str(error)

    def test_random_templates_render_or_fail_as_in_transformers(self):
        rendered, refused, alike = 0, 0, 0
        with tempfile.TemporaryDirectory() as folder:
            template, conversation = pathlib.Path(folder, "t.jinja"), pathlib.Path(folder, "m.json")
            conversation.write_text(json.dumps(CONTEXT), encoding="utf-8")
            for number in range(int(COUNT)):
                source = Statements(f"{SEED}.{number}").template()
                expected, error = self.reference(source)
                if ADDRESS.search(expected or ""):
                    continue
                template.write_bytes(source.encode())
                # Bytes: reading as text would change the ends of lines.
                done = subprocess.run(
                    [os.environ["MLOPS_BINARY"], "render", "--chat-template", template, "--messages", conversation],
                    capture_output=True, timeout=60)
                told = done.stderr.decode()
                with self.subTest(number=number, template=source):
                    self.assertIn(done.returncode, (0, 65), told)
                    self.assertEqual(done.stdout.decode() if done.returncode == 0 else None, expected, error or told)
                rendered += expected is not None
                refused += error is not None
                alike += error is not None and error in told
        self.assertGreater(rendered, int(COUNT) // 5)
        self.assertGreater(alike, refused * 9 // 10, f"{alike} of {refused} errors are told in Jinja's words")


if __name__ == "__main__":
    unittest.main()
