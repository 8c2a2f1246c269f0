"""Every model family: transformers computes our logits from what we read, merge and export; PEFT loads our adapters."""

import functools
import json
import re
import shutil
import unittest

import tool

SIZES = {
    "vocab_size": 300, "hidden_size": 64, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2,
    "num_key_value_heads": 1, "max_position_embeddings": 128, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
    "initializer_range": 0.2,
}
# transformers takes these from its defaults when it reads a GGUF file, as the published models have them.
GEMMA = {"head_dim": 256, "sliding_window": 6}
FAMILIES = {
    "mistral": {"model_type": "mistral", "sliding_window": 5},
    "qwen2": {"model_type": "qwen2"},
    "qwen3": {"model_type": "qwen3", "head_dim": 128},
    "gemma": {"model_type": "gemma", "head_dim": 16},
    "gemma2": {"model_type": "gemma2", **GEMMA},
    "gemma3": {"model_type": "gemma3_text", **GEMMA},
    "phi3": {"model_type": "phi3"},
    "smollm3": {"model_type": "smollm3", "no_rope_layer_interval": 4},
    "granite": {"model_type": "granite", "attention_multiplier": 0.1, "logits_scaling": 2.0, "residual_multiplier": 0.4,
                "embedding_multiplier": 3.0},
    "olmo2": {"model_type": "olmo2"},
    "granitemoehybrid": {"model_type": "granitemoehybrid", "attention_multiplier": 0.1, "logits_scaling": 2.0, "residual_multiplier": 0.4,
                         "embedding_multiplier": 3.0, "num_local_experts": 0, "shared_intermediate_size": 48, "intermediate_size": 20,
                         "position_embedding_type": "rope", "layer_types": ["full_attention"] * 3, "mamba_n_heads": 4},
    "granite_free": {"model_type": "granitemoehybrid", "attention_bias": True, "attention_multiplier": 0.2, "num_local_experts": 0,
                     "shared_intermediate_size": 48, "layer_types": ["full_attention"] * 3, "mamba_n_heads": 4},
    "ministral": {"model_type": "ministral", "head_dim": 16, "sliding_window": 5,
                  "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]},
    "olmo": {"model_type": "olmo", "clip_qkv": 1.0},
    "olmo3": {"model_type": "olmo3", "sliding_window": 5, "rope_parameters": {
        kind: {"rope_theta": 10000.0, "rope_type": "default"} for kind in ("full_attention", "sliding_attention")}},
    "stablelm": {"model_type": "stablelm", "use_qkv_bias": True},
    "seed_oss": {"model_type": "seed_oss", "head_dim": 16, "attention_dropout": 0.0, "residual_dropout": 0.0},
    "phi": {"model_type": "phi"},
    "starcoder2": {"model_type": "starcoder2", "sliding_window": 5},
    "cohere": {"model_type": "cohere"},
    "cohere2": {"model_type": "cohere2", "sliding_window": 5},
    "glm": {"model_type": "glm", "head_dim": 32},  # GGUF files of GLM have heads as wide as the model
    "glm4": {"model_type": "glm4", "head_dim": 16},
    "hunyuan_v1_dense": {"model_type": "hunyuan_v1_dense", "head_dim": 16},
    "ernie4_5": {"model_type": "ernie4_5", "head_dim": 16, "use_bias": False},
    "nemotron": {"model_type": "nemotron", "head_dim": 32},
    "arcee": {"model_type": "arcee"},
    "exaone4": {"model_type": "exaone4", "sliding_window": None, "layer_types": ["full_attention"] * 3},
    "gpt_neox": {"model_type": "gpt_neox", "rotary_pct": 0.25, "num_key_value_heads": None},
    "gpt2": {"model_type": "gpt2", "n_embd": 64, "n_layer": 3, "n_head": 2, "max_position_embeddings": 1024, "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0},
    "helium": {"model_type": "helium", "head_dim": 32},
    "apertus": {"model_type": "apertus", "rope_parameters": {"rope_type": "default", "rope_theta": 500.0}},
    "falcon": {"model_type": "falcon"},
    "falcon_new": {"model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 2, "num_attention_heads": 4},
    "gpt_bigcode": {"model_type": "gpt_bigcode", "n_embd": 64, "n_layer": 3, "n_head": 2, "max_position_embeddings": 1024,
                    "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0},
    "bloom": {"model_type": "bloom"},
    "mpt": {"model_type": "mpt"},
    "jais2": {"model_type": "jais2", "num_key_value_heads": 2},
    "internlm3": {"model_type": "internlm3", "head_dim": 16},
    "iquestcoder": {"model_type": "iquestcoder", "head_dim": 32},
}
# Those without GGUF files.
OTHERS = {
    "vaultgemma": {"model_type": "vaultgemma", **GEMMA},
    "opt": {"model_type": "opt", "ffn_dim": 48, "init_std": 0.2, "dropout": 0.0},
    "gptj": {"model_type": "gptj", "rotary_dim": 8},
    "cwm": {"model_type": "cwm", "head_dim": 16, "sliding_window": 5},
    "hyperclovax": {"model_type": "hyperclovax", "residual_multiplier": 0.4, "logits_scaling": 0.5},
    "ministral3": {"model_type": "ministral3", "head_dim": 16, "sliding_window": 5},
    "gpt_neo": {"model_type": "gpt_neo", "attention_types": [[["local", "global"], 1], [["local"], 1]], "window_size": 5},
    "codegen": {"model_type": "codegen", "num_attention_heads": 4, "rotary_dim": 8},
    "biogpt": {"model_type": "biogpt", "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
    "persimmon": {"model_type": "persimmon"},
    "nanochat": {"model_type": "nanochat"},
}
ALL = {**FAMILIES, **OTHERS}
# What llama.cpp calls those that it calls otherwise.
GGUF_NAMES = {
    "mistral": "llama", "ministral": "llama", "olmo3": "olmo2", "phi": "phi2", "cohere": "command-r", "glm": "chatglm",
    "hunyuan_v1_dense": "hunyuan-dense", "gpt_neox": "gptneox", "helium": "llama", "internlm3": "llama", "iquestcoder": "llama",
    "falcon_new": "falcon", "gpt_bigcode": "starcoder", "granitemoehybrid": "granite", "granite_free": "granite",
}
# Those whose gate and up are one weight, and two in GGUF: adapters of one are none of the other.
SPLIT = ("granitemoehybrid", "granite_free")
# Those that transformers reads from GGUF files as llama.cpp does; of Mistral's it leaves the window out.
READ_BY_TRANSFORMERS = ["qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2", "falcon", "bloom"]
# Those that have learned their positions, and know no others; and those whose configuration has no such key.
BOUNDED = {"gpt2", "gpt_bigcode", "opt", "gptj", "bloom", "mpt", "gpt_neo", "codegen", "biogpt"}


@functools.cache
def base(family):
    """A random model as transformers saves it, with a tokenizer."""
    import torch
    import transformers

    output = tool.work() / f"family-{family}"
    config = transformers.AutoConfig.for_model(**{**SIZES, **ALL[family]})
    torch.manual_seed(len(family))
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name or ".ln_" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(output)
    for name in ["tokenizer.json", "tokenizer_config.json"]:
        shutil.copy(tool.TINY / name, output / name)
    return output


@functools.cache
def adapter(family, more=""):
    """The directory of an adapter of all linear layers, trained for a few steps by us."""
    rows, folder = tool.work() / f"{family}.jsonl", tool.work() / f"runs-{family}{len(more)}"
    rows.write_text("".join(json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in tool.ROWS))
    configs = tool.work() / "configs"
    configs.mkdir(exist_ok=True)
    (configs / f"{family}.yaml").write_text(
        f"model_name: {base(family)}\ndataset_path: {rows}\noutput_dir: {folder}\nmax_steps: 6\nbatch_size: 2\n"
        f"lr: 0.02\nlora_r: 3\nlora_alpha: 6\nlora_dropout: 0.0\ntest_size: 0\neval:\n  enabled: false\n{more}"
    )
    tool.run("train", "--config-dir", configs, "--config-name", family)
    return (folder / "latest").resolve() / "model"


@functools.cache
def gguf(family):
    output = tool.work() / f"{family}.gguf"
    tool.run("gguf", "--model", base(family), "--quant", "F32", "--output", output)
    return output


class Families(unittest.TestCase):
    def same(self, ours, theirs):
        self.assertLess(tool.distance(ours[0], theirs[0]), 1e-4)
        self.assertAlmostEqual(ours[1], theirs[1], delta=1e-4 * theirs[1])

    def test_transformers_computes_our_logits(self):
        for family in ALL:
            with self.subTest(family):
                self.same(tool.logits(base(family)), tool.reference_logits(tool.load(base(family))))

    def test_the_text_part_of_a_gemma_that_sees_images(self):
        import torch
        import transformers

        text = {k: v for k, v in {**SIZES, **FAMILIES["gemma3"]}.items() if k != "model_type"}
        vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
                  "image_size": 8, "patch_size": 4}
        config = transformers.Gemma3Config(
            text_config=text, vision_config=vision, mm_tokens_per_image=4, image_token_index=299, boi_token_index=298,
            eoi_token_index=297)
        torch.manual_seed(9)
        model = transformers.Gemma3ForConditionalGeneration(config).eval()
        output = tool.work() / "gemma3-images"
        model.save_pretrained(output)
        ids = [i for i in tool.IDS if i < 297]
        model = transformers.Gemma3ForConditionalGeneration.from_pretrained(
            output, dtype=torch.float32, attn_implementation="eager").eval()
        self.same(tool.logits(output, ids), tool.reference_logits(model, ids))

    def test_our_gguf_file_is_the_same_model(self):
        for family in FAMILIES:
            with self.subTest(family):
                self.same(tool.logits(gguf(family)), tool.logits(base(family)))

    def test_transformers_reads_our_gguf_file(self):
        for family in READ_BY_TRANSFORMERS:
            with self.subTest(family):
                file = gguf(family)
                theirs = tool.reference_logits(tool.load(file.parent, gguf_file=file.name))
                self.same(tool.logits(base(family)), theirs)

    def test_gguf_knows_the_names_of_keys_and_tensors(self):
        from gguf import GGUFReader
        from gguf.constants import MODEL_ARCH_NAMES, MODEL_TENSORS, TENSOR_NAMES, Keys

        known = {
            value for group in vars(Keys).values() if isinstance(group, type) for value in vars(group).values()
            if isinstance(value, str)
        }
        for family in FAMILIES:
            with self.subTest(family):
                reader = GGUFReader(gguf(family))
                name = reader.get_field("general.architecture").contents()
                self.assertEqual(name, GGUF_NAMES.get(family, family))
                for key in reader.fields:
                    plain = key.replace(f"{name}.", "{arch}.", 1) if key.startswith(f"{name}.") else key
                    self.assertTrue(plain in known or key.startswith(("GGUF.", "mlops.")), key)
                architecture = next(a for a, n in MODEL_ARCH_NAMES.items() if n == name)
                names = [TENSOR_NAMES[tensor] for tensor in MODEL_TENSORS[architecture]]
                for tensor in reader.tensors:
                    block = tensor.name.split(".")[1] if tensor.name.startswith("blk.") else ""
                    self.assertIn(tensor.name.rsplit(".", 1)[0], [n.replace("{bid}", block) for n in names])

    def test_a_directory_made_from_gguf_is_the_same_model(self):
        for family in FAMILIES.keys() - SPLIT:
            with self.subTest(family):
                output = tool.work() / f"{family}-back"
                empty = adapter(family)
                tool.run("merge", "--model", gguf(family), "--adapter", empty, "--output", output, "--dtype", "f32")
                self.same(tool.logits(base(family), adapter=empty), tool.reference_logits(tool.load(output)))

    def test_a_granite_of_gguf_becomes_a_directory_unless_it_has_no_positions(self):
        output = tool.work() / "granite-split"
        tool.run("merge", "--model", gguf("granitemoehybrid"), "--output", output, "--dtype", "f32")
        self.assertEqual(json.loads((output / "config.json").read_text())["model_type"], "granite")
        self.same(tool.logits(base("granitemoehybrid")), tool.reference_logits(tool.load(output)))
        output = tool.work() / "granite-free"
        done = tool.run("merge", "--model", gguf("granite_free"), "--output", output, "--dtype", "f32", check=False)
        self.assertIn("without positions", done.stderr)
        self.assertFalse(output.exists())

    def test_families_without_gguf_files_say_so(self):
        for family in OTHERS:
            with self.subTest(family):
                output = tool.work() / f"{family}-none.gguf"
                done = tool.run("gguf", "--model", base(family), "--quant", "F32", "--output", output, check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(family, done.stderr)
                self.assertFalse(output.exists())

    def test_answers_go_on_beyond_the_positions_of_the_model(self):
        import torch

        for family in ALL.keys() - BOUNDED:
            with self.subTest(family):
                short = tool.work() / f"{family}-short"
                shutil.copytree(base(family), short)
                config = json.loads((short / "config.json").read_text())
                (short / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 16, "eos_token_id": None}))
                for name in ["tokenizer.json", "tokenizer_config.json"]:
                    shutil.copy(tool.TINY / name, short / name)
                prompt = "What is a run? A folder with everything a training made."
                ids = json.loads(tool.run("tokenize", "--model", short, "--text", prompt, "--add-special-tokens", "--json").stdout)["ids"]
                model = tool.load(short)
                theirs = model.generate(
                    torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                    max_new_tokens=30, eos_token_id=None, pad_token_id=0)[0, len(ids):].tolist()
                done = tool.run(
                    "generate", "--model", short, "--raw", "--prompt", prompt, "--max-new-tokens", 30, "--temperature", 0, "--json")
                ours = json.loads(done.stdout)
                self.assertEqual(ours["prompt_tokens"], len(ids))
                if 2 in theirs:  # the tokenizer's end of text
                    theirs = theirs[:theirs.index(2)]
                self.assertEqual(ours["tokens"], len(theirs))
                written = tool.run("tokenize", "--model", short, "--decode", "--text", " ".join(map(str, theirs)), "--json")
                self.assertEqual(ours["text"], re.sub(r"<\|\w+\|>", "", json.loads(written.stdout)["text"]))
                self.assertIn("made for 16", done.stderr)

    def test_merging_keeps_configuration_and_names(self):
        from safetensors.numpy import load_file

        for family in ALL:
            with self.subTest(family):
                output = tool.work() / f"{family}-merged"
                tool.run("merge", "--model", base(family), "--adapter", adapter(family), "--output", output)
                before, after = (json.loads((d / "config.json").read_text()) for d in (base(family), output))
                self.assertEqual(before, after)
                names = [sorted(load_file(d / "model.safetensors")) for d in (base(family), output)]
                self.assertEqual(*names)
                self.same(tool.logits(output), tool.reference_logits(tool.load(output)))

    def test_peft_loads_our_adapter(self):
        from peft import PeftModel

        for family in ALL:
            with self.subTest(family):
                theirs = PeftModel.from_pretrained(tool.load(base(family)), adapter(family)).eval()
                ours = tool.logits(base(family), adapter=adapter(family))
                self.same(ours, tool.reference_logits(theirs))
                self.assertGreater(tool.distance(ours[0], tool.logits(base(family))[0]), 1e-3)

    def test_norms_and_biases_that_an_adapter_trained_reach_files_of_both_kinds(self):
        for family, name in [("qwen2", "norm"), ("gemma2", "norm"), ("gpt_neox", "norm"), ("gpt2", "ln_1"), ("helium", "norm")]:
            with self.subTest(family):
                trained = adapter(family, f"bias: lora_only\nmodules_to_save: [{name}]\n")
                ours = tool.logits(base(family), adapter=trained)
                self.assertGreater(tool.distance(ours[0], tool.logits(base(family), adapter=adapter(family))[0]), 1e-3)
                for command, output in [("gguf", f"{family}-norms.gguf"), ("merge", f"{family}-norms")]:
                    kind = ["--quant", "F32"] if command == "gguf" else ["--dtype", "f32"]
                    output = tool.work() / output
                    tool.run(command, "--model", base(family), "--adapter", trained, *kind, "--output", output)
                    self.same(tool.logits(output), ours)
                self.same(ours, tool.reference_logits(tool.load(tool.work() / f"{family}-norms")))

    def test_we_load_an_adapter_of_phi_that_peft_wrote(self):
        import torch
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(5)
        # A list of names of which this model has only some.
        targets = ["q_proj", "v_proj", "qkv_proj", "gate_up_proj", "o_proj"]
        model = get_peft_model(tool.load(base("phi3")), LoraConfig(r=2, lora_alpha=7, target_modules=targets))
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(std=0.3)
        output = tool.work() / "phi3-peft"
        model.save_pretrained(output)
        self.same(tool.logits(base("phi3"), adapter=output), tool.reference_logits(model.eval()))
