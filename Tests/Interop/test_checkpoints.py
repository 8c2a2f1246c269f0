"""Random models as transformers saves them (f32, bf16, f16, in shards), small and wide: its logits, losses and greedy answers.

A fixed seed, MLOPS_FUZZ_CHECKPOINTS=SEED:COUNT for others.
"""

import json
import os
import random
import shutil
import unittest

import configurations
import tool

SEED, COUNT = os.environ.get("MLOPS_FUZZ_CHECKPOINTS", "1:30").split(":")


def widened(r, config):
    """The configuration with sizes at which kernels work in panels and threads."""
    if config.get("head_dim") is None and "head_dim" in config:
        return config
    size = r.choice([32, 64, 72, 128])
    if config["model_type"] in ("gpt2", "gptj", "gpt_bigcode", "falcon", "bloom", "mpt", "opt", "gpt_neo", "codegen", "biogpt"):
        heads = next(config[key] for key in ("n_head", "n_heads", "num_heads", "num_attention_heads") if key in config)
        hidden = next(key for key in ("n_embd", "n_embed", "d_model", "hidden_size") if key in config)
        inner = {"opt": "ffn_dim", "falcon": "ffn_hidden_size", "gpt_neo": "intermediate_size", "biogpt": "intermediate_size"}.get(config["model_type"], "n_inner")
        made = {**config, hidden: heads * size, inner: r.choice([250, 515, 4 * heads * size]), "vocab_size": r.choice([257, 1000, 2047])}
        return with_factors(r, made, size)
    groups = config["num_key_value_heads"] or config["num_attention_heads"]
    made = {**config, "hidden_size": config["num_attention_heads"] * size, "intermediate_size": r.choice([96, 250, 515]),
            "vocab_size": r.choice([257, 1000, 2047]), "num_key_value_heads": groups}
    if "head_dim" in config:
        made["head_dim"] = size
        if config["model_type"] not in ("helium", "cohere2"):
            made["hidden_size"] = r.choice([100, 200, 333])
    return with_factors(r, made, size)


def with_factors(r, made, size):
    """The configuration with as many factors of LongRoPE as heads of `size` have."""
    kind = next((made[key] for key in ("rope_scaling", "rope_parameters") if made.get(key)), {})
    if "short_factor" in kind:
        pairs = int(size * (made.get("partial_rotary_factor") or 1)) // 2
        kind |= {key: [round(r.uniform(1, 4), 3) for _ in range(pairs)] for key in ("short_factor", "long_factor")}
    return made


def words(directory, count):
    """A tokenizer whose tokens are the words t0, t1, …"""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({f"t{i}": i for i in range(count)}, unk_token="t0"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.save(str(directory / "tokenizer.json"))
    (directory / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))


class Checkpoints(unittest.TestCase):
    def test_saved_models_compute_what_transformers_does(self):
        import torch

        torch.set_num_threads(1)
        equal = 0
        for number in range(int(COUNT)):
            r = random.Random(f"checkpoint.{SEED}.{number}")
            config = configurations.random_configuration(r, configurations.FAMILIES[number % len(configurations.FAMILIES)])
            config["eos_token_id"] = None
            if config.get("sliding_window") == 1:
                config["sliding_window"] = 2  # with 1, transformers' cache drops nothing
            if r.random() < 0.5:
                config = widened(r, config)
            first, directory = tool.work() / f"checkpoint-{number}-raw", tool.work() / f"checkpoint-{number}"
            isCached = "dynamic" in json.dumps(config) and "alpha" not in json.dumps(config)
            if isCached and config.get("sliding_window") and config["model_type"] not in configurations.WINDOWED:
                config.pop("sliding_window")
            torch.manual_seed(number)
            dtype = r.choice([torch.float32, torch.bfloat16, torch.float16])
            try:
                model = configurations.build(config, first)().to(dtype)
                model.save_pretrained(directory, max_shard_size=r.choice(["5GB", "20KB"]))
                row = [r.randrange(config["vocab_size"]) for _ in range(r.choice([2, 7, 33, 170]))]
                logits, nll = tool.reference_logits(tool.load(directory), row)
                # Its cache drops keys that attention would see (by a `sliding_window` of families that have none) and keeps keys with
                # LongRoPE's short factors; how `dynamic` turns keys that are there already, it alone says.
                greedy = tool.load(directory).generate(
                    torch.tensor([row]), attention_mask=torch.ones(1, len(row), dtype=torch.long), do_sample=False,
                    max_new_tokens=12, eos_token_id=None, pad_token_id=0, output_logits=True, return_dict_in_generate=True,
                    use_cache=isCached)
            except Exception as error:  # transformers has no such model: nothing to compare with
                if os.environ.get("MLOPS_FUZZ_VERBOSE"):
                    print(number, config["model_type"], type(error).__name__, str(error)[:200])
                continue
            with self.subTest(number=number, dtype=dtype, config=config):
                words(directory, config["vocab_size"])
                done = tool.run(
                    "inspect", "logits", "--model", directory, "--ids", ",".join(map(str, row)), "--json", check=False)
                if done.returncode != 0:
                    saved = json.loads((directory / "config.json").read_text())
                    self.assertEqual(done.returncode, 65, done.stderr)
                    self.assertTrue(any(f"'{key}'" in done.stderr for key in self.keys(saved)), done.stderr)
                    continue
                ours = json.loads(done.stdout)
                self.assertLess(tool.distance(ours["last_logits"], logits), 2e-4)
                self.assertAlmostEqual(ours["nll"], nll, delta=1e-4 * max(nll, 1e-3))
                answer = tool.run(
                    "generate", "--model", directory, "--raw", "--prompt", " ".join(f"t{i}" for i in row), "--max-new-tokens", 12,
                    "--temperature", 0, "--json")
                given = json.loads(answer.stdout)["text"].split()
                wanted = [f"t{i}" for i in greedy.sequences[0, len(row):].tolist()]
                # Where two tokens are as likely, rounding decides.
                same = next((i for i, pair in enumerate(zip(given, wanted)) if pair[0] != pair[1]), 12)
                if same < 12:
                    best = greedy.logits[same][0].topk(2).values.tolist()
                    self.assertLess(best[0] - best[1], 1e-3 * abs(best[0]), f"token {same}: {given} {wanted}")
                equal += 1
            shutil.rmtree(directory)
            shutil.rmtree(first)
        self.assertGreater(equal, int(COUNT) // 2)

    def keys(self, value):
        return [inner for key, member in value.items() for inner in [key, *(self.keys(member) if isinstance(member, dict) else [])]]


if __name__ == "__main__":
    unittest.main()
