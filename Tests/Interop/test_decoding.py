"""Decoding with `clean_up_tokenization_spaces` on and off is that of transformers, for every kind of vocabulary."""

import json
import pathlib
import random
import shutil
import tempfile
import unittest

import tool

WORDS = [" ", ".", "?", "!", ",", "'", "n't", "'m", "'s", "'ve", "'re", "n", "t", "do", "not", "it", "is", "a", "don", "x'", " '", " .", "é", "日本"]


def tokenizers():
    """A tokenizer of each kind, whose tokens are the words above."""
    from tokenizers import Tokenizer, decoders, models

    spelt = {word: number for number, word in enumerate(["[U]"] + WORDS)}
    yield "words", Tokenizer(models.WordLevel(spelt, unk_token="[U]"))
    yield "pieces", Tokenizer(models.Unigram([(word, 0.0) for word in spelt], unk_id=0))
    yield "pairs", Tokenizer(models.BPE(spelt, []))
    for cleanup in (False, True):
        word = Tokenizer(models.WordPiece(spelt, unk_token="[U]"))
        word.decoder = decoders.WordPiece(cleanup=cleanup)
        yield f"word pieces {cleanup}", word
    fused = Tokenizer(models.Unigram([(word.replace(" ", "▁"), 0.0) for word in spelt], unk_id=0))
    fused.decoder = decoders.Metaspace()
    yield "fused", fused


class Decoding(unittest.TestCase):
    def test_spaces_are_cleaned_up_as_in_transformers(self):
        from transformers import AutoTokenizer

        draw = random.Random(5)
        changed = 0
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder, "model")
            shutil.copytree(tool.TINY, folder)
            for name, tokenizer in tokenizers():
                tokenizer.save(str(folder / "tokenizer.json"))
                for settings in [{}, {"clean_up_tokenization_spaces": False}, {"clean_up_tokenization_spaces": True}, {
                        "clean_up_tokenization_spaces": True,
                        "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": True}]:
                    (folder / "tokenizer_config.json").write_text(
                        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **settings}))
                    reference = AutoTokenizer.from_pretrained(folder)
                    for _ in range(12):
                        ids = [draw.randrange(1, len(WORDS) + 1) for _ in range(draw.randint(1, 30))]
                        expected = reference.decode(ids)
                        changed += expected != tokenizer.decode(ids, skip_special_tokens=False)
                        answer = tool.run("tokenize", "--model", folder, "--decode", "--text", json.dumps(ids), "--json")
                        with self.subTest(kind=name, settings=settings, ids=ids):
                            self.assertEqual(json.loads(answer.stdout)["text"], expected)
        self.assertGreater(changed, 50)


if __name__ == "__main__":
    unittest.main()
