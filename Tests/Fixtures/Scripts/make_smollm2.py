"""Makes Tests/Fixtures/Training/smollm2.json: what transformers computes with the very GGUF file the tests use.

    python Tests/Fixtures/Scripts/make_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf   # transformers 5.23.0, torch 2.13.0, float32

For each prompt the ids, the 20 largest logits after it, and the greedy continuation of at most 24 tokens.
"""

import json
import pathlib
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

file = pathlib.Path(sys.argv[1])
where = {"gguf_file": file.name}
tokenizer = AutoTokenizer.from_pretrained(file.parent, **where)
model = AutoModelForCausalLM.from_pretrained(
    file.parent, dtype=torch.float32, attn_implementation="eager", **where).eval()
PROMPTS = [
    ("text", "The capital of France is"),
    ("text", "def fibonacci(n):\n    "),
    ("text", "Whales are mammals because they breathe air, are warm-blooded, and feed their young with"),
    ("chat", "What is the capital of France?"),
    ("chat", "Name three primary colors."),
]
cases = []
for kind, prompt in PROMPTS:
    if kind == "chat":
        messages = [{"role": "user", "content": prompt}]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)["input_ids"]
    else:
        ids = tokenizer(prompt)["input_ids"]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -1]
        answer = model.generate(
            torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
            max_new_tokens=24, eos_token_id=2, pad_token_id=2)[0][len(ids):].tolist()
    top = logits.topk(20)
    cases.append({
        "kind": kind, "prompt": prompt, "ids": ids, "greedy": [i for i in answer if i != 2],
        "top": [[i, round(v, 5)] for i, v in zip(top.indices.tolist(), top.values.tolist())],
    })
output = pathlib.Path(__file__).parent.parent / "Training" / "smollm2.json"
versions = {"transformers": transformers.__version__, "torch": torch.__version__}
output.write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")
print(output.stat().st_size, [tokenizer.decode(c["greedy"]) for c in cases])
