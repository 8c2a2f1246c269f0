"""Every training method step for step against torch, transformers and PEFT, and what it leaves as they load it."""

import functools
import json
import unittest

import methods
import tool


@functools.cache
def run_of(name):
    """Makes the case `name`, trains it with our binary, and returns its folder and the run's."""
    folder = methods.make(name, tool.work() / "methods")
    keys = json.loads((folder / "expect.json").read_text())["config"]
    if (folder / "init_adapter").exists():
        keys["init_adapter"] = str(folder / "init_adapter")
    keys |= {
        "model_name": str(folder / "model"), "dataset_path": str(folder / "rows.jsonl"), "output_dir": str(folder / "runs"),
        "test_size": 0, "eval": {"enabled": False}, "monitoring": {"enabled": False},
    }
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "configs" / "case.yaml").write_text(json.dumps(keys))
    tool.run("train", "--config-dir", folder / "configs", "--config-name", "case")
    return folder, (folder / "runs" / "latest").resolve()


def load(directory):
    return tool.load(directory)


class Methods(unittest.TestCase):
    def setUp(self):
        import torch

        torch.set_num_threads(1)

    def cases(self, *words):
        # The tiny ones are the fixtures of the Swift tests.
        return [name for name in methods.VARIANTS if name.split("_")[0] in (words or {name.split("_")[0]} - {"tiny"})]

    def test_every_step_is_the_references(self):
        for name in self.cases():
            with self.subTest(name):
                folder, run = run_of(name)
                expected = json.loads((folder / "expect.json").read_text())["steps"]
                lines = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
                steps = [line for line in lines if line["event"] == "step"]
                self.assertEqual(len(steps), len(expected))
                for ours, theirs in zip(steps, expected):
                    self.assertAlmostEqual(ours["loss"], theirs["loss"], delta=2e-5 * theirs["loss"])
                    self.assertAlmostEqual(ours["grad_norm"], theirs["grad_norm"], delta=2e-4 * theirs["grad_norm"])
                    self.assertAlmostEqual(ours["lr"], theirs["lr"], delta=1e-12)
                    self.assertEqual(ours["supervised_tokens"], theirs["supervised_tokens"])

    def test_peft_loads_every_adapter_and_computes_our_logits(self):
        from peft import PeftModel

        ids = [1, 9, 45, 12, 20, 31, 40, 39, 2, 7, 15, 33]
        for name in self.cases():
            if name.startswith("full"):
                continue
            with self.subTest(name):
                folder, run = run_of(name)
                ours, _ = tool.logits(folder / "model", ids, adapter=run / "model")
                peft = PeftModel.from_pretrained(load(folder / "model"), run / "model").eval()
                theirs, _ = tool.reference_logits(peft, ids)
                self.assertLess(tool.distance(ours, theirs), 1e-4)
                # What the reference trained is the same model.
                if (folder / "final_adapter").exists():
                    final = PeftModel.from_pretrained(load(folder / "model"), folder / "final_adapter").eval()
                else:
                    final = load(folder / "final_merged")
                reference, _ = tool.reference_logits(final, ids)
                self.assertLess(tool.distance(ours, reference), 2e-3)

    def test_saved_adapters_say_what_pefts_say(self):
        import numpy
        from safetensors.numpy import load_file

        for name in self.cases():
            with self.subTest(name):
                folder, run = run_of(name)
                options = methods.VARIANTS[name].get("peft", {})
                if not (folder / "final_adapter").exists():
                    continue
                ours, theirs = [
                    json.loads((place / "adapter_config.json").read_text()) for place in [run / "model", folder / "final_adapter"]
                ]
                for key in set(ours) & set(theirs) - {"base_model_name_or_path", "target_modules", "init_lora_weights"}:
                    if key == "alpha_pattern" and name == "pissa_rslora":
                        continue
                    # PEFT adds the embedding's path to those of a tied head.
                    if key == "modules_to_save" and options.get("ensure_weight_tying"):
                        continue
                    # PEFT makes a set of them, which has another order in every process.
                    unordered = sorted if key in ("exclude_modules", "modules_to_save") and ours[key] else lambda value: value
                    self.assertEqual(unordered(ours[key]), unordered(theirs[key]), key)
                ours, theirs = [load_file(place / "adapter_model.safetensors") for place in [run / "model", folder / "final_adapter"]]
                self.assertEqual({k: v.shape for k, v in ours.items()}, {k: v.shape for k, v in theirs.items()})
                for key in ours:
                    # The signs of singular vectors are LAPACK's accident; their products are not.
                    if name.split("_")[0] not in ["pissa", "olora"]:
                        scale = numpy.abs(theirs[key]).max()
                        # As below, of a key's bias and of those that it is stored with.
                        bound = 1e-1 if key.endswith("bias") and ("k_proj" in key or "query_key" in key or "c_attn" in key) else 2e-2
                        self.assertLess(numpy.abs(ours[key] - theirs[key]).max() / scale, bound, key)
                    elif "lora_A" in key:
                        other = key.replace("lora_A", "lora_B")
                        product = theirs[other] @ theirs[key]
                        self.assertLess(numpy.abs(ours[other] @ ours[key] - product).max() / numpy.abs(product).max(), 5e-3, key)

    def test_merged_decomposed_adapters_are_pefts(self):
        import numpy
        from peft import PeftModel
        from safetensors.numpy import load_file

        for name in self.cases("dora", "saved", "bias", "lorabias", "tokens"):
            if name == "lorabias_nowhere" or "lora_bias" in methods.VARIANTS[name]["peft"] and name == "tokens_head":
                continue  # A base model without biases has no place for it, nor has it in PEFT.
            if name in ("tokens_apart", "tokens_head_tied"):
                continue  # PEFT puts a tied head's rows into the embedding too.
            with self.subTest(name):
                folder, run = run_of(name)
                output = folder / "merged"
                tool.run("merge", "--model", folder / "model", "--adapter", run / "model", "--output", output, "--dtype", "f32")
                theirs = PeftModel.from_pretrained(load(folder / "model"), run / "model").merge_and_unload().state_dict()
                ids = [1, 9, 45, 12]
                self.assertLess(tool.distance(tool.logits(output, ids)[0], tool.reference_logits(load(output), ids)[0]), 1e-4)
                for key, value in load_file(output / "model.safetensors").items():
                    key = key.replace("embed_out.", "lm_head.")  # GPT-NeoX's in its files
                    numpy.testing.assert_allclose(value, theirs[key].numpy(), rtol=1e-4, atol=1e-6)

    def test_transformers_loads_what_full_training_leaves(self):
        import numpy
        from safetensors.numpy import load_file

        ids = [1, 9, 45, 12, 20, 31, 40, 39, 2, 7, 15, 33]
        for name in self.cases("full"):
            with self.subTest(name):
                folder, run = run_of(name)
                ours, theirs = [load_file(folder / "final_model/model.safetensors"), load_file(run / "model/model.safetensors")]
                self.assertEqual(sorted(ours), sorted(theirs))
                for key in ours:
                    # What is not turned of a key's bias adds the same to all scores: its gradient is rounding, and AdamW's steps
                    # are as long as those of others.
                    bound = 1e-1 if key.endswith("k_proj.bias") else 2e-2
                    self.assertLess(numpy.abs(ours[key] - theirs[key]).max() / numpy.abs(theirs[key]).max(), bound, key)
                mine, _ = tool.logits(run, ids)
                reference, _ = tool.reference_logits(load(run / "model"), ids)
                self.assertLess(tool.distance(mine, reference), 1e-4)


if __name__ == "__main__":
    unittest.main()
