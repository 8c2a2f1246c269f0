"""`mlops tokenizer train` beside BpeTrainer of tokenizers: the files are equal byte for byte."""

import json
import pathlib
import random
import shutil
import tempfile
import unittest

from tool import PACKAGE, run

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def reference(texts, path, vocab_size, special=(), **options):
    """Trains with tokenizers on files (lines) or on an iterator (whole texts)."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=SPECIAL + list(special), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **options)
    if all(isinstance(text, pathlib.Path) for text in texts):
        tokenizer.train([str(text) for text in texts], trainer)
    else:
        tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(path))


class TokenizerTraining(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def compare(self, files, vocab_size, *arguments, texts=None, special=(), **options):
        """Trains both ways and returns how many merges were learned."""
        run("tokenizer", "train", *files, "--vocab-size", vocab_size, "--output", self.folder / "ours", "--quiet",
            *(word for token in special for word in ("--special", token)), *arguments)
        reference(texts or files, self.folder / "theirs.json", vocab_size, special, **options)
        ours = (self.folder / "ours/tokenizer.json").read_text()
        theirs = (self.folder / "theirs.json").read_text()
        merges = json.loads(theirs)["model"]["merges"]
        if ours != theirs:
            pairs = zip(json.loads(ours)["model"]["merges"], merges)
            first = next((i for i, (a, b) in enumerate(pairs) if a != b), "none")
            self.fail(f"the files differ; the first merge that does is {first} of {len(merges)}")
        return len(merges)

    def test_documents(self):
        files = sorted((PACKAGE / "Docs").glob("*.md")) + [PACKAGE / "README.md"]
        self.assertEqual(self.compare(files, 3000), 3000 - 256 - 3)
        self.assertGreater(self.compare(files, 20000, "--min-frequency", 3, min_frequency=3), 1500)
        self.compare(files, 1000, "--max-token-length", 5, max_token_length=5)
        self.compare(files, 1200, special=["[PAD]", "<tool>"])

    def test_rows(self):
        rows = PACKAGE / "data/quickstart/train.jsonl"
        texts = [m["content"] for line in rows.read_text().splitlines() for m in json.loads(line)["messages"]]
        self.assertEqual(self.compare([rows], 1000, texts=texts), 1000 - 256 - 3)
        self.assertLess(self.compare([rows], 1500, texts=texts), 1500 - 256 - 3, "there are not so many pairs")

    def test_ties_and_repetitions(self):
        """Few letters, often repeated: equal counts everywhere, and merges that make a token there is already."""
        randomness = random.Random(11)
        merges = 0
        for number, letters in enumerate(["ab", "a", "abc ", "ab'sdtre ll ve", "éa\u0301 ", "日本語 x", "😀a ", "09a .\t"] * 2):
            lines = []
            for _ in range(8):
                word = "".join(randomness.choices(letters, k=randomness.randint(1, 7)))
                lines.append(word * randomness.randint(1, 40))
                lines.append("".join(randomness.choices(letters, k=randomness.randint(0, 300))))
            file = self.folder / f"{number}.txt"
            file.write_bytes(randomness.choice(["\n", "\n\n", " \n", "\r\n"]).join(lines).encode())
            limit = randomness.choice([None, 2, 3, 5])
            options = {} if limit is None else {"max_token_length": limit}
            least = randomness.choice([0, 2, 4])
            merges += self.compare(
                [file], 600, "--min-frequency", least, *(() if limit is None else ("--max-token-length", limit)),
                min_frequency=least, **options)
        self.assertGreater(merges, 500)

    def test_transformers_reads_the_directory(self):
        from transformers import AutoTokenizer

        self.compare([PACKAGE / "README.md"], 700)
        tokenizer = AutoTokenizer.from_pretrained(self.folder / "ours")
        self.assertEqual((tokenizer.eos_token_id, tokenizer.pad_token_id, len(tokenizer)), (2, 0, 700))
        messages = [{"role": "user", "content": "What is a gate?"}, {"role": "assistant", "content": "A rule."}]
        self.assertEqual(
            tokenizer.apply_chat_template(messages, tokenize=False),
            "<|im_start|>user\nWhat is a gate?<|im_end|>\n<|im_start|>assistant\nA rule.<|im_end|>\n")
        for name in ["config.json", "model.safetensors"]:
            shutil.copy(PACKAGE / "models/mlops-tiny" / name, self.folder / "ours")
        text = "Where do runs go? <|im_end|> \n\n\té日本"
        ours = json.loads(run("tokenize", "--model", self.folder / "ours", "--text", text, "--json").stdout)["ids"]
        self.assertEqual(ours, tokenizer.encode(text, add_special_tokens=False))

    def test_spaces_before_punctuation_stay(self):
        """transformers 5 ignores `clean_up_tokenization_spaces` for BPE, and so do we."""
        from transformers import AutoTokenizer

        self.compare([PACKAGE / "README.md"], 700)
        for name in ["config.json", "model.safetensors"]:
            shutil.copy(PACKAGE / "models/mlops-tiny" / name, self.folder / "ours")
        config = self.folder / "ours/tokenizer_config.json"
        text = "Well , it ' s n't so . Do not ! we 've ?"
        for clean in (False, True):
            config.write_text(json.dumps({**json.loads(config.read_text()), "clean_up_tokenization_spaces": clean}))
            tokenizer = AutoTokenizer.from_pretrained(self.folder / "ours")
            ids = tokenizer.encode(text, add_special_tokens=False)
            ours = run("tokenize", "--model", self.folder / "ours", "--decode", "--text", json.dumps(ids), "--json").stdout
            self.assertEqual(json.loads(ours)["text"], tokenizer.decode(ids))


if __name__ == "__main__":
    unittest.main()
