"""Short runs with random settings against torch and PEFT; a fixed seed, MLOPS_FUZZ_METHODS=SEED:COUNT for others."""

import json
import os
import random
import re
import unittest

import methods
import test_methods
import tool

SEED, COUNT = os.environ.get("MLOPS_FUZZ_METHODS", "1:14").split(":")
MODELS = [
    "llama", "llama_tied", "llama_bias", "qwen2", "qwen2_tied", "qwen3", "qwen3_tied", "gemma2", "gemma2_tied", "gemma3_tied",
    "phi3", "olmo2", "granite", "granite_tied", "llama_gelu", "mistral", "ministral", "gemma_tied", "vaultgemma_tied", "smollm3",
    "olmo", "olmo3", "exaone4", "stablelm", "seedoss", "gptneox", "gptneox_serial_tied", "gpt2", "gpt2_tied", "phi", "starcoder2_tied", "cohere_tied",
    "cohere2", "glm", "glm4", "helium", "ernie_tied", "hunyuan", "nemotron", "arcee", "apertus",
    "falcon", "falcon_new_tied", "falcon_alibi", "opt_tied", "gptj", "gptbigcode_tied", "gptbigcode_heads", "bloom_tied", "mpt_tied", "internlm3",
    "cwm", "hyperclovax_tied", "jais2", "ministral3", "gptneo_tied", "codegen", "biogpt_tied", "persimmon", "nanochat",
    "granitehybrid", "granitehybrid_free_tied",
]


def schedule(r, steps):
    """A schedule with what it takes; a fixed share of them one that has a least rate."""
    name = r.choice(["linear", "cosine", "constant", "constant_with_warmup", "cosine_with_restarts", "cosine_with_min_lr",
                     "cosine_warmup_with_min_lr", "polynomial", "inverse_sqrt", "warmup_stable_decay"])
    keys = {"lr_scheduler_type": name, "warmup_steps": r.choice([0, 1, steps + 1])}
    settings = {
        "cosine_with_restarts": {"num_cycles": r.choice([1, 2, 3.5])},
        "cosine_with_min_lr": r.choice([{"min_lr_rate": 0.3}, {"min_lr": 1e-5, "num_cycles": 0.75}]),
        "cosine_warmup_with_min_lr": r.choice([{"min_lr_rate": 0.3}, {"min_lr": 1e-5, "warmup_lr_rate": 0.1}]),
        "polynomial": r.choice([{}, {"power": 3.0}, {"power": 0.5, "lr_end": 1e-6}]),
        "inverse_sqrt": r.choice([{}, {"timescale": 7}]),
        "warmup_stable_decay": {"num_decay_steps": r.choice([0, 1, 3]), **r.choice([{}, {"decay_type": "linear", "warmup_type": "cosine"}])},
    }.get(name)
    if settings:
        keys["lr_scheduler_kwargs"] = settings
    if name in ("linear", "cosine") and keys["warmup_steps"] <= steps and r.random() < 0.5:
        keys["min_lr_ratio"] = r.choice([0.1, 1.0])
    if name == "warmup_stable_decay" and r.random() < 0.5:
        keys["min_lr_ratio"] = 0.2
    return keys


SIZES = {name: size["vocab_size"] for name, size in methods.SIZES.items()}


def tokens(r, model, vocabulary):
    """Tokens whose vectors are trained: a list, or one for embedding and head each."""
    family = model.split("_")[0]
    embedding, head = methods.EMBEDDINGS.get(family, "embed_tokens"), methods.head(model)
    some = lambda: r.sample(range(vocabulary), r.choice([1, 3, vocabulary // 2]))
    if family in ("phi", "gptj", "codegen"):
        return {embedding: some()}  # PEFT leaves the bias of its head out
    return r.choice([some(), {embedding: some()}, {embedding: some(), head: some()}, {head: some()}])


def variant(r):
    """A method with its settings, as `methods.VARIANTS` has them."""
    model, steps = r.choice(MODELS), r.choice([2, 3, 4])
    keys = {
        "max_steps": steps, "batch_size": r.choice([1, 2, 3]), "gradient_accumulation_steps": r.choice([1, 2, 3]),
        "lr": r.choice([0.003, 1e-4]), **schedule(r, steps), "weight_decay": r.choice([0.0, 0.1]),
        "max_grad_norm": r.choice([1.0, 0.05, 100.0]), "gradient_checkpointing": r.random() < 0.3,
    }
    if r.random() < 0.2:
        keys["label_smoothing_factor"] = r.choice([0.05, 0.4])
    size = r.choice(["tiny", "small", "small", "wide"])
    if size == "wide":
        keys["max_length"] = r.choice([64, 200])
    made = {"model": model, "size": size, "stored": r.choice(["float32", "float32", "bfloat16", "float16"]), "keys": keys}
    if r.random() < 0.25:
        return {**made, "method": "full"}
    names = methods.NAMES.get(model.split("_")[0], methods.ALL)
    targets = r.sample(names, r.randint(1, len(names)))
    peft = {
        "r": r.choice([1, 3, 8]), "lora_alpha": r.choice([1, 3.5, 16]), "target_modules": targets, "use_rslora": r.random() < 0.4,
        "use_dora": r.random() < 0.4,
    }
    if r.random() < 0.3:
        keys["loraplus_lr_ratio"] = r.choice([1.0, 16.0])
    if r.random() < 0.35:
        embedding, head = methods.EMBEDDINGS.get(model.split("_")[0], "embed_tokens"), methods.head(model)
        # Of linear layers those without adapter too, and some with one, which it then has not.
        others = [name for name in names if (name not in targets or r.random() < 0.3) and "." not in name and not model.startswith(("gpt2", "gptbigcode", "starcoder2"))]
        norms = methods.NORMS.get(model.split("_")[0], ["norm"])
        saved = [[embedding], [head], [embedding, head], norms, [*norms, embedding], others[:1], [*others[:1], *norms]]
        peft["modules_to_save"] = r.choice([some for some in saved if some])
        if set(targets) <= set(peft["modules_to_save"]):
            peft["modules_to_save"] = [embedding]
        peft["ensure_weight_tying"] = model.endswith("tied") and r.random() < 0.5 and bool({embedding, head} & set(peft["modules_to_save"]))
    if r.random() < 0.25 and not peft.get("modules_to_save"):
        peft["bias"] = r.choice(["all", "lora_only"])
    if r.random() < 0.25 and not peft["use_dora"]:
        peft["lora_bias"] = True
    if r.random() < 0.25 and not peft.get("modules_to_save"):
        peft["trainable_token_indices"] = tokens(r, model, SIZES[size])
    if r.random() < 0.2:
        if len(targets) > 1 and r.random() < 0.4:
            peft["exclude_modules"] = [f"{methods.layers(model)}.1.{methods.where(model, targets[0])}", targets[1]]
        for key in ("modules_to_save", "ensure_weight_tying", "bias", "lora_bias", "trainable_token_indices"):
            peft.pop(key, None)  # PEFT's conversion leaves them out
        return {**made, "peft": {**peft, "init_lora_weights": "pissa", "use_dora": False}, "computed": True}
    # Of several that match a module the first counts, also after PEFT's file has sorted them.
    patterns = [
        targets[0], f"layers.1.*{targets[-1]}", r"layers\.[01]\..*", f".*{targets[0]}", f"({'|'.join(targets[:2])})", "[qkv]_proj",
        f"^model\\.layers\\.1\\.(mlp|self_attn)\\.{targets[0]}$", "^q_proj", "nothing",
    ]
    for key, values in [("rank_pattern", [1, 4, 6]), ("alpha_pattern", [1, 6.5])]:
        if r.random() < 0.5:
            peft[key] = {pattern: r.choice(values) for pattern in r.sample(patterns, r.choice([1, 2, 3]))}
    if r.random() < 0.3:
        peft["layers_to_transform"] = r.sample([0, 1], r.choice([1, 2]))
    # Patterns that stand for no module, which PEFT passes over, are an error here: they are told apart and left out.
    for key in ("rank_pattern", "alpha_pattern"):
        peft[key] = {pattern: value for pattern, value in peft.get(key, {}).items() if any(
            re.fullmatch(rf"(.*\.)?({pattern})", path) for path in adapted(model, peft))}
    return {**made, "peft": peft}


def adapted(model, peft):
    """The paths of layers 0 and 1 that get an adapter, at least those."""
    for layer in peft.get("layers_to_transform", [0, 1]):
        for target in peft["target_modules"]:
            path = f"{methods.root(model)}.{methods.layers(model)}.{layer}.{methods.where(model, target)}"
            if not any(path.endswith("." + saved) for saved in peft.get("modules_to_save", [])):
                yield path


class RandomMethods(unittest.TestCase):
    def test_short_runs_are_the_references(self):
        import torch
        from peft import PeftModel
        from safetensors.numpy import load_file

        torch.set_num_threads(1)
        ids = [1, 9, 45, 12, 20, 31, 40, 39, 2, 7, 15, 33]
        for number in range(int(COUNT)):
            name = f"random-{SEED}-{number}"
            methods.VARIANTS[name] = variant(random.Random(name))
            with self.subTest(name, variant=methods.VARIANTS[name]):
                try:
                    folder, run = test_methods.run_of(name)
                finally:
                    made = methods.VARIANTS.pop(name)
                expected = json.loads((folder / "expect.json").read_text())["steps"]
                lines = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
                steps = [line for line in lines if line["event"] == "step"]
                self.assertEqual(len(steps), len(expected))
                for ours, theirs in zip(steps, expected):
                    self.assertAlmostEqual(ours["loss"], theirs["loss"], delta=5e-5 * theirs["loss"])
                    self.assertAlmostEqual(ours["grad_norm"], theirs["grad_norm"], delta=1e-3 * theirs["grad_norm"])
                    self.assertAlmostEqual(ours["lr"], theirs["lr"], delta=1e-12)
                if made.get("method") == "full":
                    self.same(tool.logits(run, ids), tool.load(folder / "final_model"), ids, 2e-3)
                    continue
                ours = tool.logits(folder / "model", ids, adapter=run / "model")
                self.same(ours, PeftModel.from_pretrained(tool.load(folder / "model"), run / "model").eval(), ids, 1e-4)
                output, options = folder / "merged", made["peft"]
                merging = tool.run(
                    "merge", "--model", folder / "model", "--adapter", run / "model", "--output", output, "--dtype", "f32", check=False)
                try:
                    merged = PeftModel.from_pretrained(tool.load(folder / "model"), run / "model").merge_and_unload().state_dict()
                except RuntimeError as error:
                    self.assertIn("lora_bias", str(error))
                    self.assertEqual((merging.returncode, "lora_bias" in merging.stderr), (65, True), merging.stderr)
                    continue
                self.assertEqual(merging.returncode, 0, merging.stderr)
                if methods.head(made["model"]) in (options.get("trainable_token_indices") or []) and made["model"].endswith("tied"):
                    continue  # PEFT puts a tied head's rows into the embedding too
                for key, value in load_file(output / "model.safetensors").items():
                    key = key.replace("embed_out.", "lm_head.")  # GPT-NeoX's in its files
                    self.assertLess(tool.distance(value, merged[key].numpy()), 1e-5, key)

    def same(self, ours, model, ids, limit):
        self.assertLess(tool.distance(ours[0], tool.reference_logits(model, ids)[0]), limit)


if __name__ == "__main__":
    unittest.main()
