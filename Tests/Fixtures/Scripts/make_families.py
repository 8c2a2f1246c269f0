"""Makes Training/families.json: what transformers and PEFT compute for tiny models of every family.

    OMP_NUM_THREADS=1 python make_families.py [OUT.json]            the committed cases
    OMP_NUM_THREADS=1 python make_families.py OUT.json COUNT SEED   COUNT random configurations of every family

transformers 5.23.0, torch 2.13.0, peft 0.21.2; float32, eager attention. No weights are stored: a number of a tensor is a
hash of the tensor's name and the number's place (`numbers`), which the tests make in the same way.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import peft
import torch
import transformers

LENGTH = 40  # of the longest list of ids; windows and first contexts are shorter


def numbers(name: str, count: int) -> np.ndarray:
    """Numbers in -1...1: splitmix64 from the FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def weight(name: str, shape: tuple, is_gemma: bool) -> torch.Tensor:
    u = numbers(name, int(np.prod(shape)))
    if "norm" in name or ".ln_" in name:
        u = np.float32(0.3) * u + np.float32(0 if is_gemma else 1)
    elif name.endswith(".bias"):
        u = np.float32(0.3) * u
    elif "lora_B" in name:
        u = np.float32(0.3) * u
    else:
        u = np.float32(1.7 / shape[1] ** 0.5) * u
    return torch.from_numpy(u.reshape(shape).copy())


def load(config: dict):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(json.dumps(config))
        read = transformers.AutoConfig.from_pretrained(folder)
    # With eager attention, transformers adds what Falcon's scores gain with positions twice.
    attention = "sdpa" if config["model_type"] == "falcon" and config.get("alibi") else "eager"
    read._attn_implementation = attention
    model = transformers.AutoModelForCausalLM.from_config(read, attn_implementation=attention, dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # A checkpoint of GPT-NeoX calls its head by another name than the class.
            if config["model_type"] == "gpt_neox":
                name = name.replace("lm_head.", "embed_out.")
            parameter.copy_(weight(name, tuple(parameter.shape), "gemma" in config["model_type"]))
    return model.eval()


def case(name: str, config: dict, trains: bool) -> dict:
    random_ids = random.Random(name)
    vocabulary = config["vocab_size"]
    results = []
    for length in (1, 13, LENGTH):
        ids = [random_ids.randrange(3, vocabulary) for _ in range(length)]
        model = load(config)  # anew, because some keep angles of longer texts
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
            nll = None
            if length > 1:
                nll = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:])).item()
            greedy = load(config).generate(
                torch.tensor([ids]), attention_mask=torch.ones(1, length, dtype=torch.long), do_sample=False,
                max_new_tokens=24, min_new_tokens=24, eos_token_id=None, pad_token_id=0,
                # Where angles change for all tokens at once, kept keys would have the old ones (Phi-3's class drops them).
                use_cache="short_factor" not in json.dumps(config))
        middle = [round(x, 7) for x in logits[length // 2].tolist()]
        results.append({
            "ids": ids, "logits": [float(f"{x:.7g}") for x in logits[-1].tolist()], "middle": middle[:8], "nll": nll,
            "greedy": greedy[0, length:].tolist()})
    made = {"name": name, "config": config, "results": results}
    if trains:
        made["training"] = training(name, config)
    return made


def training(name: str, config: dict) -> dict:
    """Loss, gradient norm and AdamW of three steps on two rows, and how far the same in double precision is from them.

    AdamW's first step is the sign of the gradient: where that is next to zero, rounding decides it, and the steps after it differ
    by far more than rounding. `rounding` says where.
    """
    made = steps(name, config, torch.float32)
    exact = steps(name, config, torch.float64)["steps"]
    for step, other in zip(made["steps"], exact):
        step["rounding"] = float(f"{max(abs(step[k] / other[k] - 1) for k in other):.2g}")
    return made


def steps(name: str, config: dict, dtype: torch.dtype) -> dict:
    model = load(config).to(dtype)
    lora = peft.LoraConfig(r=3, lora_alpha=5, target_modules="all-linear", task_type="CAUSAL_LM")
    model = peft.get_peft_model(model, lora)
    targets = set()
    with torch.no_grad():
        for path, parameter in model.named_parameters():
            if parameter.requires_grad:
                plain = path.replace(".default.weight", ".weight")
                targets.add(plain.split(".lora_")[0].rsplit(".", 1)[1])
                parameter.copy_(weight(plain, tuple(parameter.shape), False))
    model = model.to(dtype)
    random_ids = random.Random(name + "rows")
    rows = []
    for length in (9, 30):
        ids = [random_ids.randrange(3, config["vocab_size"]) for _ in range(length)]
        labels = [-100 if i < length // 3 or i % 7 == 3 else id for i, id in enumerate(ids)]
        rows.append({"input_ids": ids, "labels": labels})
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=0.02, weight_decay=0.01)
    done = []
    for _ in range(3):
        total, count = 0.0, 0
        for row in rows:
            logits = model(torch.tensor([row["input_ids"]])).logits[0, :-1]
            labels = torch.tensor(row["labels"][1:])
            total = total + torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum")
            count += int((labels != -100).sum())
        loss = total / count
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1e9)
        optimizer.step()
        done.append({"loss": loss.item(), "grad_norm": norm.item()})
    return {"rows": rows, "targets": sorted(targets), "steps": done}


BASE = {
    "vocab_size": 61, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 96, "rms_norm_eps": 1e-5, "tie_word_embeddings": False,
    "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}


def rope(kind: str, pairs: int, seed: int = 0) -> dict:
    generator = random.Random(seed)
    factors = lambda low, high: [round(generator.uniform(low, high), 3) for _ in range(pairs)]
    return {
        "linear": {"rope_type": "linear", "factor": 3.0},
        "dynamic": {"rope_type": "dynamic", "factor": 2.5},
        "llama3": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 16},
        "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 24, "beta_fast": 16.0},
        "longrope": {"rope_type": "longrope", "short_factor": factors(1, 1.5), "long_factor": factors(1.5, 6),
                     "original_max_position_embeddings": 20, "factor": 4.0},
    }[kind]


FIXED = {
    "llama, dynamic": {"model_type": "llama", "max_position_embeddings": 30, "rope_scaling": rope("dynamic", 4)},
    "llama, yarn": {"model_type": "llama", "rope_parameters": {"rope_theta": 500.0, **rope("yarn", 4)}},
    "mistral, window": {"model_type": "mistral", "sliding_window": 7, "head_dim": 12},
    "qwen2, windows in later layers": {
        "model_type": "qwen2", "use_sliding_window": True, "sliding_window": 9, "max_window_layers": 1,
        "tie_word_embeddings": True},
    "qwen3, windows by layer": {
        "model_type": "qwen3", "head_dim": 10, "use_sliding_window": True, "sliding_window": 5, "attention_bias": True,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "rope_scaling": rope("yarn", 5)},
    "gemma": {"model_type": "gemma", "head_dim": 16, "num_key_value_heads": 1, "tie_word_embeddings": True,
              "hidden_act": "gelu", "hidden_activation": None},
    "gemma2": {"model_type": "gemma2", "head_dim": 12, "sliding_window": 8, "query_pre_attn_scalar": 20,
               "tie_word_embeddings": True, "attn_logit_softcapping": 3.0, "final_logit_softcapping": 4.0},
    "gemma2, no bounds": {
        "model_type": "gemma2", "head_dim": 8, "sliding_window": 6, "query_pre_attn_scalar": 8,
        "attn_logit_softcapping": None, "final_logit_softcapping": None, "tie_word_embeddings": True,
        "layer_types": ["full_attention", "sliding_attention", "sliding_attention"]},
    "gemma3, pattern": {
        "model_type": "gemma3_text", "head_dim": 10, "sliding_window": 6, "query_pre_attn_scalar": 14,
        "sliding_window_pattern": 2, "rope_theta": 1000.0, "rope_local_base_freq": 100.0,
        "rope_scaling": {"rope_type": "linear", "factor": 4.0}, "tie_word_embeddings": True},
    "gemma3, rope of each type": {
        "model_type": "gemma3_text", "head_dim": 8, "sliding_window": 5, "query_pre_attn_scalar": 8,
        "final_logit_softcapping": 5.0, "tie_word_embeddings": True,
        "layer_types": ["full_attention", "sliding_attention", "full_attention"],
        "rope_parameters": {"full_attention": {"rope_theta": 5000.0, **rope("yarn", 4)},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}},
    "phi3, partly turned": {"model_type": "phi3", "sliding_window": 11, "partial_rotary_factor": 0.75,
                            "original_max_position_embeddings": 96},
    "phi3, longrope": {
        "model_type": "phi3", "original_max_position_embeddings": 20, "rope_scaling": {
            k: v for k, v in {**rope("longrope", 4), "type": "longrope"}.items()
            if k not in ("original_max_position_embeddings", "rope_type", "factor")}},
    "smollm3": {"model_type": "smollm3", "no_rope_layer_interval": 2, "tie_word_embeddings": True},
    "smollm3, windows without positions": {
        "model_type": "smollm3", "no_rope_layers": [1, 0, 0], "use_sliding_window": True, "sliding_window": 6,
        "attention_bias": True, "mlp_bias": True, "rope_scaling": rope("linear", 4)},
    "granite": {"model_type": "granite", "embedding_multiplier": 5.0, "attention_multiplier": 0.2,
                "residual_multiplier": 0.3, "logits_scaling": 0.4, "mlp_bias": True, "tie_word_embeddings": True},
    "granitemoehybrid": {
        "model_type": "granitemoehybrid", "shared_intermediate_size": 40, "num_local_experts": 0, "position_embedding_type": "rope",
        "layer_types": ["full_attention"] * 3, "mamba_n_heads": 4, "embedding_multiplier": 5.0, "attention_multiplier": 0.2,
        "residual_multiplier": 0.3, "logits_scaling": 0.4, "tie_word_embeddings": True},
    "granitemoehybrid, no positions": {
        "model_type": "granitemoehybrid", "shared_intermediate_size": 40, "num_local_experts": 0, "attention_bias": True,
        "layer_types": ["full_attention"] * 3, "mamba_n_heads": 4},
    "olmo2": {"model_type": "olmo2", "rope_theta": 5000.0},
    "llama, beyond its positions": {"model_type": "llama", "max_position_embeddings": 16, "hidden_act": "gelu"},
    "ministral": {"model_type": "ministral", "head_dim": 12, "sliding_window": 6,
                  "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]},
    "olmo, bounds": {"model_type": "olmo", "clip_qkv": 0.7, "rope_scaling": rope("linear", 4)},
    "olmo3": {"model_type": "olmo3", "sliding_window": 6, "rope_theta": 3000.0, "num_hidden_layers": 4,
              "rope_scaling": {**rope("yarn", 4), "attention_factor": 1.2}},
    "exaone4, windows": {"model_type": "exaone4", "head_dim": 10, "sliding_window": 5, "sliding_window_pattern": 2,
                         "num_hidden_layers": 4, "rope_scaling": rope("llama3", 5)},
    "exaone4, none": {"model_type": "exaone4", "sliding_window": None, "tie_word_embeddings": True,
                      "layer_types": ["full_attention"] * 3},
    "stablelm": {"model_type": "stablelm", "use_qkv_bias": True, "partial_rotary_factor": 0.5, "layer_norm_eps": 1e-3},
    "vaultgemma": {"model_type": "vaultgemma", "head_dim": 12, "sliding_window": 7, "query_pre_attn_scalar": 20,
                   "tie_word_embeddings": True, "attn_logit_softcapping": 3.0, "final_logit_softcapping": 4.0},
    "seed_oss": {"model_type": "seed_oss", "head_dim": 12, "mlp_bias": True},
    "gpt_neox": {"model_type": "gpt_neox", "rotary_pct": 0.5, "rotary_emb_base": 700, "layer_norm_eps": 1e-3,
                 "num_key_value_heads": None},
    "gpt_neox, one after the other": {
        "model_type": "gpt_neox", "use_parallel_residual": False, "attention_bias": False, "hidden_act": "gelu_new",
        "num_key_value_heads": None, "rope_scaling": rope("linear", 1)},
    "phi": {"model_type": "phi", "partial_rotary_factor": 0.5, "layer_norm_eps": 1e-3},
    "starcoder2, window": {"model_type": "starcoder2", "sliding_window": 7, "norm_epsilon": 1e-3, "tie_word_embeddings": True},
    "cohere": {"model_type": "cohere", "logit_scale": 0.25, "tie_word_embeddings": True, "layer_norm_eps": 1e-3},
    "cohere2": {"model_type": "cohere2", "logit_scale": 0.5, "sliding_window": 6, "sliding_window_pattern": 2,
                "num_hidden_layers": 4, "attention_bias": True},
    "glm": {"model_type": "glm", "head_dim": 12, "partial_rotary_factor": 0.5},
    "glm4": {"model_type": "glm4", "head_dim": 8, "partial_rotary_factor": 0.75, "attention_bias": False},
    "helium": {"model_type": "helium", "head_dim": 8, "attention_bias": True, "mlp_bias": True},
    "ernie4_5": {"model_type": "ernie4_5", "head_dim": 12, "use_bias": True, "rope_scaling": rope("yarn", 6)},
    "hunyuan, alpha": {"model_type": "hunyuan_v1_dense", "head_dim": 10, "attention_bias": True,
                       "rope_scaling": {"type": "dynamic", "alpha": 50.0, "factor": 1.0}},
    "nemotron": {"model_type": "nemotron", "head_dim": 12, "norm_eps": 1e-3, "attention_bias": True},
    "arcee": {"model_type": "arcee", "mlp_bias": True, "rope_scaling": rope("llama3", 4)},
    "falcon, one key": {"model_type": "falcon", "bias": True, "ffn_hidden_size": 40, "rope_scaling": rope("linear", 4)},
    "falcon, two norms": {"model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 2, "rope_theta": 500.0,
                          "layer_norm_epsilon": 1e-3, "tie_word_embeddings": True},
    "falcon, groups of one norm": {"model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 2,
                                   "num_ln_in_parallel_attn": 1, "activation": "gelu_new"},
    "falcon, alibi": {"model_type": "falcon", "alibi": True, "multi_query": False, "parallel_attn": False, "bias": True},
    "opt": {"model_type": "opt", "ffn_dim": 40, "tie_word_embeddings": True},
    "opt, bare": {"model_type": "opt", "ffn_dim": 24, "enable_bias": False, "layer_norm_elementwise_affine": False,
                  "activation_function": "gelu"},
    "gptj": {"model_type": "gptj", "rotary_dim": 4, "n_inner": 40, "layer_norm_epsilon": 1e-3},
    "gpt_bigcode": {"model_type": "gpt_bigcode", "n_inner": 40, "tie_word_embeddings": True},
    "gpt_bigcode, a key a head": {"model_type": "gpt_bigcode", "multi_query": False, "scale_attn_weights": False},
    "bloom": {"model_type": "bloom", "tie_word_embeddings": True, "layer_norm_epsilon": 1e-3},
    "bloom, six heads": {"model_type": "bloom", "hidden_size": 36, "n_head": 6, "num_attention_heads": 6},
    "mpt": {"model_type": "mpt", "tie_word_embeddings": True},
    "mpt, six heads": {"model_type": "mpt", "hidden_size": 36, "num_attention_heads": 6,
                       "attn_config": {"softmax_scale": 0.3}},
    "internlm3": {"model_type": "internlm3", "head_dim": 12, "qkv_bias": True, "bias": True, "rope_scaling": rope("dynamic", 6)},
    "iquestcoder": {"model_type": "iquestcoder", "head_dim": 8, "rope_theta": 5000.0},
    "cwm": {"model_type": "cwm", "head_dim": 10, "sliding_window": 6, "num_hidden_layers": 4},
    "hyperclovax": {"model_type": "hyperclovax", "embedding_multiplier": 5.0, "attention_multiplier": 0.2,
                    "residual_multiplier": 0.3, "logits_scaling": 0.4, "tie_word_embeddings": True},
    "jais2": {"model_type": "jais2", "head_dim": 12, "layer_norm_eps": 1e-3, "tie_word_embeddings": True},
    "ministral3": {"model_type": "ministral3", "head_dim": 8, "sliding_window": 17, "rope_parameters": {
        **rope("yarn", 4), "rope_theta": 5000.0, "original_max_position_embeddings": 7, "llama_4_scaling_beta": 0.6}},
    "gpt_neo": {"model_type": "gpt_neo", "attention_types": [[["global", "local"], 1], [["local"], 1]], "window_size": 5,
                "layer_norm_epsilon": 1e-3, "tie_word_embeddings": True},
    "codegen": {"model_type": "codegen", "hidden_size": 64, "num_attention_heads": 8, "rotary_dim": 6, "n_inner": 40},
    "biogpt": {"model_type": "biogpt", "tie_word_embeddings": True},
    "persimmon": {"model_type": "persimmon", "layer_norm_eps": 1e-3, "rope_theta": 700.0},
    "nanochat": {"model_type": "nanochat", "rms_norm_eps": 1e-3, "final_logit_softcapping": 4.0},
    "nanochat, no bound": {"model_type": "nanochat", "final_logit_softcapping": None, "attention_bias": True, "tie_word_embeddings": True},
    "persimmon, no norms": {"model_type": "persimmon", "qk_layernorm": False, "hidden_act": "gelu"},
}


def random_config(family: str, r: random.Random) -> dict:
    """A configuration that exercises the family's features, in one of the two spellings."""
    layers = r.choice([2, 3, 4, 5])
    kv = r.choice([1, 2, 3])
    heads = kv * r.choice([1, 2, 3])
    size = r.choice([4, 6, 8, 10, 16])
    free = family not in ("qwen2", "phi3", "stablelm", "gpt_neox", "phi", "cohere2", "helium")
    if family == "gpt_neox":
        kv = heads
    config = {
        **BASE, "model_type": family, "vocab_size": r.choice([37, 61, 80]), "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": kv, "hidden_size": heads * size,
        "intermediate_size": r.choice([20, 33, 48]), "rms_norm_eps": r.choice([1e-6, 1e-5, 1e-3]),
        "tie_word_embeddings": r.random() < 0.5, "max_position_embeddings": r.choice([80, 128, 4096]),
    }
    if free and (r.random() < 0.5 or "gemma" in family or family in (
            "qwen3", "seed_oss", "ministral", "glm", "glm4", "ernie4_5", "nemotron", "hunyuan_v1_dense")):
        config["head_dim"] = size = r.choice([4, 6, 12, 16, 20])
        if "gemma" not in family:
            config["hidden_size"] = r.choice([24, 32, 40])
    if config["hidden_size"] % heads:
        config["hidden_size"] = heads * 8
    if family in ("llama", "qwen3", "smollm3", "granite", "gemma", "gemma2", "gemma3_text", "olmo2",
                  "olmo", "olmo3", "vaultgemma", "cohere", "cohere2", "helium", "hunyuan_v1_dense", "nemotron",
                  "arcee") and r.random() < 0.3:
        config["attention_bias"] = True
    if family in ("llama", "smollm3", "granite", "seed_oss", "nemotron", "arcee", "helium") and r.random() < 0.3:
        config["mlp_bias"] = True
    types = [r.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
    window = r.choice([2, 3, 8, 17])  # 1 is more than the kept keys of transformers can do
    if family in ("mistral", "phi3", "starcoder2") and r.random() < 0.8:
        config["sliding_window"] = window
    elif family in ("mistral",):
        config["sliding_window"] = None
    if family in ("qwen2", "qwen3") and r.random() < 0.8:
        config |= {"use_sliding_window": True, "sliding_window": window}
        config |= r.choice([{"layer_types": types}, {"max_window_layers": r.randrange(layers + 1)}])
    if r.random() < 0.2 and family != "gemma":
        config["hidden_activation" if family in ("gemma2", "gemma3_text", "vaultgemma") else "hidden_act"] = r.choice(
            ["gelu", "gelu_new", "silu", "relu2"])
    if family in ("gpt_neox", "phi", "cohere", "cohere2"):
        config["layer_norm_eps"] = config["rms_norm_eps"]
    if family in ("starcoder2", "nemotron"):
        config["norm_epsilon" if family == "starcoder2" else "norm_eps"] = config["rms_norm_eps"]
    if family == "gpt_neox":
        config |= {"use_parallel_residual": r.random() < 0.6, "attention_bias": r.random() < 0.7, "num_key_value_heads": None}
    if family in ("glm", "glm4"):
        config["attention_bias"] = r.random() < 0.6
    if family in ("starcoder2", "ernie4_5"):
        config["use_bias"] = r.random() < 0.6
    if family in ("cohere", "cohere2"):
        config["logit_scale"] = r.choice([0.0625, 0.3, 2.0])
    if family == "helium":
        config["head_dim"] = size
    if family in ("gpt_neox", "phi", "glm", "glm4", "nemotron"):
        part = r.choice([part for part in (1.0, 0.5, 0.25, 0.75) if int(size * part) % 2 == 0 and int(size * part) > 0])
        config["rotary_pct" if family == "gpt_neox" else "partial_rotary_factor"], size = part, int(size * part)
    if family == "stablelm":
        config |= {"use_qkv_bias": r.random() < 0.5, "layer_norm_eps": config["rms_norm_eps"]}
        parts = [part for part in (1.0, 0.5, 0.25) if int(size * part) % 2 == 0 and int(size * part) > 0]
        part = r.choice(parts)
        config["partial_rotary_factor"], size = part, int(size * part)
    if family == "olmo":
        config["clip_qkv"] = r.choice([None, 0.3, 2.0])
    if family == "seed_oss":
        config |= r.choice([{}, {"attention_bias": False}, {"attention_out_bias": True}])
    if family in ("ministral", "olmo3", "exaone4", "cohere2"):
        config |= {"sliding_window": window, **r.choice([{"layer_types": types}, {}])}
        if family == "cohere2" and "layer_types" not in config:
            config["sliding_window_pattern"] = r.choice([1, 2, 4])
        if family == "exaone4" and r.random() < 0.3:
            config |= {"sliding_window": None, "layer_types": ["full_attention"] * layers}
        elif family == "exaone4" and "layer_types" not in config:
            config["sliding_window_pattern"] = r.choice([1, 2, 4])
    if family in ("gemma2", "gemma3_text", "vaultgemma"):
        config |= {"sliding_window": window, "query_pre_attn_scalar": r.choice([4, 9, 16, 24, 256])}
        config |= r.choice([{"layer_types": types}, {}])
        config["final_logit_softcapping"] = r.choice([None, 2.0, 30.0])
        if family in ("gemma2", "vaultgemma"):
            config["attn_logit_softcapping"] = r.choice([None, 1.0, 50.0])
        elif "layer_types" not in config:
            config["sliding_window_pattern"] = r.choice([1, 2, 3, 6])
    if family == "gemma":
        config["hidden_act"] = r.choice(["gelu", "gelu_pytorch_tanh"])
    if family == "smollm3":
        config |= r.choice([{"no_rope_layers": [r.randrange(2) for _ in range(layers)]},
                            {"no_rope_layer_interval": r.choice([1, 2, 3, 4])}])
        if r.random() < 0.5:
            config |= {"use_sliding_window": True, "sliding_window": window}
            config |= r.choice([{"layer_types": types}, {}])
    if family == "granite":
        config |= {k: round(r.uniform(0.1, 3), 3) for k in (
            "embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling")}
    base = r.choice([50.0, 10000.0, 1e6])
    if family == "phi3":
        part = r.choice([1.0, 0.5, 0.75])
        rotary = int(config["hidden_size"] // heads * part)
        if rotary % 2 or rotary < 2:
            part, rotary = 1.0, config["hidden_size"] // heads
        config["partial_rotary_factor"] = part
        config["original_max_position_embeddings"] = r.choice([20, 4096])
        if r.random() < 0.6:
            config["rope_scaling"] = {
                k: v for k, v in rope("longrope", rotary // 2, r.random()).items()
                if k in ("short_factor", "long_factor")} | {"type": "longrope"}
            if r.random() < 0.3:
                config["rope_scaling"]["attention_factor"] = 1.3
        config["rope_theta"] = base
        return config
    kind = r.choice([None, None, "linear", "dynamic", "llama3", "yarn", "longrope"])
    if kind == "dynamic" and size <= 2:  # its exponent is d / (d - 2)
        kind = "linear"
    if kind == "dynamic":
        config["max_position_embeddings"] = r.choice([30, 50])
    if kind == "longrope":
        config["long"] = True
    scaling = rope(kind, size // 2, r.random()) if kind else {"rope_type": "default"}
    if family in ("gemma3_text", "olmo3"):
        if kind in ("longrope", "dynamic"):
            scaling, kind = {"rope_type": "linear", "factor": 2.0}, "linear"
            config.pop("long", None)
            config["max_position_embeddings"] = 80
        if r.random() < 0.5:
            config["rope_parameters"] = {"full_attention": {"rope_theta": base, **scaling},
                                         "sliding_attention": {"rope_type": "default", "rope_theta": 30.0}}
        else:
            config |= {"rope_theta": base}
            if family == "gemma3_text":
                config["rope_local_base_freq"] = 70.0
            if kind:
                config["rope_scaling"] = scaling
    elif r.random() < 0.5:
        config["rope_parameters"] = {"rope_theta": base, **scaling}
    else:
        config["rotary_emb_base" if family == "gpt_neox" else "rope_theta"] = base
        if kind:
            config["rope_scaling"] = scaling
    if config.pop("long", False):
        config["rope_scaling" if "rope_scaling" in config else "rope_parameters"]["original_max_position_embeddings"] = (
            r.choice([100, 8]))
    return config


def main():
    versions = {m.__name__: m.__version__ for m in (transformers, torch, peft)}
    assert versions["transformers"] == "5.23.0" and versions["peft"] == "0.21.2", versions
    here = Path(__file__).resolve().parent.parent
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "Training" / "families.json"
    if len(sys.argv) > 3:
        cases = []
        for family in ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "phi3", "smollm3",
                       "granite", "olmo2", "ministral", "olmo", "olmo3", "exaone4", "stablelm", "vaultgemma", "seed_oss",
                       "gpt_neox", "phi", "starcoder2", "cohere", "cohere2", "glm", "glm4", "helium", "ernie4_5",
                       "hunyuan_v1_dense", "nemotron", "arcee"):
            r = random.Random(f"{family} {sys.argv[3]}")
            for i in range(int(sys.argv[2])):
                config = random_config(family, r)
                cases.append(case(f"{family} {sys.argv[3]}.{i}", config, trains=i % 3 == 0))
    else:
        cases = [case(name, {**BASE, **config}, trains=True) for name, config in FIXED.items()]
    out.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    print(out, out.stat().st_size)


main()
