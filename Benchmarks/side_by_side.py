"""Trains the same rows with `mlops train` and with transformers' Trainer + PEFT, one after the other, and prints both.

    python Benchmarks/side_by_side.py --model DIR --data rows.jsonl [--steps 50] [--batch 8] [--rank 16] [--rounds 2] [--precision bf16] [--checkpointing] [--method lora|dora|full]

DIR is a Hugging Face directory; rows are {"prompt", "completion"}. Both sides in f32 or both in bf16 (the other side: weights
in bf16, adapters in f32 as PEFT makes them, autocast), all seven projections, the rows in the file's order, a constant rate of 2e-4, dropout 0.05, two threads.
`--method full` trains all weights at a rate of 2e-5: in f32 on both sides, with products in bf16 under `--precision bf16`. Each side is a process of its own, so that its peak
memory is its own; rounds alternate, so that a busy neighbour hits both, and the machine's load is printed beside them. The
first steps are not counted. At the end: the medians of both sides, and their ratio.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

WARM_UP = 5
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--checkpointing", action="store_true", help="gradient checkpointing on both sides")
    parser.add_argument("--method", choices=["lora", "dora", "full"], default="lora")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mlops", default=".build/release/mlops")
    parser.add_argument("--side", choices=["peft", "mlops"], help=argparse.SUPPRESS)
    return parser.parse_args()


def rate_of(method):
    return 2e-5 if method == "full" else 2e-4


def tokenized(path, tokenizer, count):
    """The rows through the model's chat template, learned at the answer and its end-of-turn token alone."""
    rows = []
    for line in pathlib.Path(path).read_text().splitlines()[:count]:
        row = json.loads(line)
        question = [{"role": "user", "content": row["prompt"]}]
        prompt = tokenizer.apply_chat_template(question, add_generation_prompt=True, tokenize=False)
        start = tokenizer.encode(prompt, add_special_tokens=False)
        answer = tokenizer.encode(row["completion"] + tokenizer.eos_token, add_special_tokens=False)
        rows.append({
            "input_ids": start + answer, "attention_mask": [1] * (len(start) + len(answer)),
            "labels": [-100] * len(start) + answer,
        })
    return rows


def peft_side(o):
    """One run of the other side; prints {tokens, seconds, losses} of the steps after the warm-up."""
    import time

    import torch
    from peft import LoraConfig, get_peft_model
    from torch.utils.data import SequentialSampler
    from transformers import AutoModelForCausalLM, AutoTokenizer, DataCollatorForSeq2Seq, Trainer, TrainerCallback, TrainingArguments

    torch.set_num_threads(o.threads)
    torch.manual_seed(42)
    tokenizer = AutoTokenizer.from_pretrained(o.model)
    rows = tokenized(o.data, tokenizer, o.steps * o.batch)
    in_halves = o.precision == "bf16" and o.method != "full"
    model = AutoModelForCausalLM.from_pretrained(o.model, dtype=torch.bfloat16 if in_halves else torch.float32)
    model.config.use_cache = False
    if o.method != "full":
        model = get_peft_model(model, LoraConfig(
            r=o.rank, lora_alpha=2 * o.rank, lora_dropout=0.05, target_modules=PROJECTIONS, task_type="CAUSAL_LM",
            use_dora=o.method == "dora"))
    seconds, losses = [], []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.started = time.perf_counter()

        def on_step_end(self, *_, **__):
            seconds.append(time.perf_counter() - self.started)

        def on_log(self, *_, logs=None, **__):
            if logs and "loss" in logs:
                losses.append(logs["loss"])

    class InOrder(Trainer):
        def _get_train_sampler(self, *_):
            return SequentialSampler(self.train_dataset)

    with tempfile.TemporaryDirectory() as output:
        InOrder(
            model=model, train_dataset=rows, data_collator=DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=-100),
            callbacks=[Clock()],
            args=TrainingArguments(
                output_dir=output, per_device_train_batch_size=o.batch, max_steps=o.steps, learning_rate=rate_of(o.method),
                lr_scheduler_type="constant", weight_decay=0.0, max_grad_norm=1.0, logging_steps=1, save_strategy="no",
                bf16=o.precision == "bf16", gradient_checkpointing=o.checkpointing,
                gradient_checkpointing_kwargs={"use_reentrant": False} if o.checkpointing else None,
                report_to=[], disable_tqdm=True, use_cpu=True, remove_unused_columns=False, dataloader_pin_memory=False,
            ),
        ).train()
    tokens = [sum(len(row["input_ids"]) for row in rows[i * o.batch:(i + 1) * o.batch]) for i in range(o.steps)]
    print(json.dumps({"tokens": tokens, "seconds": seconds, "losses": losses}))


def training(o, folder, steps):
    """The command that trains `steps` batches of the rows, whose configuration and runs are in the folder."""
    folder = pathlib.Path(folder)
    data = folder / "rows.jsonl"
    data.write_text("\n".join(pathlib.Path(o.data).read_text().splitlines()[: steps * o.batch]) + "\n")
    (folder / "bench.yaml").write_text(
        f"model_name: {pathlib.Path(o.model).resolve()}\ndataset_path: {data}\noutput_dir: {folder}/runs\n"
        f"max_steps: {steps}\nbatch_size: {o.batch}\nlora_r: {o.rank}\nlora_alpha: {2 * o.rank}\nlora_dropout: 0.05\n"
        f"method: {'full' if o.method == 'full' else 'lora'}\nuse_dora: {str(o.method == 'dora').lower()}\n"
        f"lr: {rate_of(o.method):.1e}\nlr_scheduler_type: constant\nwarmup_ratio: 0.0\nweight_decay: 0.0\n"
        f"max_grad_norm: 1.0\nshuffle: false\ntest_size: 0\nprecision: {o.precision}\n"
        f"gradient_checkpointing: {str(o.checkpointing).lower()}\nlogging_steps: 1\nmax_length: 1024\n"
        "eval:\n  enabled: false\n"
    )
    return [o.mlops, "train", "--quiet", "--config-dir", str(folder), "--config-name", "bench"]


def mlops_side(o):
    """One run of ours, read from its journal."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(training(o, folder, o.steps), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        journal = (pathlib.Path(folder) / "runs" / "latest" / "events.jsonl").read_text().splitlines()
        steps = [event for event in map(json.loads, journal) if event["event"] == "step"]
    print(json.dumps({key: [step[name] for step in steps] for key, name in [("tokens", "tokens"), ("seconds", "seconds"), ("losses", "loss")]}))


def measured(o, side):
    """Runs one side in a process of its own; returns tokens a second, peak memory in MiB, first and last losses."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(o.threads), "OPENBLAS_NUM_THREADS": str(o.threads), "TOKENIZERS_PARALLELISM": "false"}
    child = subprocess.Popen([sys.executable, "-W", "ignore", __file__, *sys.argv[1:], "--side", side], stdout=subprocess.PIPE, env=environment)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{side} failed")
    figures = json.loads(output.splitlines()[-1])
    rate = sum(figures["tokens"][WARM_UP:]) / sum(figures["seconds"][WARM_UP:])
    losses = figures["losses"]
    # Of our side the child is this script, and the tool is its child: the larger of both is the tool's.
    return rate, usage.ru_maxrss / 1024, losses[0], statistics.mean(losses[-10:])


def main():
    o = options()
    if o.side:
        {"peft": peft_side, "mlops": mlops_side}[o.side](o)
        if o.side == "mlops":
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"peak {peak:.0f} MiB", file=sys.stderr)
        return
    print("| round | side | tokens/s | peak memory, MiB | first loss | mean of the last 10 losses | load |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    rates, peaks = {"peft": [], "mlops": []}, {"peft": [], "mlops": []}
    for number in range(1, o.rounds + 1):
        for side in ["peft", "mlops"]:
            rate, peak, first, last = measured(o, side)
            rates[side].append(rate)
            peaks[side].append(peak)
            load = os.getloadavg()[0]
            print(f"| {number} | {side} | {rate:.0f} | {peak:.0f} | {first:.4f} | {last:.4f} | {load:.1f} |", flush=True)
    median = {side: statistics.median(values) for side, values in rates.items()}
    print(f"medians: peft {median['peft']:.0f}, mlops {median['mlops']:.0f} tokens/s; ratio {median['mlops'] / median['peft']:.2f}")
    print(f"memory: {max(peaks['mlops']) / max(peaks['peft']):.2f} of peft's")


if __name__ == "__main__":
    main()
