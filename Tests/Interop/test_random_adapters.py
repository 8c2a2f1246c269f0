"""Adapters that PEFT wrote, with what its configuration can say, against PEFT; a fixed seed, MLOPS_FUZZ_ADAPTERS=SEED:COUNT for others."""

import json
import os
import random
import unittest

import methods
import test_random_methods
import tool

SEED, COUNT = os.environ.get("MLOPS_FUZZ_ADAPTERS", "1:24").split(":")
IDS = [1, 9, 45, 12, 20, 31, 40, 39, 2, 7, 15, 33]


def options(r, kind, layers):
    """Arguments of a LoraConfig, a few of them such as no low-rank product can follow."""
    names = methods.NAMES.get(kind.split("_")[0], methods.ALL)
    some = r.sample(names, r.randint(1, len(names)))
    made = {
        "r": r.choice([1, 2, 5, 16]), "lora_alpha": r.choice([1, 7, 32, 0.5]), "use_rslora": r.random() < 0.4,
        "use_dora": r.random() < 0.3, "lora_dropout": r.choice([0.0, 0.1]),
        "target_modules": r.choice([
            some, "all-linear", rf".*\.({'|'.join(some)})", rf"model\.layers\.[02]\..*{some[0]}", [f"layers.1.{methods.where(kind, some[0])}"],
            [*some, "nothing"]]),
        "init_lora_weights": r.choice([True, "gaussian", False, "orthogonal", "mica"]),
    }
    if made["init_lora_weights"] in ("orthogonal", "mica"):
        made["r"] = 2
    if r.random() < 0.3:
        made["exclude_modules"] = r.choice([[some[-1]], rf".*layers\.0\..*", [f"model.layers.1.{methods.where(kind, some[0])}"]])
    elif isinstance(made["target_modules"], list) and r.random() < 0.4:
        made["layers_to_transform"] = r.choice([r.randrange(layers), [0], [layers - 1, 0]])
        if r.random() < 0.5:
            made["layers_pattern"] = r.choice(["layers", ["layers"]])
    patterns = [some[0], f".*{some[-1]}", r"layers\.[01]\..*", f"model.layers.1.{methods.where(kind, some[0])}", "[qkv]_proj", "^up_proj", "x"]
    for key, values in [("rank_pattern", [1, 3, 20]), ("alpha_pattern", [1, 9, 2.5])]:
        if r.random() < 0.5:
            made[key] = {pattern: r.choice(values) for pattern in r.sample(patterns, r.choice([1, 2]))}
    if r.random() < 0.25:
        made["modules_to_save"] = r.choice([
            ["embed_tokens"], ["lm_head"], ["model.embed_tokens", "lm_head"], ["norm"], ["lm_head", "x"], [names[0]], ["mlp", "norm"],
            [f"layers.0.{methods.where(kind, names[-1])}"]])
        made["ensure_weight_tying"] = r.random() < 0.3
    elif r.random() < 0.25:
        key, value = r.choice([
            ("bias", "all"), ("bias", "lora_only"), ("layer_replication", [[0, 2], [1, 2]])])
        made[key] = value
    if r.random() < 0.2:
        made["lora_bias"] = True
    if r.random() < 0.25 and not made.get("modules_to_save"):
        made["trainable_token_indices"] = test_random_methods.tokens(r, kind, 48)
        made["ensure_weight_tying"] = r.random() < 0.3
    return made


class RandomAdapters(unittest.TestCase):
    def test_adapters_of_peft_compute_the_same_or_the_reason_is_named(self):
        import torch
        from peft import LoraConfig, PeftModel, get_peft_model
        from safetensors.numpy import load_file

        torch.set_num_threads(1)
        equal = 0
        for number in range(int(COUNT)):
            r = random.Random(f"{SEED}.{number}")
            torch.manual_seed(number)
            kind = r.choice(test_random_methods.MODELS)
            base = methods.model(kind, "tiny")
            folder = tool.work() / f"adapter-{number}"
            base.save_pretrained(folder / "model")
            wanted = options(r, kind, base.config.num_hidden_layers)
            with self.subTest(number=number, kind=kind, options=wanted):
                try:
                    network = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **wanted))
                    for name, weight in network.named_parameters():
                        if "lora_B" in name or "magnitude" in name or "bias" in name or "modules_to_save" in name or "trainable_tokens" in name:
                            weight.data += 0.1 * torch.randn_like(weight)
                    if r.random() < 0.3:
                        network = network.to(r.choice([torch.float16, torch.bfloat16]))
                    network.save_pretrained(folder / "adapter")
                    theirs = PeftModel.from_pretrained(tool.load(folder / "model"), folder / "adapter").float().eval()
                    expected, _ = tool.reference_logits(theirs, IDS)
                except Exception:
                    continue  # PEFT has no such adapter
                done = tool.run(
                    "inspect", "logits", "--model", folder / "model", "--adapter", folder / "adapter", "--ids",
                    ",".join(map(str, IDS)), "--json", check=False)
                output = folder / "merged"
                merged = tool.run(
                    "merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", output, "--dtype", "f32", check=False)
                # What has no place in the weights is named, as PEFT does.
                hasNoPlace = merged.returncode == 65 and "lora_bias" in merged.stderr and "lora_bias" in wanted
                self.assertEqual(done.returncode == 0, merged.returncode == 0 or hasNoPlace, done.stderr + merged.stderr)
                if done.returncode != 0:
                    for failed in (done, merged):
                        self.assertIn(failed.returncode, (65, 78), failed.stderr)
                        self.assertTrue(
                            any(f"'{key}'" in failed.stderr for key in wanted)
                            or any(key in wanted and key in failed.stderr for key in ("modules_to_save", "trainable_token_indices")),
                            failed.stderr)
                    continue
                self.assertLess(tool.distance(json.loads(done.stdout)["last_logits"], expected), 1e-4)
                if hasNoPlace:
                    with self.assertRaises(RuntimeError):
                        theirs.merge_and_unload()
                    continue
                if "lm_head" in (wanted.get("trainable_token_indices") or []) and kind.endswith("tied"):
                    continue  # PEFT puts a tied head's rows into the embedding too
                weights = theirs.merge_and_unload().state_dict()
                for key, value in load_file(output / "model.safetensors").items():
                    key = key.replace("embed_out.", "lm_head.")
                    self.assertLess(tool.distance(value, weights[key].numpy()), 1e-5, key)
                equal += 1
        self.assertGreater(equal, int(COUNT) // 3)


if __name__ == "__main__":
    unittest.main()
