"""PEFT loads our adapter and computes what we compute."""

import json
import unittest

import tool


class Adapter(unittest.TestCase):
    def test_peft_computes_our_logits(self):
        from peft import PeftModel

        adapter = tool.trained() / "model"
        ours, our_nll = tool.logits(tool.TINY, adapter=adapter)
        theirs, their_nll = tool.reference_logits(PeftModel.from_pretrained(tool.load(tool.TINY), adapter).eval())
        self.assertLess(tool.distance(ours, theirs), 1e-3)
        self.assertAlmostEqual(our_nll, their_nll, delta=1e-3 * their_nll)

    def test_the_adapter_changes_the_model(self):
        """Else the comparison above would compare nothing."""
        base, _ = tool.logits(tool.TINY)
        tuned, _ = tool.logits(tool.TINY, adapter=tool.trained() / "model")
        self.assertGreater(tool.distance(tuned, base), 1e-2)

    def test_the_base_model_alone_agrees(self):
        ours, our_nll = tool.logits(tool.TINY)
        theirs, their_nll = tool.reference_logits(tool.load(tool.TINY))
        self.assertLess(tool.distance(ours, theirs), 1e-3)
        self.assertAlmostEqual(our_nll, their_nll, delta=1e-3 * their_nll)

    def test_safetensors_reads_the_adapter(self):
        from safetensors import safe_open

        config = json.loads((tool.trained() / "model" / "adapter_config.json").read_text())
        with safe_open(tool.trained() / "model" / "adapter_model.safetensors", framework="np") as file:
            names = list(file.keys())
            self.assertEqual(len(names), 2 * 7 * 2)  # A and B of seven projections in two layers
            for name in names:
                rank = file.get_tensor(name).shape[0 if ".lora_A." in name else 1]
                self.assertEqual(rank, config["r"])

    def test_our_adapters_and_pefts_have_the_same_names(self):
        """PEFT keeps every tensor of ours: saving what it loaded gives the same file again."""
        import numpy
        from peft import PeftModel
        from safetensors.numpy import load_file

        model = PeftModel.from_pretrained(tool.load(tool.TINY), tool.trained() / "model")
        model.save_pretrained(tool.work() / "resaved")
        ours = load_file(tool.trained() / "model" / "adapter_model.safetensors")
        theirs = load_file(tool.work() / "resaved" / "adapter_model.safetensors")
        self.assertEqual(sorted(ours), sorted(theirs))
        for name in ours:
            numpy.testing.assert_array_equal(ours[name], theirs[name])

    def test_we_read_an_adapter_that_peft_wrote(self):
        import torch
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(3)
        config = LoraConfig(r=4, lora_alpha=16, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM")
        model = get_peft_model(tool.load(tool.TINY), config).eval()
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.1)
        directory = tool.work() / "from-peft"
        model.save_pretrained(directory)
        ours, _ = tool.logits(tool.TINY, adapter=directory)
        theirs, _ = tool.reference_logits(model)
        self.assertLess(tool.distance(ours, theirs), 1e-3)
