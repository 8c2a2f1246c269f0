"""Makes Tests/Fixtures/TinyLlama: a whole base model in under 100 KB, for tests and examples that must run offline in seconds.

A random two-layer Llama (grouped-query attention, tied head, bf16) with a byte-level BPE tokenizer and a ChatML template,
written by the tools whose layout we read:

    python Tests/Fixtures/make_tiny_llama.py        # transformers 5.23.0, tokenizers 0.23, torch 2.13.0

The seed is fixed; the same versions give the same bytes.
"""

import json
import pathlib

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).parent / "TinyLlama"
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# A few sentences to learn the 41 merges from.
TEXT = [
    "The adapter is trained on the answers alone, and the base model stays as it lies on disk.",
    "What does the gate do? It compares the tuned model with the base model on the same rows.",
    "system user assistant: how are you? I am well, thank you, and you?",
    "The train command reads the configuration, the data and the model, then writes a run.",
]


def make_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in CONTROL],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def main() -> None:
    HERE.mkdir(exist_ok=True)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=make_tokenizer(),
        bos_token="<|im_start|>", eos_token="<|im_end|>", unk_token="<|endoftext|>", pad_token="<|im_end|>",
        clean_up_tokenization_spaces=False, model_max_length=256,
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(HERE)

    torch.manual_seed(20261123)
    config = LlamaConfig(
        vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, initializer_range=0.15, tie_word_embeddings=True,
        rms_norm_eps=1e-5, rope_theta=10000.0, bos_token_id=1, eos_token_id=2, pad_token_id=2, dtype="bfloat16",
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, pad_token_id=2)
    model.save_pretrained(HERE)

    sizes = {file.name: file.stat().st_size for file in sorted(HERE.iterdir())}
    print(json.dumps(sizes, indent=1), sum(sizes.values()))


if __name__ == "__main__":
    main()
