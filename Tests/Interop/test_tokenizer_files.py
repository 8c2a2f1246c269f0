"""Random `tokenizer.json` files with mistakes: tokenizers' ids, or an error in both; MLOPS_FUZZ_FILES=SEED:COUNT for others."""

import json
import os
import re
import unittest

import tokenizer_files
import tool

SEED, COUNT = os.environ.get("MLOPS_FUZZ_FILES", "1:150").split(":")
TEXT = "hello ab hello. <x> he1l lo é\nab"
# What is refused here although tokenizers reads it: see Docs/Tokenizers.md.
STRICTER = re.compile("its place makes it|nothing is left of the added token|a whole number from 1 |is out of range|is no object")


class TokenizerFiles(unittest.TestCase):
    def reference(self, text):
        """The ids, or None when the file is refused or the text cannot be encoded."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(text)
            tokenizer.no_truncation()
            tokenizer.no_padding()
            return tokenizer.encode(TEXT).ids
        except BaseException:  # tokenizers panics, too, which is no Exception
            return None

    def test_files_are_read_or_refused_as_by_tokenizers(self):
        read, refused = 0, 0
        folder = tool.work() / "tokenizer-files"
        folder.mkdir(exist_ok=True)
        for number in range(int(COUNT)):
            text = json.dumps(tokenizer_files.file(f"{SEED}.{number}"))
            expected = self.reference(text)
            (folder / "tokenizer.json").write_text(text)
            done = tool.run("tokenize", "--model", folder, "--text", TEXT, "--add-special-tokens", "--json", check=False)
            with self.subTest(number=number, file=text):
                if done.returncode == 0:
                    self.assertEqual(json.loads(done.stdout)["ids"], expected)
                    read += 1
                else:
                    self.assertEqual(done.returncode, 65, done.stderr)
                    self.assertTrue(expected is None or STRICTER.search(done.stderr), done.stderr)
                    refused += 1
        self.assertGreater(read, int(COUNT) // 6)
        self.assertGreater(refused, int(COUNT) // 6)


if __name__ == "__main__":
    unittest.main()
