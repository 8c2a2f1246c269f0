"""Makes Tests/Fixtures/Publish: an adapter of TinyLlama as PEFT writes it, and what PEFT merges it to.

    python Tests/Fixtures/Scripts/make_publish.py        # peft 0.21.2, transformers 5.23.0, torch 2.13.0

Rank-stabilised scale, a rank and an alpha of its own for some modules; two of the merged weights, in f32.
"""

import pathlib

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

FIXTURES = pathlib.Path(__file__).parent.parent
OUT = FIXTURES / "Publish"


def main() -> None:
    torch.manual_seed(20261124)
    base = AutoModelForCausalLM.from_pretrained(FIXTURES / "TinyLlama", dtype=torch.float32)
    model = get_peft_model(
        base,
        LoraConfig(
            r=4, lora_alpha=8, use_rslora=True, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM",
            rank_pattern={"down_proj": 2}, alpha_pattern={"layers.1.self_attn.v_proj": 3},
        ),
    )
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    model.peft_config["default"].base_model_name_or_path = "example/tiny-llama"
    model.save_pretrained(OUT / "adapter")
    (OUT / "adapter" / "README.md").unlink(missing_ok=True)
    merged = model.merge_and_unload().state_dict()
    names = ["model.layers.0.mlp.down_proj.weight", "model.layers.1.self_attn.v_proj.weight", "model.layers.1.self_attn.q_proj.weight"]
    save_file({name: merged[name].clone() for name in names}, OUT / "merged.safetensors")
    for file in sorted(OUT.rglob("*")):
        if file.is_file():
            print(file.relative_to(OUT), file.stat().st_size)


if __name__ == "__main__":
    main()
