"""Training runs by torch, transformers and PEFT on tiny random models: what the methods' tests compare with.

    python Tests/Interop/methods.py OUT [VARIANT ...]      # torch 2.13.0, transformers 5.23.0, peft 0.21.2
    python Tests/Interop/methods.py Tests/Fixtures/Methods tiny_dora tiny_pissa tiny_full tiny_saved tiny_gpt2

A case is a folder: `model`, `init_adapter` (unless the start comes from the configuration), `rows.jsonl`, `expect.json` with our
configuration keys and, for each step, loss, gradient norm and rate, and `final_adapter` or `final_model`.
"""

import copy
import json
import math
import pathlib
import shutil
import sys

import masks
import tool
import torch
from peft import LoraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from transformers import (
    ApertusConfig, ArceeConfig, AutoConfig, AutoModelForCausalLM, Cohere2Config, CohereConfig, Ernie4_5Config, Exaone4Config, Gemma2Config,
    Gemma3TextConfig, GemmaConfig, Glm4Config, GlmConfig, GPT2Config, GPTNeoXConfig, GraniteConfig, HeliumConfig, HunYuanDenseV1Config, LlamaConfig,
    MinistralConfig, MistralConfig, NemotronConfig, Olmo2Config, Olmo3Config, OlmoConfig, Phi3Config, PhiConfig, Qwen2Config, Qwen3Config, SeedOssConfig, SmolLM3Config,
    StableLmConfig, Starcoder2Config, VaultGemmaConfig, get_scheduler)
from transformers.trainer_pt_utils import LabelSmoother, get_parameter_names

FUSED = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
UNGATED = ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
NAMES = {
    "phi3": FUSED, "gptneox": ["query_key_value", "attention.dense", "dense_h_to_4h", "dense_4h_to_h"],
    "phi": ["q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"], "starcoder2": ["q_proj", "k_proj", "v_proj", "o_proj", "c_fc", "c_proj"],
    "glm": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_up_proj", "down_proj"], "nemotron": UNGATED, "arcee": UNGATED, "apertus": UNGATED,
    "gpt2": ["c_attn", "attn.c_proj", "c_fc", "mlp.c_proj"], "glm4": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_up_proj", "down_proj"],
    "falcon": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"], "bloom": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"],
    "opt": ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"], "gptj": ["q_proj", "k_proj", "v_proj", "out_proj", "fc_in", "fc_out"],
    "gptbigcode": ["c_attn", "attn.c_proj", "c_fc", "mlp.c_proj"], "mpt": ["Wqkv", "out_proj", "up_proj", "down_proj"], "jais2": UNGATED,
    "gptneo": ["q_proj", "k_proj", "v_proj", "out_proj", "c_fc", "c_proj"], "codegen": ["qkv_proj", "out_proj", "fc_in", "fc_out"],
    "biogpt": ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"], "persimmon": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"],
    "nanochat": ["q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2"],
    "granitehybrid": ["q_proj", "k_proj", "v_proj", "o_proj", "input_linear", "output_linear"],
}
# What the parts of a layer are called, and layers, where that is not `self_attn`, `mlp` and `layers`; embeddings and norms.
PARTS = {
    "gptneox": ("attention", "mlp", "layers"), "gpt2": ("attn", "mlp", "h"), "gptj": ("attn", "mlp", "h"), "gptbigcode": ("attn", "mlp", "h"),
    "mpt": ("attn", "ffn", "blocks"), "falcon": ("self_attention", "mlp", "h"), "bloom": ("self_attention", "mlp", "h"),
    "opt": ("self_attn", "", "layers"), "biogpt": ("self_attn", "", "layers"), "codegen": ("attn", "mlp", "h"),
    "gptneo": ("attn.attention", "mlp", "h"), "granitehybrid": ("self_attn", "shared_mlp", "layers"),
}
EMBEDDINGS = {
    "gpt2": "wte", "gptj": "wte", "gptbigcode": "wte", "mpt": "wte", "gptneox": "embed_in", "falcon": "word_embeddings", "bloom": "word_embeddings",
    "gptneo": "wte", "codegen": "wte",
}
NORMS = {
    "gpt2": ["ln_1", "ln_f"], "gptj": ["ln_1", "ln_f"], "gptbigcode": ["ln_2", "ln_f"], "falcon": ["ln_f"], "olmo": [],
    "bloom": ["word_embeddings_layernorm", "input_layernorm", "ln_f"], "mpt": ["norm_1", "norm_f"], "opt": ["self_attn_layer_norm", "final_layer_norm"],
    "gptneo": ["ln_2", "ln_f"], "codegen": ["ln_1", "ln_f"], "biogpt": ["self_attn_layer_norm", "biogpt.layer_norm"],
    "persimmon": ["q_layernorm", "final_layernorm"], "nanochat": [],
}
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "dense", "query_key_value", "attention.dense", "c_attn", "out_proj", "Wqkv"]
LENGTH = 24


def where(kind: str, name: str) -> str:
    """The path of a linear layer within its decoder layer."""
    if "." in name:
        return name
    attention, mlp, _ = PARTS.get(kind.split("_")[0], ("self_attn", "mlp", "layers"))
    return ".".join(part for part in (attention if name in ATTENTION else mlp, name) if part)


def layers(kind: str) -> str:
    """What the layers are called."""
    return PARTS.get(kind.split("_")[0], ("", "", "layers"))[2]


def head(kind: str) -> str:
    """What the head is called."""
    return "output_projection" if kind.startswith("biogpt") else "lm_head"


def root(kind: str) -> str:
    """What the paths of layers begin with."""
    family = kind.split("_")[0]
    return {"gptneox": "gpt_neox", "opt": "model.decoder", "biogpt": "biogpt"}.get(family) or ("model" if layers(kind) == "layers" else "transformer")


# What differs from the defaults below: model, PEFT's options, our keys, and the loop's.
VARIANTS = {
    "plain": {},
    "rank_pattern": {"peft": {"rank_pattern": {"down_proj": 9, "layers.0.self_attn.q_proj": 2, r".*\.v_proj": 20}}},
    "alpha_pattern": {"peft": {"rank_pattern": {"k_proj": 3}, "alpha_pattern": {"k_proj": 5, "gate_proj": 1.5}}},
    "patterns_rslora": {"peft": {"rank_pattern": {"up_proj": 17}, "alpha_pattern": {"o_proj": 3}, "use_rslora": True}},
    "some_layers": {"peft": {"layers_to_transform": [0, 2]}},
    "layers_pattern": {"peft": {"layers_to_transform": [1], "layers_pattern": ["layers"]}},
    "exclude": {"peft": {"exclude_modules": ["v_proj", "layers.1.mlp.up_proj"]}},
    "pissa_exclude": {"peft": {"init_lora_weights": "pissa", "exclude_modules": ["v_proj", "layers.1.mlp.up_proj"]}, "computed": True},
    "loraplus": {"keys": {"loraplus_lr_ratio": 8.0}},
    "loraplus_decay": {"keys": {"loraplus_lr_ratio": 16.0, "weight_decay": 0.1}},
    "cosine_min": {"keys": {"lr_scheduler_type": "cosine", "min_lr_ratio": 0.2, "warmup_steps": 2}},
    "linear_min": {"keys": {"lr_scheduler_type": "linear", "min_lr_ratio": 0.1, "warmup_steps": 3}},
    "dora": {"peft": {"use_dora": True}},
    "dora_qv": {"peft": {"use_dora": True, "target_modules": ["q_proj", "v_proj"]}},
    "dora_down": {"peft": {"use_dora": True, "target_modules": ["down_proj", "o_proj"], "r": 16}},
    "dora_rslora": {"peft": {"use_dora": True, "use_rslora": True, "r": 3}},
    "dora_patterns": {"peft": {"use_dora": True, "rank_pattern": {"v_proj": 18}, "layers_to_transform": [0, 1]}},
    "dora_qwen2": {"model": "qwen2", "peft": {"use_dora": True}},
    "dora_qwen2_tied": {"model": "qwen2_tied", "peft": {"use_dora": True, "target_modules": ["k_proj", "up_proj"]}},
    "dora_bias": {"model": "llama_bias", "peft": {"use_dora": True}},
    "dora_loraplus": {"peft": {"use_dora": True}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.05}},
    "dora_accum": {"peft": {"use_dora": True}, "keys": {"gradient_accumulation_steps": 3, "batch_size": 2}},
    "dora_new": {"peft": {"use_dora": True}, "fresh": True},
    "dropout": {"keys": {"lora_dropout": 0.3, "gradient_accumulation_steps": 2, "batch_size": 2}},
    "dora_dropout": {"peft": {"use_dora": True}, "keys": {"lora_dropout": 0.25}},
    "dora_dropout_bias": {"model": "llama_bias", "peft": {"use_dora": True, "use_rslora": True}, "keys": {"lora_dropout": 0.5, "gradient_accumulation_steps": 2}},
    "gaussian": {"peft": {"init_lora_weights": "gaussian"}},
    "random": {"peft": {"init_lora_weights": False}},
    "pissa": {"peft": {"init_lora_weights": "pissa"}, "computed": True},
    "pissa_rslora": {"peft": {"init_lora_weights": "pissa", "use_rslora": True, "target_modules": ["q_proj", "down_proj"]}, "computed": True},
    "pissa_patterns": {"peft": {"init_lora_weights": "pissa", "rank_pattern": {"k_proj": 7}, "alpha_pattern": {"k_proj": 3}}, "computed": True},
    "pissa_qwen2": {"model": "qwen2", "peft": {"init_lora_weights": "pissa"}, "computed": True},
    "pissa_dora": {"peft": {"init_lora_weights": "pissa", "use_dora": True}, "computed": True},
    "olora": {"peft": {"init_lora_weights": "olora"}, "computed": True},
    "olora_qwen2": {"model": "qwen2", "peft": {"init_lora_weights": "olora", "target_modules": ["k_proj", "gate_proj", "down_proj"]}, "computed": True},
    "pissa_saved": {"peft": {"init_lora_weights": "pissa"}},
    "all_linear": {"peft": {"target_modules": "all-linear"}},
    "all_linear_phi3": {"model": "phi3", "peft": {"target_modules": "all-linear", "exclude_modules": ["o_proj"]}, "fresh": True},
    "expression": {"peft": {"target_modules": r".*\.(0|2)\.(self_attn|mlp)\.(q|v|up)_proj"}},
    "expressions": {"peft": {"target_modules": r"model\.layers\.\d+\..*_proj", "exclude_modules": r".*layers\.1\..*|.*down_proj"}},
    "pissa_expression": {"peft": {"init_lora_weights": "pissa", "target_modules": r".*self_attn\.[qk]_proj"}, "computed": True},
    "saved_both": {"peft": {"modules_to_save": ["embed_tokens", "lm_head"]}, "keys": {"gradient_accumulation_steps": 2, "batch_size": 2}},
    "saved_head": {"peft": {"modules_to_save": ["lm_head"], "use_dora": True}, "keys": {"weight_decay": 0.1}},
    "saved_embedding": {"model": "olmo2_nopad", "peft": {"modules_to_save": ["embed_tokens"]}, "keys": {"lora_dropout": 0.2}},
    "saved_padding": {"model": "llama_padding", "peft": {"modules_to_save": ["model.embed_tokens"]}, "fresh": True},
    "saved_embedding_tied": {"model": "llama_tied", "peft": {"modules_to_save": ["embed_tokens"]}},
    "saved_head_tied": {"model": "granite_tied", "peft": {"modules_to_save": ["lm_head"]}, "fresh": True},
    "saved_both_tied": {"model": "qwen3_tied", "peft": {"modules_to_save": ["embed_tokens", "lm_head"]}, "keys": {"loraplus_lr_ratio": 4.0}},
    "saved_kept_tied": {"model": "gemma2_tied", "peft": {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True}, "keys": {"weight_decay": 0.1}},
    "saved_cohere_tied": {"model": "cohere_tied", "peft": {"modules_to_save": ["lm_head"], "ensure_weight_tying": True}, "keys": {"label_smoothing_factor": 0.2}},
    "pissa_and_saved": {"model": "qwen2_tied", "peft": {"init_lora_weights": "pissa", "modules_to_save": ["lm_head"]}, "computed": True},
    "saved_norms": {"peft": {"modules_to_save": ["norm"]}, "keys": {"weight_decay": 0.1, "gradient_accumulation_steps": 2, "batch_size": 2}},
    "saved_some_norms": {"model": "qwen3_tied", "peft": {"modules_to_save": ["input_layernorm", "q_norm", "model.norm"]}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    "saved_norms_and_embedding": {"model": "gemma3_tied", "peft": {"modules_to_save": ["norm", "embed_tokens"], "ensure_weight_tying": True}},
    "saved_norms_gptneox": {"model": "gptneox", "peft": {"target_modules": ["query_key_value", "dense"], "modules_to_save": ["norm", "lm_head", "embed_in"]}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    "saved_gpt2_tied": {"model": "gpt2_tied", "peft": {"target_modules": ["c_attn"], "modules_to_save": ["ln_1", "ln_f", "wpe", "wte"]}, "keys": {"weight_decay": 0.1}},
    "saved_phi_tied": {"model": "phi_tied", "peft": {"target_modules": ["q_proj", "fc1"], "modules_to_save": ["norm", "lm_head"]}, "keys": {"weight_decay": 0.1}},
    "saved_norms_cohere": {"model": "cohere_tied", "peft": {"modules_to_save": ["norm"], "use_dora": True}, "keys": {"loraplus_lr_ratio": 3.0, "weight_decay": 0.2}},
    "saved_linear": {"model": "qwen2", "peft": {"target_modules": ["q_proj", "o_proj"], "modules_to_save": ["k_proj", "down_proj"]}, "keys": {"weight_decay": 0.1}},
    "bias_all": {"model": "qwen2", "peft": {"bias": "all"}, "keys": {"weight_decay": 0.1}},
    "bias_adapted": {"model": "llama_bias", "peft": {"bias": "lora_only", "target_modules": ["q_proj", "down_proj"]}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    "bias_dora": {"model": "llama_bias", "peft": {"bias": "all", "use_dora": True, "target_modules": ["q_proj", "down_proj"]}},
    "bias_gptneox": {"model": "gptneox", "peft": {"bias": "all", "target_modules": "all-linear"}, "keys": {"weight_decay": 0.1}},
    "bias_phi": {"model": "phi", "peft": {"bias": "all", "target_modules": ["q_proj", "fc1"]}},
    "bias_gpt2": {"model": "gpt2", "peft": {"bias": "lora_only", "target_modules": ["c_attn", "c_fc"]}},
    "bias_nowhere": {"peft": {"bias": "all"}},
    "bias_and_norms": {"model": "qwen2", "peft": {"bias": "all", "modules_to_save": ["norm", "embed_tokens"]}},
    "pissa_and_bias": {"model": "qwen2", "peft": {"init_lora_weights": "pissa", "bias": "all"}, "computed": True},
    "saved_targeted": {"model": "qwen2", "peft": {"modules_to_save": ["k_proj", "layers.1.mlp.up_proj"]}, "keys": {"weight_decay": 0.1}},
    "saved_targeted_all": {"peft": {"target_modules": "all-linear", "modules_to_save": ["down_proj", "norm"]}, "keys": {"lr": 1e-4}},
    "saved_mlp": {"model": "llama_bias", "peft": {"modules_to_save": ["mlp"]}, "keys": {"weight_decay": 0.1}},
    "saved_attention": {"model": "qwen3_tied", "peft": {"modules_to_save": ["0.self_attn", "lm_head"]}, "keys": {"lora_dropout": 0.2}},
    "lorabias": {"model": "llama_bias", "peft": {"lora_bias": True}, "keys": {"weight_decay": 0.1}},
    "lorabias_nowhere": {"peft": {"lora_bias": True, "use_rslora": True, "rank_pattern": {"down_proj": 9}}},
    "lorabias_random": {"model": "qwen2", "peft": {"lora_bias": True, "init_lora_weights": False, "target_modules": ["q_proj", "v_proj"]}},
    "lorabias_fresh": {"model": "qwen2", "peft": {"lora_bias": True, "bias": "all", "target_modules": ["q_proj", "k_proj", "v_proj"]}, "fresh": True, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    "lorabias_dropout": {"model": "phi", "peft": {"lora_bias": True, "target_modules": "all-linear"}, "keys": {"lora_dropout": 0.3, "gradient_accumulation_steps": 2, "batch_size": 2}},
    "lorabias_gpt2": {"model": "gpt2", "peft": {"lora_bias": True, "target_modules": ["c_attn", "c_fc"]}},
    "tokens": {"peft": {"trainable_token_indices": [7, 3, 150, 90]}, "keys": {"weight_decay": 0.1}},
    "tokens_tied": {"model": "llama_tied", "peft": {"trainable_token_indices": list(range(2, 60)), "use_dora": True}, "keys": {"gradient_accumulation_steps": 2, "batch_size": 2}},
    "tokens_named": {"model": "qwen2_tied", "peft": {"trainable_token_indices": {"model.embed_tokens": [2, 5, 9], "lm_head": [2, 5, 9]}, "ensure_weight_tying": True}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    "tokens_apart": {"model": "granite_tied", "peft": {"trainable_token_indices": {"embed_tokens": list(range(90)), "lm_head": [159, 2]}}},
    "tokens_head": {"model": "olmo2", "peft": {"trainable_token_indices": {"lm_head": [5, 2]}, "lora_bias": True}},
    "tokens_head_tied": {"model": "cohere_tied", "peft": {"trainable_token_indices": {"lm_head": [5, 2]}}},
    "tokens_both": {"model": "mistral", "peft": {"trainable_token_indices": {"lm_head": [5, 2], "embed_tokens": [1, 2, 3]}}},
    "tokens_scaled": {"model": "gemma3_tied", "peft": {"trainable_token_indices": list(range(0, 160, 3))}, "fresh": True},
    "tokens_padding": {"model": "llama_padding_tied", "peft": {"trainable_token_indices": [1, 2, 3, 4]}},
    "tokens_gpt2": {"model": "gpt2_tied", "peft": {"target_modules": ["c_attn"], "trainable_token_indices": [1, 2, 30, 31]}},
    "tokens_gptneox": {"model": "gptneox", "peft": {"target_modules": ["query_key_value"], "trainable_token_indices": {"embed_in": [1, 2, 30], "lm_head": [9]}}},
    "tokens_capped": {"model": "gemma2_tied", "peft": {"trainable_token_indices": list(range(10, 50)), "modules_to_save": ["norm"]}, "keys": {"label_smoothing_factor": 0.2}},
    "tokens_and_head": {"model": "qwen3", "peft": {"trainable_token_indices": list(range(100)), "modules_to_save": ["lm_head"]}},
    "tokens_dropout": {"model": "phi3", "peft": {"target_modules": FUSED, "trainable_token_indices": list(range(100))}, "keys": {"lora_dropout": 0.2}},
    "pissa_and_tokens": {"model": "qwen2_tied", "peft": {"init_lora_weights": "pissa", "trainable_token_indices": [2, 9, 8]}, "computed": True},
    "smoothing": {"keys": {"label_smoothing_factor": 0.1, "gradient_accumulation_steps": 2, "batch_size": 2}},
    "full_smoothing": {"method": "full", "model": "gemma2_tied", "keys": {"label_smoothing_factor": 0.3}},
    "constant_warmup": {"keys": {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 3}},
    "constant_no_warmup": {"keys": {"warmup_steps": 3}},
    "full_padding_family": {"method": "full", "model": "olmo2_nopad"},
    "full_padding_negative": {"method": "full", "model": "llama_negative"},
    "full": {"method": "full"},
    "full_tied": {"method": "full", "model": "llama_tied"},
    "full_qwen2": {"method": "full", "model": "qwen2"},
    "full_qwen2_tied": {"method": "full", "model": "qwen2_tied", "keys": {"gradient_accumulation_steps": 2, "batch_size": 2}},
    "full_bias": {"method": "full", "model": "llama_bias", "keys": {"weight_decay": 0.1, "lr_scheduler_type": "linear", "warmup_steps": 3}},
    "dora_qwen3": {"model": "qwen3", "peft": {"use_dora": True}},
    "dora_gemma2": {"model": "gemma2", "peft": {"use_dora": True, "r": 5}, "keys": {"lora_dropout": 0.2}},
    "dora_phi3": {"model": "phi3", "peft": {"use_dora": True, "target_modules": FUSED, "rank_pattern": {"gate_up_proj": 6}}},
    "dora_olmo2": {"model": "olmo2", "peft": {"use_dora": True, "target_modules": ["v_proj", "down_proj"]}},
    "loraplus_qwen3": {"model": "qwen3_tied", "peft": {"rank_pattern": {"o_proj": 9}}, "keys": {"loraplus_lr_ratio": 4.0}},
    "pissa_qwen3": {"model": "qwen3", "peft": {"init_lora_weights": "pissa"}, "computed": True},
    "olora_phi3": {"model": "phi3", "peft": {"init_lora_weights": "olora", "target_modules": FUSED}, "computed": True},
    "full_qwen3": {"method": "full", "model": "qwen3"},
    "full_qwen3_tied": {"method": "full", "model": "qwen3_tied", "keys": {"weight_decay": 0.05}},
    "full_gemma2": {"method": "full", "model": "gemma2_tied"},
    "full_gemma3": {"method": "full", "model": "gemma3_tied"},
    "full_phi3": {"method": "full", "model": "phi3"},
    "full_granite": {"method": "full", "model": "granite_tied"},
    "full_olmo2": {"method": "full", "model": "olmo2"},
    "tiny_dora": {"model": "qwen2", "size": "tiny", "peft": {"use_dora": True, "r": 3, "rank_pattern": {"down_proj": 5}, "layers_to_transform": [1]}, "keys": {"gradient_accumulation_steps": 2, "batch_size": 2, "loraplus_lr_ratio": 4.0}},
    "tiny_saved": {"model": "llama_tied", "size": "tiny", "peft": {"r": 2, "target_modules": ["v_proj", "up_proj"], "modules_to_save": ["embed_tokens", "lm_head"]}, "keys": {"gradient_accumulation_steps": 2, "batch_size": 2, "weight_decay": 0.1}},
    "tiny_gpt2": {"method": "full", "model": "gpt2_tied", "size": "tiny", "keys": {"gradient_accumulation_steps": 2, "batch_size": 2, "weight_decay": 0.1}},
    "tiny_pissa": {"size": "tiny", "peft": {"init_lora_weights": "pissa", "r": 3}, "computed": True, "keys": {"lr_scheduler_type": "cosine", "min_lr_ratio": 0.2}},
    "tiny_full": {"method": "full", "model": "qwen2_tied", "size": "tiny", "keys": {"weight_decay": 0.1, "warmup_steps": 2, "lr_scheduler_type": "linear"}},
    "polynomial": {"keys": {"lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": {"power": 2.5, "lr_end": 1e-5}, "warmup_steps": 2}},
    "inverse": {"keys": {"lr_scheduler_type": "inverse_sqrt", "warmup_steps": 3}},
    "stable": {"keys": {"lr_scheduler_type": "warmup_stable_decay", "lr_scheduler_kwargs": {"num_decay_steps": 4, "decay_type": "1-sqrt"}, "warmup_steps": 2}},
    "full_padding": {"method": "full", "model": "llama_padding"},
    "full_padding_tied": {"method": "full", "model": "llama_padding_tied"},
    "full_olmo": {"method": "full", "model": "olmo"},
    "full_stablelm": {"method": "full", "model": "stablelm", "keys": {"weight_decay": 0.2}},
    "full_exaone4": {"method": "full", "model": "exaone4_tied"},
    "full_gptneox": {"method": "full", "model": "gptneox", "keys": {"weight_decay": 0.1}},
    "full_gptneox_tied": {"method": "full", "model": "gptneox_serial_tied"},
    "full_gpt2": {"method": "full", "model": "gpt2_tied", "keys": {"weight_decay": 0.1}},
    "dora_gpt2": {"model": "gpt2", "peft": {"use_dora": True, "target_modules": "all-linear"}},
    "pissa_gpt2": {"model": "gpt2_tied", "peft": {"init_lora_weights": "pissa", "target_modules": ["c_attn", "c_fc"]}, "computed": True},
    "some_layers_gpt2": {"model": "gpt2", "peft": {"target_modules": ["c_proj"], "layers_to_transform": [0, 2], "layers_pattern": ["h"]}},
    "full_phi": {"method": "full", "model": "phi", "keys": {"weight_decay": 0.1}},
    "full_phi_tied": {"method": "full", "model": "phi_tied"},
    "full_starcoder2": {"method": "full", "model": "starcoder2_tied"},
    "full_cohere": {"method": "full", "model": "cohere_tied"},
    "full_cohere2": {"method": "full", "model": "cohere2"},
    "full_glm": {"method": "full", "model": "glm"},
    "full_glm4": {"method": "full", "model": "glm4"},
    "full_granitehybrid": {"method": "full", "model": "granitehybrid_tied", "keys": {"weight_decay": 0.1}},
    "dora_granitehybrid": {"model": "granitehybrid_free", "peft": {"use_dora": True, "target_modules": NAMES["granitehybrid"]}},
    "pissa_granitehybrid": {"model": "granitehybrid", "peft": {"init_lora_weights": "pissa", "target_modules": ["input_linear", "v_proj"]},
                            "computed": True},
    "full_ernie": {"method": "full", "model": "ernie_tied"},
    "full_hunyuan": {"method": "full", "model": "hunyuan"},
    "full_nemotron": {"method": "full", "model": "nemotron"},
    "full_arcee": {"method": "full", "model": "arcee"},
    "full_apertus": {"method": "full", "model": "apertus", "keys": {"weight_decay": 0.1}},
    "dora_apertus": {"model": "apertus", "peft": {"use_dora": True, "target_modules": "all-linear"}},
    "dora_gptneox": {"model": "gptneox", "peft": {"use_dora": True, "target_modules": "all-linear"}, "keys": {"lora_dropout": 0.2}},
    "dora_phi": {"model": "phi", "peft": {"use_dora": True, "target_modules": NAMES["phi"]}},
    "dora_glm4": {"model": "glm4", "peft": {"use_dora": True, "target_modules": NAMES["glm"], "rank_pattern": {"gate_up_proj": 6}}},
    "pissa_starcoder2": {"model": "starcoder2", "peft": {"init_lora_weights": "pissa", "target_modules": NAMES["starcoder2"]}, "computed": True},
    "dropout_hunyuan": {"model": "hunyuan", "keys": {"lora_dropout": 0.3, "gradient_accumulation_steps": 2, "batch_size": 2}},
    "full_falcon": {"method": "full", "model": "falcon", "keys": {"weight_decay": 0.1}},
    "full_falcon_two_norms": {"method": "full", "model": "falcon_new_tied"},
    "full_falcon_alibi": {"method": "full", "model": "falcon_alibi"},
    "full_opt": {"method": "full", "model": "opt_tied", "keys": {"weight_decay": 0.1}},
    "full_gptj": {"method": "full", "model": "gptj", "keys": {"weight_decay": 0.1}},
    "full_gptbigcode": {"method": "full", "model": "gptbigcode_tied"},
    "full_gptbigcode_heads": {"method": "full", "model": "gptbigcode_heads"},
    "full_bloom": {"method": "full", "model": "bloom_tied", "keys": {"weight_decay": 0.1, "gradient_accumulation_steps": 2, "batch_size": 2}},
    "full_mpt": {"method": "full", "model": "mpt_tied", "keys": {"weight_decay": 0.1}},
    "full_cwm": {"method": "full", "model": "cwm"},
    "full_hyperclovax": {"method": "full", "model": "hyperclovax_tied", "keys": {"weight_decay": 0.1, "lr": 3e-4}},
    "full_jais2": {"method": "full", "model": "jais2"},
    "full_ministral3": {"method": "full", "model": "ministral3"},
    "dora_falcon": {"model": "falcon_new", "peft": {"use_dora": True, "target_modules": "all-linear"}, "keys": {"lora_dropout": 0.2}},
    "dora_bloom": {"model": "bloom", "peft": {"use_dora": True, "target_modules": NAMES["bloom"], "rank_pattern": {"dense": 6}}},
    "pissa_opt": {"model": "opt", "peft": {"init_lora_weights": "pissa", "target_modules": NAMES["opt"]}, "computed": True},
    "saved_bloom": {"model": "bloom_tied", "peft": {"target_modules": ["query_key_value"], "modules_to_save": ["word_embeddings_layernorm", "word_embeddings", "ln_f"]}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    "saved_mpt": {"model": "mpt", "peft": {"target_modules": ["Wqkv", "down_proj"], "modules_to_save": ["norm_1", "up_proj"]}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    # PEFT keeps the two one where it knows a name; its file then names the embedding alone.
    "saved_kept_mpt": {"model": "mpt_tied", "peft": {"target_modules": ["Wqkv"], "modules_to_save": ["wte", "lm_head"], "ensure_weight_tying": True}},
    "bias_gptj": {"model": "gptj", "peft": {"bias": "all", "target_modules": ["q_proj", "fc_in"]}},
    "tokens_opt": {"model": "opt_tied", "peft": {"target_modules": ["q_proj", "fc2"], "trainable_token_indices": [1, 2, 30, 31]}},
    "tokens_bloom": {"model": "bloom_tied", "peft": {"target_modules": ["dense"], "trainable_token_indices": list(range(0, 160, 3)), "lora_bias": True}},
    "dropout_gptbigcode": {"model": "gptbigcode", "peft": {"target_modules": NAMES["gptbigcode"]}, "keys": {"lora_dropout": 0.3, "gradient_accumulation_steps": 2, "batch_size": 2}},
    "full_gptneo_tied": {"method": "full", "model": "gptneo_tied", "keys": {"weight_decay": 0.1}},
    "full_codegen": {"method": "full", "model": "codegen", "keys": {"weight_decay": 0.1}},
    "full_biogpt": {"method": "full", "model": "biogpt_tied", "keys": {"weight_decay": 0.1}},
    "full_nanochat": {"method": "full", "model": "nanochat", "keys": {"weight_decay": 0.1}},
    "dora_nanochat": {"model": "nanochat", "peft": {"use_dora": True, "target_modules": "all-linear"}, "keys": {"lora_dropout": 0.2}},
    "saved_nanochat": {"model": "nanochat_tied", "peft": {"target_modules": ["q_proj", "fc2"], "modules_to_save": ["embed_tokens", "fc1"]}},
    "full_persimmon": {"method": "full", "model": "persimmon", "keys": {"weight_decay": 0.1}},
    "dora_codegen": {"model": "codegen", "peft": {"use_dora": True, "target_modules": "all-linear"}, "keys": {"lora_dropout": 0.2}},
    "saved_persimmon": {"model": "persimmon", "peft": {"target_modules": ["query_key_value"], "modules_to_save": ["q_layernorm", "mlp"]}, "keys": {"loraplus_lr_ratio": 4.0, "weight_decay": 0.1}},
    "saved_gptneo": {"model": "gptneo_tied", "peft": {"target_modules": ["q_proj", "c_fc"], "modules_to_save": ["wpe", "ln_1", "out_proj"]}, "keys": {"weight_decay": 0.1}},
    "tokens_biogpt": {"model": "biogpt", "peft": {"target_modules": ["fc1"], "trainable_token_indices": {"embed_tokens": [1, 2], "output_projection": [5, 2]}}},
    "tied_biogpt": {"model": "biogpt_tied", "peft": {"target_modules": ["fc1"], "modules_to_save": ["embed_tokens"], "ensure_weight_tying": True}},
    "saved_biogpt": {"model": "biogpt", "peft": {"target_modules": ["v_proj"], "modules_to_save": ["embed_tokens", "output_projection"]}, "keys": {"weight_decay": 0.1}},
    "full_gelu": {"method": "full", "model": "llama_gelu"},
    "dora_stablelm": {"model": "stablelm", "peft": {"use_dora": True}, "keys": {"lora_dropout": 0.2}},
    "full_decay": {"method": "full", "model": "llama_tied", "keys": {"weight_decay": 0.1, "lr_scheduler_type": "cosine", "min_lr_ratio": 0.1}},
}

DEFAULTS = {
    "lora_dropout": 0.0, "shuffle": False, "precision": "f32", "epochs": 1, "max_steps": 10, "warmup_steps": 0, "weight_decay": 0.0,
    "lr_scheduler_type": "constant", "max_grad_norm": 1.0, "gradient_accumulation_steps": 1, "max_length": 64, "lr": 0.003,
    "batch_size": 4,
}


SIZES = {
    # Odd sizes, rows of some hundred tokens: panels, threads and their rests.
    "wide": dict(vocab_size=501, hidden_size=176, intermediate_size=301, num_hidden_layers=2, num_attention_heads=4),
    "small": dict(vocab_size=160, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4),
    "tiny": dict(vocab_size=48, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4),
}


def model(kind: str, size: str) -> torch.nn.Module:
    shape = dict(
        **SIZES[size], num_key_value_heads=2, max_position_embeddings=256, initializer_range=0.12, bos_token_id=1, eos_token_id=2,
        tie_word_embeddings=kind.endswith("tied"))
    windows = dict(sliding_window=8, query_pre_attn_scalar=10, head_dim=12, pad_token_id=0)
    families = {
        "qwen2": lambda: Qwen2Config(**shape, use_sliding_window=False),
        "qwen3": lambda: Qwen3Config(**shape, head_dim=16, use_sliding_window=False),
        "gemma2": lambda: Gemma2Config(**shape, **windows, attn_logit_softcapping=20.0, final_logit_softcapping=10.0),
        "gemma3": lambda: Gemma3TextConfig(**shape, **windows),
        "phi3": lambda: Phi3Config(**shape, pad_token_id=0),
        # Its default pads with the first token of every row.
        "olmo2": lambda: Olmo2Config(**shape, **({} if kind.endswith("nopad") else {"pad_token_id": 0})),
        "mistral": lambda: MistralConfig(**shape, sliding_window=6),
        "ministral": lambda: MinistralConfig(
            **shape, head_dim=12, sliding_window=6,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"][:shape["num_hidden_layers"]]),
        "gemma": lambda: GemmaConfig(**shape, head_dim=12, pad_token_id=0),
        "vaultgemma": lambda: VaultGemmaConfig(**shape, **windows, attn_logit_softcapping=20.0, final_logit_softcapping=10.0),
        "smollm3": lambda: SmolLM3Config(**shape, pad_token_id=0, no_rope_layer_interval=2),
        "olmo": lambda: OlmoConfig(**shape, pad_token_id=0, clip_qkv=0.5),
        "olmo3": lambda: Olmo3Config(**shape, pad_token_id=0, sliding_window=6),
        "exaone4": lambda: Exaone4Config(**shape, pad_token_id=0, sliding_window=6, sliding_window_pattern=2),
        "stablelm": lambda: StableLmConfig(**shape, use_qkv_bias=True, partial_rotary_factor=0.5),
        "gpt2": lambda: GPT2Config(
            vocab_size=shape["vocab_size"], n_embd=shape["hidden_size"], n_inner=shape["intermediate_size"], n_layer=shape["num_hidden_layers"],
            n_head=4, n_positions=256, initializer_range=0.12, bos_token_id=1, eos_token_id=2, tie_word_embeddings=kind.endswith("tied"),
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0),
        "gptneox": lambda: GPTNeoXConfig(
            **{key: value for key, value in shape.items() if key != "num_key_value_heads"}, rotary_pct=0.5,
            use_parallel_residual="serial" not in kind),
        "phi": lambda: PhiConfig(**shape, partial_rotary_factor=0.5),
        "starcoder2": lambda: Starcoder2Config(**shape, sliding_window=6),
        "cohere": lambda: CohereConfig(**shape, pad_token_id=0, logit_scale=0.5),
        "cohere2": lambda: Cohere2Config(**shape, pad_token_id=0, logit_scale=0.5, sliding_window=6, sliding_window_pattern=2),
        "glm": lambda: GlmConfig(**shape, pad_token_id=0, head_dim=12),
        "glm4": lambda: Glm4Config(**shape, pad_token_id=0, head_dim=12, partial_rotary_factor=0.34),
        "helium": lambda: HeliumConfig(**shape, pad_token_id=0, head_dim=shape["hidden_size"] // shape["num_attention_heads"]),
        "ernie": lambda: Ernie4_5Config(**shape, pad_token_id=0, head_dim=12, use_bias=True),
        "hunyuan": lambda: HunYuanDenseV1Config(**shape, pad_token_id=0, head_dim=12),
        "nemotron": lambda: NemotronConfig(**shape, pad_token_id=0, head_dim=12),
        "arcee": lambda: ArceeConfig(**shape, pad_token_id=0, mlp_bias=True),
        "apertus": lambda: ApertusConfig(**shape, pad_token_id=0),
        "seedoss": lambda: SeedOssConfig(**shape, head_dim=12, pad_token_id=0, attention_dropout=0.0, residual_dropout=0.0),
        "granite": lambda: GraniteConfig(
            **shape, pad_token_id=0, embedding_multiplier=3.0, residual_multiplier=0.5, attention_multiplier=0.2, logits_scaling=2.0),
    }
    family = kind.split("_")[0]
    few = {key: value for key, value in shape.items() if key != "num_key_value_heads"}
    plain = {"pad_token_id": 0, "head_dim": 12}
    others = {
        "falcon": {**few, "ffn_hidden_size": shape["intermediate_size"], "bias": "new" not in kind, **(
            {"new_decoder_architecture": True, "num_kv_heads": 2} if "new" in kind
            else {"alibi": True, "multi_query": False, "parallel_attn": False} if "alibi" in kind else {})},
        "opt": {**few, "ffn_dim": shape["intermediate_size"], "dropout": 0.0, "init_std": 0.12, "pad_token_id": 0},
        "gptj": {**few, "n_inner": shape["intermediate_size"], "rotary_dim": 4},
        "gptbigcode": {**few, "n_inner": shape["intermediate_size"], "multi_query": "heads" not in kind, "resid_pdrop": 0.0, "embd_pdrop": 0.0,
                       "attn_pdrop": 0.0},
        "gptneo": {**few, "attention_types": [[["local", "global"], 1], [["local"], shape["num_hidden_layers"] - 2]], "window_size": 6},
        "codegen": {**few, "n_inner": shape["intermediate_size"], "rotary_dim": 4},
        "biogpt": {**few, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "pad_token_id": 0}, "persimmon": {**few, "pad_token_id": 0},
        "nanochat": {**shape, **plain, "final_logit_softcapping": 3.0},
        "granitehybrid": {
            **shape, "shared_intermediate_size": shape["intermediate_size"], "num_local_experts": 0, "mamba_n_heads": 2, "attention_bias": True,
            "layer_types": ["full_attention"] * shape["num_hidden_layers"], "position_embedding_type": None if "free" in kind else "rope",
            "embedding_multiplier": 3.0, "residual_multiplier": 0.5, "attention_multiplier": 0.2, "logits_scaling": 2.0},
        "bloom": few, "mpt": {**few, "max_seq_len": 256},
        "internlm3": {**shape, **plain, "attention_bias": True, "mlp_bias": True}, "cwm": {**shape, **plain, "sliding_window": 6},
        "hyperclovax": {**shape, **plain, "embedding_multiplier": 3.0, "residual_multiplier": 0.5, "logits_scaling": 0.5},
        "jais2": {**shape, **plain}, "ministral3": {**shape, **plain, "rope_parameters": {
            "rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 8, "llama_4_scaling_beta": 0.5}},
    }
    if family in others:
        config = AutoConfig.for_model({"gptbigcode": "gpt_bigcode", "gptneo": "gpt_neo", "granitehybrid": "granitemoehybrid"}.get(family, family), **others[family])
    elif family in families:
        config = families[family]()
    else:
        config = LlamaConfig(
            # The first token of every row pads: torch does not train its embedding there.
            **shape, pad_token_id=1 - shape["vocab_size"] if "negative" in kind else 1 if "padding" in kind else 0, attention_bias=kind == "llama_bias", mlp_bias=kind == "llama_bias",
            hidden_act="gelu" if kind == "llama_gelu" else "silu")
    made = AutoModelForCausalLM.from_config(config, attn_implementation=tool.attention(config)).float()
    for name, weight in made.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(weight, std=0.1)
        if "norm" in name or ".ln_" in name or "act_fn" in name:
            weight.data += 0.1 * torch.randn_like(weight)
    return made


def rows(count: int, vocabulary: int, longest: int = LENGTH) -> list[dict]:
    made = []
    for _ in range(count):
        length = int(torch.randint(6, longest, ()))
        start = int(torch.randint(2, length - 2, ()))
        ids = [1] + torch.randint(3, vocabulary, (length - 2,)).tolist() + [2]
        made.append({"input_ids": ids, "labels": [-100] * start + ids[start:]})
    return made


def summed_loss(network, batch, before=lambda index, row: None, smoothing=0.0) -> tuple[torch.Tensor, int]:
    total, count = torch.zeros(()), 0
    for index, row in enumerate(batch):
        before(index, row)
        logits = network(input_ids=torch.tensor([row["input_ids"]])).logits[0, :-1]
        labels = torch.tensor(row["labels"][1:])
        learned = int((labels != -100).sum())
        if smoothing:
            given = {"logits": logits[None]}
            total = total + LabelSmoother(epsilon=smoothing)(given, labels[None]) * learned
        else:
            total = total + torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum")
        count += learned
    return total, count


def optimizer(network, keys) -> torch.optim.Optimizer:
    if keys.get("loraplus_lr_ratio"):
        return create_loraplus_optimizer(
            model=network, optimizer_cls=torch.optim.AdamW, lr=keys["lr"], loraplus_lr_ratio=keys["loraplus_lr_ratio"],
            loraplus_weight_decay=keys["weight_decay"], weight_decay=keys["weight_decay"])
    # As transformers' Trainer: norms and biases do not decay. An adapter has neither.
    vectors = [r"bias", r"layernorm", r"rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)"]
    decaying = set(get_parameter_names(network, [torch.nn.LayerNorm], vectors))
    trained = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    return torch.optim.AdamW([
        {"params": [p for name, p in trained if name in decaying], "weight_decay": keys["weight_decay"]},
        {"params": [p for name, p in trained if name not in decaying], "weight_decay": 0.0},
    ], lr=keys["lr"])


def schedule(optimizer, keys):
    name, warmup, total, least = keys["lr_scheduler_type"], keys["warmup_steps"], keys["max_steps"], keys.get("min_lr_ratio", 0.0)
    settings = dict(keys.get("lr_scheduler_kwargs") or {})
    if settings or name not in ("linear", "cosine"):
        if name == "warmup_stable_decay":
            settings["min_lr_ratio"] = least
        elif name.endswith("with_min_lr") and least:
            settings["min_lr_rate"] = least
        return get_scheduler(
            name, optimizer, num_warmup_steps=warmup, num_training_steps=total, scheduler_specific_kwargs=settings or None)
    if name == "cosine" and least:
        return get_scheduler(
            "cosine_with_min_lr", optimizer, num_warmup_steps=warmup, num_training_steps=total,
            scheduler_specific_kwargs={"min_lr_rate": least})
    if name == "linear" and least:
        def share(step):
            return step / warmup if step < warmup else (total - step) / (total - warmup) * (1 - least) + least
        return torch.optim.lr_scheduler.LambdaLR(optimizer, share)
    return get_scheduler(name, optimizer, num_warmup_steps=warmup, num_training_steps=total)


def train(network, data, keys) -> list[dict]:
    network.train()
    drop = masks.install(network, 42, keys["lora_dropout"]) if keys["lora_dropout"] else None
    update = optimizer(network, keys)
    rates = schedule(update, keys)
    trained = [p for p in network.parameters() if p.requires_grad]
    steps, at = [], 0
    for step in range(keys["max_steps"]):
        parts = []
        for _ in range(keys["gradient_accumulation_steps"]):
            parts.append(data[at:at + keys["batch_size"]])
            at += keys["batch_size"]
        sums = []
        for i, part in enumerate(parts):
            def before(index, row):
                if drop:
                    drop.begin(step, i * keys["batch_size"] + index, row["input_ids"], row["labels"])

            sums.append(summed_loss(network, part, before, keys.get("label_smoothing_factor", 0.0)))
        count = sum(n for _, n in sums)
        loss = sum(total for total, _ in sums) / count
        update.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, keys["max_grad_norm"])
        rate = rates.get_last_lr()[0]
        update.step()
        rates.step()
        steps.append({"step": step + 1, "loss": loss.item(), "grad_norm": norm.item(), "lr": rate, "supervised_tokens": count})
    return steps


def save(adapter, directory: pathlib.Path, **options) -> None:
    adapter.save_pretrained(directory, **options)
    (directory / "README.md").unlink(missing_ok=True)
    config = directory / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"base_model_name_or_path": None}, indent=1) + "\n")


def make(name: str, out: pathlib.Path) -> pathlib.Path:
    """Makes a case and returns its folder."""
    variant = VARIANTS[name]
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    size = variant.get("size", "small")
    base = model(variant.get("model", "llama"), size)
    stored = getattr(torch, variant.get("stored", "float32"))
    copy.deepcopy(base).to(stored).save_pretrained(folder / "model")
    for weight in base.parameters():  # buffers, such as frequencies, are not rounded
        weight.data = weight.data.to(stored).float()
    method = variant.get("method", "lora")
    keys = {"method": method, **DEFAULTS, **variant.get("keys", {})}
    data = rows(keys["max_steps"] * keys["batch_size"] * keys["gradient_accumulation_steps"], SIZES[size]["vocab_size"], keys["max_length"] if size == "wide" else LENGTH)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    network = base
    if method == "lora":
        options = {"r": 4, "lora_alpha": 8, "target_modules": ALL, **variant.get("peft", {})}
        for theirs, ours in [("r", "lora_r"), ("lora_alpha", "lora_alpha"), ("target_modules", "lora_target_modules")]:
            keys[ours] = options[theirs]
        keys.update({key: value for key, value in options.items() if key not in ["r", "lora_alpha", "target_modules"]})
        network = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", lora_dropout=keys["lora_dropout"], **options))
        if variant.get("computed"):
            save(network, folder / "initial")
        else:
            started = options.get("init_lora_weights") in ["pissa", False]
            for weight_name, weight in network.named_parameters():
                if "lora_B" in weight_name and not variant.get("fresh") and not started:
                    torch.nn.init.normal_(weight, std=0.05)
                if "magnitude" in weight_name and not variant.get("fresh"):
                    weight.data *= 1 + 0.1 * torch.randn_like(weight)
            save(network, folder / "init_adapter")
            if started:
                save(network, folder / "initial")
    steps = train(network, data, keys)
    if method == "full":
        network.save_pretrained(folder / "final_model")
    elif variant.get("peft", {}).get("init_lora_weights") in ["pissa", "olora"]:
        # DoRA's magnitudes, whole modules and biases are no part of that conversion: the effective weights are compared instead.
        if not any(options.get(key) for key in ("use_dora", "modules_to_save", "bias", "trainable_token_indices")):
            save(network, folder / "final_adapter", path_initial_model_for_weight_conversion=str(folder / "initial"))
        else:
            network.merge_and_unload().save_pretrained(folder / "final_merged")
    else:
        save(network, folder / "final_adapter")
    shutil.rmtree(folder / "initial", ignore_errors=True)
    (folder / "expect.json").write_text(json.dumps({"config": keys, "steps": steps}, indent=1) + "\n")
    return folder


if __name__ == "__main__":
    torch.set_num_threads(1)
    for wanted in sys.argv[2:] or VARIANTS:
        made = make(wanted, pathlib.Path(sys.argv[1]))
        last = json.loads((made / "expect.json").read_text())["steps"]
        assert all(math.isfinite(step["loss"]) for step in last)
        print(wanted, f"{last[0]['loss']:.4f} -> {last[-1]['loss']:.4f}")
