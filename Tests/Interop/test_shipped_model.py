"""models/mlops-tiny as transformers reads it."""

import json
import unittest

from tool import PACKAGE, distance, load, logits, reference_logits, run

MODEL = PACKAGE / "models/mlops-tiny"


class ShippedModel(unittest.TestCase):
    def test_logits(self):
        model = load(MODEL)
        self.assertEqual(sum(p.numel() for p in model.parameters()), 1_926_560)
        ours, ours_nll = logits(MODEL)
        theirs, theirs_nll = reference_logits(model)
        self.assertLess(distance(ours, theirs), 2e-6)
        self.assertAlmostEqual(ours_nll, theirs_nll, places=5)

    def test_answers(self):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(MODEL)
        model = load(MODEL)
        for question in ['What does "unhappily" mean?', 'What kind of thing is "red oak"?']:
            inputs = tokenizer.apply_chat_template(
                [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True)
            output = model.generate(**inputs, do_sample=False, max_new_tokens=32)
            theirs = tokenizer.decode(output[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True)
            ours = json.loads(run("generate", "--model", MODEL, "--prompt", question, "--json").stdout)["text"]
            self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
