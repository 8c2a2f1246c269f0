"""The tool under test, and one small training run that all of these tests look at."""

import functools
import json
import os
import pathlib
import subprocess
import tempfile

import numpy

PACKAGE = pathlib.Path(__file__).resolve().parents[2]
TINY = PACKAGE / "Tests/Fixtures/TinyLlama"
SMOLLM2 = os.environ.get("MLOPS_TEST_MODEL") or None
IDS = [1, 97, 45, 12, 260, 31, 280, 299, 2, 7, 150, 33]
ROWS = [
    ("What does the gate do?", "It compares the tuned model with the base."),
    ("What does train do?", "It trains an adapter and writes a run."),
    ("Where is the adapter?", "In the run's model folder."),
    ("What is a run?", "A folder with everything a training made."),
]


def run(*arguments, check=True):
    """Runs `mlops` and returns the finished process."""
    command = [os.environ["MLOPS_BINARY"], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def logits(model, ids=IDS, adapter=None):
    """The last position's logits and the mean negative log-likelihood, by `mlops inspect logits`."""
    extra = ["--adapter", adapter] if adapter else []
    answer = json.loads(run("inspect", "logits", "--model", model, *extra, "--ids", ",".join(map(str, ids)), "--json").stdout)
    return numpy.array(answer["last_logits"]), answer["nll"]


def reference_logits(model, ids=IDS):
    """The same of a transformers (or PEFT) model in f32."""
    import torch

    tokens = torch.tensor([ids])
    with torch.no_grad():
        output = model(input_ids=tokens, labels=tokens)
    return output.logits[0, -1].double().numpy(), float(output.loss)


def attention(config):
    """Computed as the papers write it; but there transformers adds what Falcon's scores gain with positions twice."""
    return "sdpa" if getattr(config, "model_type", "") == "falcon" and config.alibi else "eager"


def load(directory, **options):
    """A transformers model in f32."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    kind = attention(AutoConfig.from_pretrained(directory, **options))
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation=kind, **options).eval()


def distance(ours, theirs):
    """The largest difference, relative to the largest reference logit."""
    return float(numpy.abs(ours - theirs).max() / numpy.abs(theirs).max())


@functools.cache
def work():
    """A folder that lives as long as the tests."""
    folder = tempfile.TemporaryDirectory(prefix="mlops-interop-")
    work.keep = folder
    return pathlib.Path(folder.name)


@functools.cache
def trained():
    """The directory of a run: 12 steps on four rows with the tiny model, so that every B has left zero."""
    data = work() / "rows.jsonl"
    data.write_text("".join(json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in ROWS))
    config = work() / "configs"
    config.mkdir(exist_ok=True)
    (config / "tiny.yaml").write_text(
        f"model_name: {TINY}\ndataset_path: {data}\noutput_dir: {work() / 'runs'}\n"
        "max_steps: 12\nbatch_size: 2\nlr: 0.02\nlora_r: 4\nlora_alpha: 8\nlora_dropout: 0.0\n"
        "lr_scheduler_type: constant\nlogging_steps: 1\ntest_size: 0\neval:\n  enabled: false\n"
    )
    run("train", "--config-dir", config, "--config-name", "tiny")
    return (work() / "runs" / "latest").resolve()


@functools.cache
def merged():
    """The run's adapter merged into its base model, as a Hugging Face directory in f32."""
    output = work() / "merged"
    run("merge", "--model", TINY, "--adapter", trained() / "model", "--output", output, "--dtype", "f32")
    return output


@functools.cache
def gguf(quant):
    """The merged model as a GGUF file of type `quant`."""
    output = work() / f"tiny-{quant}.gguf"
    run("gguf", "--model", TINY, "--adapter", trained() / "model", "--quant", quant, "--output", output)
    return output
