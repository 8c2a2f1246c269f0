"""Makes Tests/Fixtures/TensorFile: what the reference tools write and read, for the codecs to be compared with.

    python Tests/Fixtures/Scripts/make_tensor_files.py        # gguf 0.19.0, safetensors 0.8, numpy 2, torch 2.13.0

- blocks.safetensors: for each block type random bytes (`Q4_K.bytes`) and what gguf.quants makes of them (`Q4_K.values`);
  for Q8_0 also numbers (`Q8_0.source`) and the bytes gguf.quants stores them as (`Q8_0.encoded`).
- metadata.gguf: an entry of each metadata type, nested lists, an alignment of 64, tensors of several types.
- tiny-llama.gguf: Tests/Fixtures/TinyLlama as a llama.cpp model: query and key rows reordered, its tokenizer in the metadata.
- tiny-llama.sharded/: the same model in two safetensors shards with an index.

The seed is fixed; the same versions give the same bytes.
"""

import json
import pathlib

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Q
from safetensors.numpy import save_file
from safetensors.torch import load_file
from safetensors.torch import save_file as save_torch

FIXTURES = pathlib.Path(__file__).parent.parent
OUT = FIXTURES / "TensorFile"
TINY = FIXTURES / "TinyLlama"
KINDS = [Q.Q4_0, Q.Q4_1, Q.Q5_0, Q.Q5_1, Q.Q8_0, Q.Q2_K, Q.Q3_K, Q.Q4_K, Q.Q5_K, Q.Q6_K]
# Where a block's binary16 scales lie; the rest is any bytes.
SCALES = {
    Q.Q4_0: [0], Q.Q4_1: [0, 2], Q.Q5_0: [0], Q.Q5_1: [0, 2], Q.Q8_0: [0], Q.Q2_K: [80, 82], Q.Q3_K: [108],
    Q.Q4_K: [0, 2], Q.Q5_K: [0, 2], Q.Q6_K: [208],
}


def make_blocks(rng: np.random.Generator) -> None:
    tensors = {}
    for kind in KINDS:
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = 3 if elements == 256 else 8
        data = rng.integers(0, 256, (blocks, size), dtype=np.uint8)
        for offset in SCALES[kind]:
            scale = rng.normal(0, 0.1, blocks).astype(np.float16)
            data[:, offset : offset + 2] = scale.view(np.uint8).reshape(blocks, 2)
        tensors[f"{kind.name}.bytes"] = data
        tensors[f"{kind.name}.values"] = gguf.quants.dequantize(data, kind).astype(np.float32)
    source = rng.normal(0, 3, (16, 32)).astype(np.float32)
    source[0] = 0
    source[1] = np.arange(-16, 16) / 2  # ties
    source[2] *= 1e-6  # a subnormal scale
    tensors["Q8_0.source"] = source
    tensors["Q8_0.encoded"] = gguf.quants.quantize(source, Q.Q8_0)
    tensors["BF16.encoded"] = gguf.quants.quantize(source, Q.BF16).view(np.uint8)
    tensors["F16.encoded"] = source.astype(np.float16).view(np.uint8)
    save_file(tensors, OUT / "blocks.safetensors", metadata={"made_by": "gguf.quants"})


def make_metadata(rng: np.random.Generator) -> None:
    writer = gguf.GGUFWriter(OUT / "metadata.gguf", "test")
    writer.add_custom_alignment(64)
    writer.add_uint8("a.uint8", 200)
    writer.add_int8("a.int8", -100)
    writer.add_uint16("a.uint16", 60000)
    writer.add_int16("a.int16", -30000)
    writer.add_uint32("a.uint32", 4000000000)
    writer.add_int32("a.int32", -2000000000)
    writer.add_uint64("a.uint64", 2**63 + 1)
    writer.add_int64("a.int64", -(2**62))
    writer.add_float32("a.float32", 0.1)
    writer.add_float64("a.float64", 0.1)
    writer.add_bool("a.bool", True)
    writer.add_string("a.string", "größe 🤖")
    writer.add_array("list.string", ["a", "", "ü"])
    writer.add_array("list.int32", [1, -2, 3])
    writer.add_array("list.float32", [0.5, -0.25])
    writer.add_array("list.bool", [True, False])
    writer.add_array("list.list", [[1, 2], [3]])
    writer.add_tensor("f32", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.add_tensor("f16", np.arange(4, dtype=np.float16))
    writer.add_tensor("i32", np.arange(3, dtype=np.int32))
    rows = rng.normal(0, 1, (2, 64)).astype(np.float32)
    writer.add_tensor("q8_0", gguf.quants.quantize(rows, Q.Q8_0), raw_dtype=Q.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_tiny_llama() -> None:
    """Interleaves the halves of each head of query and key, as llama.cpp's converter documents it."""
    config = json.loads((TINY / "config.json").read_text())
    tokenizer = json.loads((TINY / "tokenizer.json").read_text())
    weights = load_file(TINY / "model.safetensors")
    writer = gguf.GGUFWriter(OUT / "tiny-llama.gguf", "llama")
    writer.add_name("TinyLlama fixture")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    tokens = [None] * config["vocab_size"]
    for text, index in tokenizer["model"]["vocab"].items():
        tokens[index] = text
    control = {t["id"] for t in tokenizer["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if i in control else 1 for i in range(len(tokens))])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template((TINY / "chat_template.jinja").read_text())
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    for name, tensor in weights.items():
        heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}.get(name.split(".")[-2])
        if heads:
            rows, columns = tensor.shape
            tensor = tensor.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if tensor.dim() == 1:
            writer.add_tensor(target, tensor.float().numpy())
        else:
            raw = tensor.contiguous().view(torch.int16).numpy().view(np.uint8)
            writer.add_tensor(target, raw, raw_dtype=Q.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_sharded() -> None:
    folder = OUT / "tiny-llama.sharded"
    folder.mkdir(exist_ok=True)
    weights = load_file(TINY / "model.safetensors")
    names = sorted(weights)
    parts = [names[: len(names) // 2], names[len(names) // 2 :]]
    index = {"metadata": {"total_size": sum(t.numel() * 2 for t in weights.values())}, "weight_map": {}}
    for number, part in enumerate(parts, 1):
        file = f"model-{number:05}-of-{len(parts):05}.safetensors"
        save_torch({name: weights[name] for name in part}, folder / file, metadata={"format": "pt"})
        index["weight_map"] |= {name: file for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    (folder / "config.json").write_text((TINY / "config.json").read_text())


def main() -> None:
    OUT.mkdir(exist_ok=True)
    rng = np.random.default_rng(20261124)
    make_blocks(rng)
    make_metadata(rng)
    make_tiny_llama()
    make_sharded()
    for file in sorted(OUT.rglob("*")):
        if file.is_file():
            print(file.relative_to(OUT), file.stat().st_size)


if __name__ == "__main__":
    main()
