"""Makes Tests/Fixtures/Training: what torch, transformers and PEFT compute, for the tests of MLOpsTraining.

    python Tests/Fixtures/Scripts/make_training.py        # torch 2.13.0, transformers 5.23.0, peft 0.21.2

- optimization.json: updates by torch.optim.AdamW after clip_grad_norm_, and the rates of transformers' schedules;
- sampling.json: the probabilities that transformers' logits processors leave, for some logits and settings;
- rope.json: frequencies and amplitudes of every kind of rotary embedding, by transformers' modeling_rope_utils;
- adapter/, adapter.json: an adapter of TinyLlama as PEFT writes it, in f16, and the logits of some tokens under it.
"""

import json
import pathlib

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, LlamaConfig, get_scheduler
from transformers.generation.logits_process import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

FIXTURES = pathlib.Path(__file__).parent.parent
OUT = FIXTURES / "Training"


def write(name: str, content: dict) -> None:
    (OUT / name).write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")


def updates(weight_decay: float, clip: float, scale: float) -> dict:
    torch.manual_seed(1)
    count = 37
    parameter = torch.nn.Parameter(torch.randn(count))
    initial = parameter.tolist()
    optimizer = torch.optim.AdamW([parameter], lr=1.0, weight_decay=weight_decay)
    steps = []
    for i in range(5):
        gradient = torch.randn(count) * scale
        rate = 0.02 / (i + 1)
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_([parameter], clip)
        clipped = parameter.grad.tolist()
        optimizer.step()
        steps.append({
            "gradient": gradient.tolist(), "rate": rate, "norm": norm.item(), "clipped": clipped,
            "parameters": parameter.tolist(),
        })
    return {"weight_decay": weight_decay, "clip": clip, "initial": initial, "steps": steps}


# Every schedule of transformers that is a function of the step, with what it takes; `min_lr_ratio` is a key of ours.
SCHEDULES = [
    ("constant_with_warmup", {}), ("cosine_with_restarts", {}), ("cosine_with_restarts", {"num_cycles": 3}),
    ("cosine_with_restarts", {"num_cycles": 2.5}), ("cosine", {"num_cycles": 1.75}), ("cosine_with_min_lr", {"min_lr": 1e-5}),
    ("cosine_with_min_lr", {"min_lr_rate": 0.3}), ("cosine_with_min_lr", {"min_lr_rate": 0.0, "num_cycles": 0.8}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1}), ("cosine_warmup_with_min_lr", {"min_lr": 2e-5, "warmup_lr_rate": 0.2}),
    ("polynomial", {}), ("polynomial", {"power": 2.0}), ("polynomial", {"power": 0.5, "lr_end": 1e-4}),
    ("polynomial", {"power": 0, "lr_end": 0.0}), ("inverse_sqrt", {}), ("inverse_sqrt", {"timescale": 5}),
    ("warmup_stable_decay", {"num_decay_steps": 6}), ("warmup_stable_decay", {"num_decay_steps": 0}),
    ("warmup_stable_decay", {"num_decay_steps": 9, "num_stable_steps": 4, "decay_type": "linear", "min_lr_ratio": 0.1}),
    ("warmup_stable_decay", {"num_decay_steps": 30, "warmup_type": "cosine", "decay_type": "1-sqrt"}),
    ("warmup_stable_decay", {"num_decay_steps": 8, "warmup_type": "1-sqrt", "num_cycles": 1.3, "min_lr_ratio": 0.25}),
]


def schedule(name: str, warmup: int, total: int, settings: dict = {}) -> dict:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=3e-4)
    scheduler = get_scheduler(
        name, optimizer, num_warmup_steps=warmup, num_training_steps=total, scheduler_specific_kwargs=settings or None)
    rates = []
    for _ in range(total):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return {"name": name, "peak": 3e-4, "warmup": warmup, "total": total, "settings": settings, "rates": rates}


def sampling() -> list:
    torch.manual_seed(2)
    cases = []
    logits = [torch.randn(40) * 3, torch.randn(40) * 0.2, torch.tensor([1.0, 5.0, 5.0, 5.0, -2.0, 4.5])]
    settings = [(1.0, 0, 1.0), (0.7, 0, 1.0), (2.0, 5, 1.0), (1.0, 2, 1.0), (1.0, 0, 0.9), (0.5, 0, 0.3), (1.3, 10, 0.8),
                (1.0, 1, 1.0), (1.0, 0, 0.001), (1.0, 1000, 0.5)]
    for scores in logits:
        for temperature, k, p in settings:
            if p < 1 and len(scores.unique()) < len(scores):
                continue  # which of equal ones top-p leaves is the sorting's accident
            x = scores[None].clone()
            if temperature != 1:
                x = TemperatureLogitsWarper(temperature)(None, x)
            if k > 0:
                x = TopKLogitsWarper(k)(None, x)
            if p < 1:
                x = TopPLogitsWarper(p)(None, x)
            cases.append({
                "logits": scores.tolist(), "temperature": temperature, "top_k": k, "top_p": p,
                "probabilities": torch.softmax(x[0].double(), -1).tolist(),
            })
    return cases


def rope() -> list:
    kinds = [
        {"rope_type": "linear", "factor": 2.5},
        {"rope_type": "dynamic", "factor": 2.0},
        {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
        {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64},
        {"rope_type": "yarn", "factor": 16.0, "original_max_position_embeddings": 32, "beta_fast": 16.0, "beta_slow": 2.0},
        {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "attention_factor": 0.7},
    ]
    cases = []
    for kind in kinds:
        config = {
            "model_type": "llama", "hidden_size": 64, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 4,
            "num_key_value_heads": 2, "vocab_size": 10, "max_position_embeddings": 128,
            "rope_parameters": {"rope_theta": 500.0, **kind},
        }
        for length in [10, 500]:
            frequencies, amplitude = ROPE_INIT_FUNCTIONS[kind["rope_type"]](LlamaConfig(**config), "cpu", seq_len=length)
            cases.append({"config": config, "length": length, "frequencies": frequencies.tolist(), "amplitude": float(amplitude)})
    return cases


def adapter() -> dict:
    torch.manual_seed(3)
    base = AutoModelForCausalLM.from_pretrained(FIXTURES / "TinyLlama", dtype=torch.float32)
    model = get_peft_model(base, LoraConfig(
        r=3, lora_alpha=7, lora_dropout=0.1, target_modules=["q_proj", "o_proj", "down_proj"], task_type="CAUSAL_LM"))
    for name, weight in model.named_parameters():
        if "lora_" in name:
            weight.data = torch.randn_like(weight).mul(0.1).half().float()
    model.peft_config["default"].base_model_name_or_path = "example/tiny-llama"
    ids = [1, 17, 250, 3, 3, 99, 42]
    with torch.no_grad():
        logits = model.eval()(torch.tensor([ids])).logits[0, -1].tolist()
    model.half().save_pretrained(OUT / "adapter")
    (OUT / "adapter" / "README.md").unlink(missing_ok=True)
    return {"ids": ids, "logits": logits}


def main() -> None:
    OUT.mkdir(exist_ok=True)
    write("optimization.json", {
        "updates": [updates(0.0, 1e9, 1.0), updates(0.1, 1.0, 1.0), updates(0.01, 1.0, 1e-4)],
        "schedules": [schedule(name, warmup, 25) for name in ["constant", "linear", "cosine"] for warmup in [0, 1, 7]]
        + [schedule(name, warmup, 25, settings) for name, settings in SCHEDULES for warmup in [0, 1, 7]],
    })
    write("sampling.json", {"cases": sampling()})
    write("rope.json", {"cases": rope()})
    write("adapter.json", adapter())
    for file in sorted(OUT.rglob("*")):
        if file.is_file():
            print(file.relative_to(OUT), file.stat().st_size)


if __name__ == "__main__":
    main()
