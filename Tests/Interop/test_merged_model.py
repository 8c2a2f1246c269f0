"""transformers loads the merged model and computes what we compute."""

import unittest

import tool


class MergedModel(unittest.TestCase):
    def test_transformers_computes_our_logits(self):
        theirs, their_nll = tool.reference_logits(tool.load(tool.merged()))
        for name, (ours, our_nll) in {
            "base and adapter": tool.logits(tool.TINY, adapter=tool.trained() / "model"),
            "merged": tool.logits(tool.merged()),
        }.items():
            with self.subTest(name):
                self.assertLess(tool.distance(ours, theirs), 1e-3)
                self.assertAlmostEqual(our_nll, their_nll, delta=1e-3 * their_nll)

    def test_its_tokenizer_is_the_base_models(self):
        from transformers import AutoTokenizer

        text = "The gate compares 12 rows.\n<|im_end|> é 模型"
        base, merged = AutoTokenizer.from_pretrained(tool.TINY), AutoTokenizer.from_pretrained(tool.merged())
        self.assertEqual(base.encode(text), merged.encode(text))
        self.assertEqual(base.chat_template, merged.chat_template)

    def test_a_half_precision_merge_keeps_its_type(self):
        from safetensors import safe_open

        for name, torch_name in [("bf16", "torch.bfloat16"), ("f16", "torch.float16")]:
            with self.subTest(name):
                output = tool.work() / f"merged-{name}"
                tool.run("merge", "--model", tool.TINY, "--adapter", tool.trained() / "model", "--output", output, "--dtype", name)
                for file in output.glob("*.safetensors"):
                    with safe_open(file, framework="pt") as tensors:
                        kinds = {str(tensors.get_tensor(tensor).dtype) for tensor in tensors.keys()}
                        self.assertEqual(kinds, {torch_name})
