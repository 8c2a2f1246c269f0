"""Random configurations of every family, in old and new spellings, with keys that few models have."""

import json

import tool

FAMILIES = [
    "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "phi3", "smollm3", "granite", "olmo2", "ministral",
    "olmo", "olmo3", "exaone4", "stablelm", "vaultgemma", "seed_oss", "gpt_neox", "phi", "starcoder2", "cohere", "cohere2", "glm",
    "glm4", "helium", "ernie4_5", "hunyuan_v1_dense", "nemotron", "arcee", "apertus", "gpt2",
    "falcon", "bloom", "mpt", "opt", "gptj", "gpt_bigcode", "internlm3", "iquestcoder", "cwm", "hyperclovax", "jais2", "ministral3",
    "gpt_neo", "codegen", "biogpt", "persimmon", "nanochat", "granitemoehybrid",
]
# Those that turn a part of each head.
PARTIAL = ("phi3", "stablelm", "gpt_neox", "phi", "glm", "glm4", "nemotron", "persimmon")
# Those whose layers with windows may be turned in a way of their own.
LOCAL = ("gemma3_text", "olmo3")
# Those whose layers may have windows.
WINDOWED = ("mistral", "ministral", "qwen2", "qwen3", "gemma2", "gemma3_text", "vaultgemma", "phi3", "smollm3", "olmo3", "exaone4",
            "starcoder2", "cohere2", "cwm", "ministral3")
GEMMA2 = ("gemma2", "gemma3_text", "vaultgemma")
# Keys with values that change nothing in some families, something in others, or are refused.
UNUSUAL = [
    ("attention_dropout", 0.3), ("num_experts", 4), ("num_local_experts", 4), ("pretraining_tp", 2), ("is_causal", False),
    ("use_bidirectional_attention", True), ("quantization_config", {"quant_method": "gptq", "bits": 4}),
    ("per_layer_config", {"0": {"intermediate_size": 3}}), ("rope_interleaved", True), ("attention_multiplier", 0.3),
    ("layer_types", ["chunked_attention"]), ("num_kv_shared_layers", 1), ("embedding_multiplier", 4.0),
    ("attn_logit_softcapping", 2.0), ("final_logit_softcapping", 2.0), ("final_logit_softcapping", None), ("query_pre_attn_scalar", 3), ("sliding_window", 0),
    ("partial_rotary_factor", None), ("rope_theta", None), ("sliding_window", 2), ("use_sliding_window", True),
    ("no_rope_layer_interval", 2), ("original_max_position_embeddings", 12), ("max_window_layers", 1), ("clip_qkv", 0.3),
    ("hidden_act", "gelu"), ("hidden_act", "gelu_new"), ("hidden_act", "relu"), ("hidden_act", "gelu_fast"), ("hidden_activation", "gelu"),
    ("use_parallel_residual", True), ("qk_layernorm", True), ("attention_out_bias", True), ("use_qkv_bias", True),
    ("sliding_window_pattern", 2), ("layer_norm_eps", 0.01), ("residual_dropout", 0.5), ("use_qk_norm", True), ("use_bias", True),
    ("rotary_pct", 0.5), ("rotary_emb_base", 77), ("logit_scale", 0.5), ("norm_eps", 0.01), ("norm_epsilon", 0.01),
    ("alibi", True), ("new_decoder_architecture", True), ("multi_query", False), ("num_ln_in_parallel_attn", 1), ("parallel_attn", False),
    ("bias", True), ("enable_bias", False), ("do_layer_norm_before", False), ("word_embed_proj_dim", 8), ("rotary_dim", 2),
    ("layer_norm_elementwise_affine", False), ("use_post_norm", False), ("activation_function", "relu2"), ("activation", "silu"),
    ("scale_embedding", False), ("qk_layernorm", False), ("window_size", 3), ("attention_types", [[["local"], 2]]),
    ("hidden_act", "relu2"), ("use_parallel_residual", False), ("head_dim", 6), ("num_key_value_heads", None),
]


def scaling(r, kind, pairs):
    """The parameters of a rotation; keys that may be left out sometimes are."""
    factors = lambda low, high: [round(r.uniform(low, high), 3) for _ in range(pairs)]
    made = {
        "default": {},
        "linear": {"factor": r.choice([2, 3.7, 0.5])},
        "dynamic": {"factor": r.choice([1.0, 2, 4.5])},
        "llama3": {"factor": r.choice([2.0, 8]), "low_freq_factor": r.choice([1.0, 0.5]), "high_freq_factor": r.choice([4.0, 3])},
        "yarn": {"factor": r.choice([2, 4.0, 8.5])},
        "longrope": {"short_factor": factors(1, 1.5), "long_factor": factors(1.5, 6)},
    }[kind]
    optional = {
        "yarn": {"beta_fast": 16.0, "beta_slow": 0.5, "attention_factor": 1.2, "mscale": 0.707, "mscale_all_dim": 1.0,
                 "truncate": False},
        "longrope": {"factor": 4.0, "attention_factor": 1.3},
    }.get(kind, {})
    made.update({key: value for key, value in optional.items() if r.random() < 0.3})
    if kind in ("llama3", "yarn", "longrope") and r.random() < 0.8:
        made["original_max_position_embeddings"] = r.choice([8, 20])
    return made


def rotation(r, config, size):
    """Adds a rotation in one of its spellings."""
    family = config["model_type"]
    if r.random() < 0.6:
        config["rope_theta"] = r.choice([5.0, 50, 1e4, 1e6])
    part = r.choice([0.5, 0.75, 0.25]) if family in PARTIAL and r.random() < 0.5 else 1.0
    if part != 1:
        config["rotary_pct" if family == "gpt_neox" and r.random() < 0.8 else "partial_rotary_factor"] = part
    if family == "phi3":
        config["original_max_position_embeddings"] = r.choice([4, 20, 4096])
    kinds = ["default", "longrope"] if family == "phi3" else ["default", "linear", "dynamic", "llama3", "yarn", "longrope"]
    kind = r.choice(kinds)
    default = {"stablelm": 0.25, "gpt_neox": 0.25, "phi": 0.5, "glm": 0.5, "glm4": 0.5, "nemotron": 0.5, "persimmon": 0.5}.get(family, 1)
    turned = default if part == 1 else part
    made = {**scaling(r, kind, int(size * turned) // 2), **r.choice([{"rope_type": kind}, {"type": kind, "rope_type": kind}])}
    if family not in LOCAL and r.random() < 0.4:
        made.pop("rope_type")
        made["type"] = kind
    if r.random() < 0.4:
        made["rope_theta"] = r.choice([7.0, 500])
    key = r.choice(["rope_scaling", "rope_parameters"])
    if family in LOCAL and key == "rope_parameters":
        made = {"full_attention": made, "sliding_attention": {"rope_type": "default", "rope_theta": 30.0}}
    config[key] = made
    if r.random() < 0.1:
        other = {"rope_scaling": "rope_parameters", "rope_parameters": "rope_scaling"}[key]
        config[other] = r.choice([{}, {"rope_type": "linear", "factor": 2.0}, {"full_attention": {"rope_type": "default"}}])


def falcon(r):
    """Falcon's has names of its own, and three shapes."""
    groups = r.choice([1, 2, 3])
    heads = groups * r.choice([1, 2, 3])
    size = r.choice([2, 4, 6, 10, 16])
    config = {
        "model_type": "falcon", "vocab_size": r.choice([29, 61, 97]), "num_hidden_layers": r.choice([1, 2, 3, 5]), "hidden_size": heads * size,
        "num_attention_heads": heads, "ffn_hidden_size": r.choice([None, 1, 7, 33]), "layer_norm_epsilon": r.choice([1e-5, 0.1]),
        "tie_word_embeddings": r.random() < 0.7, "bos_token_id": 1, "eos_token_id": 2, "max_position_embeddings": r.choice([16, 2048]),
        "activation": r.choice(["gelu", "gelu", "gelu_new", "relu", "silu"]), "bias": r.random() < 0.5, "alibi": r.random() < 0.3,
        "intermediate_size": 5, "hidden_act": "gelu_new",
    }
    config |= r.choice([
        {"new_decoder_architecture": True, "num_kv_heads": groups, "num_ln_in_parallel_attn": r.choice([None, 1, 2])},
        {"new_decoder_architecture": True},
        {"multi_query": True, "parallel_attn": r.random() < 0.6},
        {"multi_query": False, "parallel_attn": r.random() < 0.6, "num_kv_heads": r.choice([None, heads, groups])},
    ])
    if r.random() < 0.2:
        config["n_embed"] = config.pop("hidden_size")
    rotation(r, config, size)
    if r.random() < 0.3:
        key, value = r.choice(UNUSUAL)
        config[key] = value
    return config


def bloom(r):
    """BLOOM's has few keys; `n_layer` and `n_head` have other names too."""
    heads = r.choice([1, 2, 3, 4, 6, 8, 11])
    config = {
        "model_type": "bloom", "vocab_size": r.choice([29, 61, 97]), "hidden_size": heads * r.choice([2, 4, 6, 10]),
        r.choice(["n_layer", "num_hidden_layers"]): r.choice([1, 2, 3]), r.choice(["n_head", "num_attention_heads"]): heads,
        "layer_norm_epsilon": r.choice([1e-5, 0.1]), "tie_word_embeddings": r.random() < 0.7, "bos_token_id": 1, "eos_token_id": 2,
        "pad_token_id": r.choice([None, 3]), "hidden_act": "relu", "intermediate_size": 5, "hidden_dropout": 0.1, "seq_length": 20,
        "apply_residual_connection_post_layernorm": r.random() < 0.1, "pretraining_tp": r.choice([1, 4]),
    }
    if r.random() < 0.3:
        config["n_embed"] = config.pop("hidden_size")
    if r.random() < 0.3:
        key, value = r.choice(UNUSUAL)
        config[key] = value
    return config


def mpt(r):
    """MPT's has names of its own, and an object about its attention."""
    heads = r.choice([1, 2, 3, 4, 6, 8, 11])
    config = {
        "model_type": "mpt", "vocab_size": r.choice([29, 61, 97]), "d_model": heads * r.choice([2, 4, 6, 10]), "n_layers": r.choice([1, 2, 3]),
        "n_heads": heads, "max_seq_len": r.choice([64, 2048]), "layer_norm_epsilon": r.choice([1e-5, 0.1]), "tie_word_embeddings": r.random() < 0.7,
        "bos_token_id": 1, "eos_token_id": 2, "no_bias": True, "hidden_act": "relu", "intermediate_size": 5, "max_position_embeddings": 5,
        "learned_pos_emb": r.random() < 0.5, "expansion_ratio": 4 if r.random() < 0.95 else 2, "logit_scale": None if r.random() < 0.95 else 0.5,
        "attn_config": {"alibi": r.random() < 0.95, "alibi_bias_max": 8 if r.random() < 0.95 else 5, "clip_qkv": r.choice([None, None, 0.0, 0.0, 1.0]),
                        "softmax_scale": r.choice([None, 0.3]), "qk_ln": r.random() < 0.05, "attn_pdrop": 0},
    }
    if r.random() < 0.2:
        config.pop("attn_config")
    if r.random() < 0.3:
        config["hidden_size"] = config.pop("d_model")
    if r.random() < 0.3:
        key, value = r.choice(UNUSUAL)
        config[key] = value
    return config


def opt(r):
    """OPT's has names of its own."""
    heads = r.choice([1, 2, 3, 4])
    config = {
        "model_type": "opt", "vocab_size": r.choice([29, 61, 97]), "num_hidden_layers": r.choice([1, 2, 3, 5]), "num_attention_heads": heads,
        "hidden_size": heads * r.choice([2, 4, 6, 10, 16]), "ffn_dim": r.choice([1, 7, 33]), "max_position_embeddings": r.choice([48, 200]),
        "tie_word_embeddings": r.random() < 0.7, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": r.choice([0, 1, 5]),
        "activation_function": r.choice(["relu", "relu", "gelu", "silu"]), "enable_bias": r.random() < 0.7,
        "layer_norm_elementwise_affine": r.random() < 0.8, "hidden_act": "silu", "intermediate_size": 6, "dropout": 0.2, "layerdrop": 0.1,
    }
    if r.random() < 0.3:
        key, value = r.choice(UNUSUAL)
        config[key] = value
    return config


def gpt2(r, family="gpt2"):
    """GPT-2's has names of its own, as have those of three others."""
    heads = r.choice([4, 8, 12, 6]) if family == "codegen" else r.choice([1, 2, 3, 4])
    config = {
        "model_type": family, "vocab_size": r.choice([29, 61, 97]), "n_layer": r.choice([1, 2, 3, 5]), "n_head": heads,
        "n_embd": heads * r.choice([2, 4, 6, 10, 16]), "n_inner": r.choice([None, 1, 7, 33]), "n_positions": r.choice([48, 1024]),
        "layer_norm_epsilon": r.choice([1e-5, 0.1]), "tie_word_embeddings": r.random() < 0.7, "bos_token_id": 1, "eos_token_id": 2,
        "activation_function": r.choice(["gelu_new", "gelu", "silu", "gelu_pytorch_tanh", "relu"]),
        "scale_attn_weights": r.random() < 0.7, "reorder_and_upcast_attn": r.random() < 0.3,
        "scale_attn_by_inverse_layer_idx": r.random() < 0.1, "hidden_act": "relu", "num_key_value_heads": 1,
    }
    if family in ("gptj", "codegen"):
        config["rotary_dim"] = r.choice([2, 2, 4, 64])
        config["n_embd"] = heads * r.choice([4, 6, 10, 16])
    if family == "gpt_bigcode":
        config["multi_query"] = r.random() < 0.6
    if r.random() < 0.3:
        config["hidden_size"] = config.pop("n_embd")
    if r.random() < 0.3:
        config["num_attention_heads"] = config.pop("n_head")
    if r.random() < 0.3:
        key, value = r.choice(UNUSUAL)
        config[key] = value
    return config


def gpt_neo(r):
    """GPT-Neo's has names of its own, and runs of layers."""
    heads, names = r.choice([1, 2, 3, 4]), ["global", "local"]
    runs = [[r.sample(names, r.choice([1, 2])), r.choice([1, 2])] for _ in range(r.choice([1, 2, 3]))]
    layers = sum(len(kinds) * times for kinds, times in runs)
    config = {
        "model_type": "gpt_neo", "vocab_size": r.choice([29, 61, 97]), r.choice(["num_layers", "num_hidden_layers"]): layers,
        r.choice(["num_heads", "num_attention_heads"]): heads, "hidden_size": heads * r.choice([2, 4, 6, 10, 16]), "attention_types": runs,
        "intermediate_size": r.choice([None, 1, 7, 33]), "window_size": r.choice([1, 2, 8, 256]), "max_position_embeddings": r.choice([48, 200]),
        "activation_function": r.choice(["gelu_new", "gelu", "relu"]), "layer_norm_epsilon": r.choice([1e-5, 0.1]),
        "tie_word_embeddings": r.random() < 0.7, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "resid_dropout": 0.1,
    }
    if r.random() < 0.3:
        key, value = r.choice(UNUSUAL)
        config[key] = value
    return config


def biogpt(r):
    """BioGPT's is OPT's under the usual names."""
    config = opt(r)
    for own, usual in [("ffn_dim", "intermediate_size"), ("activation_function", "hidden_act")]:
        config[usual] = config.pop(own)
    return config | {"model_type": "biogpt", "scale_embedding": r.random() < 0.7, "layer_norm_eps": 0.1}


def random_configuration(r, family):
    """A `config.json`, which transformers or we may refuse."""
    if family in ("gpt2", "gptj", "gpt_bigcode", "codegen"):
        return gpt2(r, family)
    others = {"falcon": falcon, "opt": opt, "bloom": bloom, "mpt": mpt, "gpt_neo": gpt_neo, "biogpt": biogpt}
    if family in others:
        return others[family](r)
    layers, groups = r.choice([1, 2, 3, 5]), r.choice([1, 2, 3])
    heads, size = groups * r.choice([1, 2, 3]), r.choice([2, 4, 6, 10, 16])
    if family in PARTIAL and family != "phi3":
        size = r.choice([8, 16])  # a quarter of it is turned unless the configuration says otherwise
    config = {
        "model_type": family, "vocab_size": r.choice([29, 61, 97]), "num_hidden_layers": layers, "num_attention_heads": heads,
        "num_key_value_heads": groups, "hidden_size": heads * size, "intermediate_size": r.choice([1, 7, 33]),
        "rms_norm_eps": r.choice([1e-6, 1e-3, 0.1]), "max_position_embeddings": r.choice([5, 16, 30, 4096]), "bos_token_id": 1,
        "eos_token_id": 2, "pad_token_id": 0, "tie_word_embeddings": r.random() < 0.5,
    }
    if groups == heads and family not in ("gemma", *GEMMA2, "mistral", "exaone4", "stablelm", "starcoder2", "glm4", "helium", "cwm", "ministral3", "internlm3", "iquestcoder"):
        config["num_key_value_heads"] = None
    if family in ("glm", "glm4", "nemotron"):
        config["head_dim"] = size
    elif family == "helium":
        config["head_dim"] = size
    elif family in ("qwen3", "gemma", *GEMMA2, "seed_oss", "ministral", "ernie4_5", "cwm", "ministral3", "internlm3", "iquestcoder") or (
            family not in ("stablelm", "gpt_neox", "phi", "persimmon") and r.random() < 0.3):
        config["head_dim"] = size = r.choice([2, 4, 6, 12, 20])
        config["hidden_size"] = heads * r.choice([3, 5, 8])
    for key in ("attention_bias", "mlp_bias"):
        if r.random() < 0.3:
            config[key] = True
    types = [r.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
    if family not in ("llama", "granite", "olmo", "olmo2", "gemma", "stablelm", "seed_oss", "gpt_neox", "phi", "cohere", "glm", "glm4",
                      "helium", "ernie4_5", "hunyuan_v1_dense", "nemotron", "arcee", "apertus", "internlm3", "iquestcoder", "hyperclovax", "jais2", "persimmon", "nanochat",
                      "granitemoehybrid"):
        config["sliding_window"] = r.choice([1, 2, 8])
        if family in ("qwen2", "qwen3", "smollm3"):
            config |= {"use_sliding_window": r.random() < 0.8, "max_window_layers": r.randrange(layers + 1)}
        if family not in ("mistral", "phi3", "starcoder2") and r.random() < 0.5:
            config["layer_types"] = types
    if family in GEMMA2:
        config |= {"query_pre_attn_scalar": r.choice([4, 24]), "final_logit_softcapping": r.choice([None, 2.0])}
        if family != "gemma3_text":
            config["attn_logit_softcapping"] = r.choice([None, 1.0])
        elif r.random() < 0.5:
            config["sliding_window_pattern"] = r.choice([1, 2, 3])
    if family == "smollm3":
        config["no_rope_layers"] = [r.randrange(2) for _ in range(layers)] if r.random() < 0.5 else None
    if family == "exaone4":
        config["sliding_window_pattern"] = r.choice([1, 2, 3, "LLG"])
        if r.random() < 0.3:
            config |= {"sliding_window": None, "layer_types": ["full_attention"] * layers}
    if family in ("gpt_neox", "phi", "cohere", "cohere2", "persimmon"):
        config["layer_norm_eps"] = config["rms_norm_eps"]
    if family == "gpt_neox":
        config["use_parallel_residual"] = r.random() < 0.6
    if family in ("cohere", "cohere2"):
        config["logit_scale"] = r.choice([0.0625, 0.7])
    if family in ("starcoder2", "ernie4_5"):
        config["use_bias"] = r.random() < 0.5
    if family == "hunyuan_v1_dense" and r.random() < 0.3:
        config["rope_scaling"] = {"type": "dynamic", "alpha": r.choice([2.0, 1000.0]), "factor": 1.0, "beta_fast": 32}
    if family == "olmo":
        config["clip_qkv"] = r.choice([None, 0.2, 1.5])
    if family == "stablelm":
        config |= {"layer_norm_eps": config["rms_norm_eps"], "use_qkv_bias": r.random() < 0.5}
    if family == "internlm3" and r.random() < 0.8:
        biases = r.random() < 0.5
        config |= r.choice([{"attention_bias": biases, "mlp_bias": biases}, {"qkv_bias": biases, "bias": biases}])
        if "bias" in config:
            config.pop("attention_bias", None), config.pop("mlp_bias", None)
    if family == "jais2":
        config["layer_norm_eps"] = config.pop("rms_norm_eps")
    if family in ("cwm", "ministral3"):
        config.pop("attention_bias", None)
    if family == "ministral3":
        config |= {"sliding_window": r.choice([None, 2, 8])}
        config.pop("layer_types", None)
        if r.random() < 0.9:
            made = {**scaling(r, "yarn", size // 2), "rope_type": "yarn", "rope_theta": r.choice([50.0, 1e6]),
                    "original_max_position_embeddings": r.choice([3, 8, 20]), "llama_4_scaling_beta": r.choice([0.1, 0.7])}
            return config | {r.choice(["rope_scaling", "rope_parameters"]): made}
        return config
    if family == "hyperclovax":
        config["use_post_norm"] = r.random() < 0.6
        if r.random() < 0.3:
            config["attention_multiplier"] = None
    if family == "granitemoehybrid":
        kinds = [r.choice([["attention"], ["full_attention"], ["full_attention", "attention"]]), ["mamba", "full_attention"]]
        config |= {
            "shared_intermediate_size": config["intermediate_size"], "intermediate_size": 5, "num_local_experts": 0 if r.random() < 0.95 else 2,
            r.choice(["layer_types", "layers_block_type"]): [r.choice(kinds[r.random() < 0.05]) for _ in range(layers)],
            "mamba_n_heads": 1, "mamba_d_head": 2 * config["hidden_size"],
        } | r.choice([{}, {"position_embedding_type": None}, {"position_embedding_type": "rope"}, {"position_embedding_type": "nope"}])
    if family in ("granite", "granitemoehybrid", "hyperclovax") and "attention_multiplier" not in config:
        for key in ("embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling"):
            config[key] = round(r.uniform(0.2, 3), 2)
    if "rope_scaling" not in config:
        rotation(r, config, size)
    if r.random() < 0.3:
        key, value = r.choice(UNUSUAL)
        config[key] = value
    return config


def build(config, directory):
    """Writes the configuration and random weights as they stand; returns a function that makes transformers' model anew."""
    import torch
    import transformers
    from safetensors.torch import save_file

    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config))

    def read():
        parsed = transformers.AutoConfig.from_pretrained(directory)
        return transformers.AutoModelForCausalLM.from_config(parsed, attn_implementation=tool.attention(parsed), dtype=torch.float32).eval()

    model = read()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.normal_(std=1.5 / parameter.shape[1] ** 0.5)
            else:
                parameter.add_(0.3 * torch.randn_like(parameter))
    weights = model.state_dict()
    if model.config.tie_word_embeddings:
        for head in ("lm_head.weight", "output_projection.weight"):
            weights.pop(head, None)
    if config["model_type"] == "gpt_neox" and "lm_head.weight" in weights:
        weights["embed_out.weight"] = weights.pop("lm_head.weight")  # as transformers saves it
    save_file({name: weight.contiguous() for name, weight in weights.items()}, directory / "model.safetensors")

    def fresh():
        # Some rotations keep the angles of the longest text so far.
        made = read()
        made.load_state_dict(model.state_dict())
        return made

    return fresh
