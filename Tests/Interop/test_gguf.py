"""gguf's reader and transformers read our GGUF files, and transformers computes what we compute."""

import unittest

import numpy
import tool


class GGUF(unittest.TestCase):
    def test_transformers_computes_our_logits(self):
        for quant in ["F32", "F16", "BF16", "Q8_0"]:
            with self.subTest(quant):
                file = tool.gguf(quant)
                ours, our_nll = tool.logits(file)
                theirs, their_nll = tool.reference_logits(tool.load(file.parent, gguf_file=file.name))
                self.assertLess(tool.distance(ours, theirs), 1e-3)
                self.assertAlmostEqual(our_nll, their_nll, delta=1e-3 * their_nll)

    def test_a_file_of_full_precision_is_the_merged_model(self):
        ours, _ = tool.logits(tool.gguf("F32"))
        theirs, _ = tool.reference_logits(tool.load(tool.merged()))
        self.assertLess(tool.distance(ours, theirs), 1e-3)

    def test_the_reader_accepts_every_type(self):
        from gguf import GGUFReader

        for quant in ["F32", "F16", "BF16", "Q8_0"]:
            with self.subTest(quant):
                reader = GGUFReader(tool.gguf(quant))
                kinds = {tensor.name: tensor.tensor_type.name for tensor in reader.tensors}
                self.assertEqual(kinds["blk.0.attn_q.weight"], quant)
                self.assertEqual(kinds["blk.0.attn_norm.weight"], "F32")
                field = reader.get_field("general.architecture")
                self.assertEqual(field.contents(), "llama")
                self.assertEqual(reader.get_field("llama.block_count").contents(), 2)
                template = (tool.TINY / "chat_template.jinja").read_text()
                self.assertEqual(reader.get_field("tokenizer.chat_template").contents(), template)

    def test_its_tensors_hold_the_merged_values(self):
        from gguf import GGUFReader, dequantize
        from safetensors.numpy import load_file

        merged = load_file(tool.merged() / "model.safetensors")
        names = {"blk.1.ffn_down.weight": "model.layers.1.mlp.down_proj.weight", "token_embd.weight": "model.embed_tokens.weight"}
        for quant, tolerance in [("F32", 0), ("F16", 1e-3), ("BF16", 1e-2), ("Q8_0", 1e-2)]:
            tensors = {tensor.name: tensor for tensor in GGUFReader(tool.gguf(quant)).tensors}
            for name, source in names.items():
                with self.subTest(f"{quant} {name}"):
                    tensor = tensors[name]
                    values = dequantize(tensor.data, tensor.tensor_type)
                    expected = merged[source]
                    self.assertEqual(values.shape, expected.shape)
                    self.assertLessEqual(numpy.abs(values - expected).max(), tolerance * numpy.abs(expected).max())

    def test_templates_with_names_are_transformers_and_ggufs(self):
        """Of a directory that transformers saved: as it reads the merged one, and as gguf's writer writes them."""
        import shutil

        from gguf import GGUFReader, GGUFWriter
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(tool.TINY)
        tokenizer.chat_template = {"default": tokenizer.chat_template, "tool_use": "{{ tools }}", "rag-2": "é{{ messages }}"}
        base, merged, file, theirs = (tool.work() / name for name in ("named", "named-merged", "named.gguf", "theirs.gguf"))
        shutil.copytree(tool.TINY, base)
        for name in ("chat_template.jinja", "tokenizer_config.json"):
            (base / name).unlink(missing_ok=True)
        tokenizer.save_pretrained(base)
        tool.run("merge", "--model", base, "--output", merged, "--dtype", "f32")
        self.assertEqual(AutoTokenizer.from_pretrained(merged).chat_template, tokenizer.chat_template)
        tool.run("gguf", "--model", base, "--quant", "F32", "--output", file)
        writer = GGUFWriter(theirs, "llama")
        writer.add_chat_template([{"name": name, "template": text} for name, text in tokenizer.chat_template.items()])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()

        def templates(path):
            found = {key: field.contents() for key, field in GGUFReader(path).fields.items() if "chat_template" in key}
            return {key: sorted(value) if isinstance(value, list) else value for key, value in found.items()}

        self.assertEqual(templates(file), templates(theirs))
        tool.run("merge", "--model", file, "--output", tool.work() / "named-back", "--dtype", "f32")
        back = AutoTokenizer.from_pretrained(tool.work() / "named-back").chat_template
        self.assertEqual(back, {name.replace("-", "_"): text for name, text in tokenizer.chat_template.items()})

    def test_its_tokenizer_is_the_base_models(self):
        from transformers import AutoTokenizer

        file = tool.gguf("F16")
        text = "The gate compares 12 rows.\n é 模型"
        base = AutoTokenizer.from_pretrained(tool.TINY)
        ours = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        self.assertEqual(base.encode(text, add_special_tokens=False), ours.encode(text, add_special_tokens=False))


@unittest.skipUnless(tool.SMOLLM2, "MLOPS_TEST_MODEL does not say where SmolLM2-135M-Instruct is")
class SmolLM2(unittest.TestCase):
    IDS = [504, 3575, 282, 4649, 314]

    def test_a_real_model_survives_the_way_through_q8(self):
        """Q4_1 file → our Q8_0 file → transformers: logits equal to ours on the same file."""
        import pathlib

        source, output = pathlib.Path(tool.SMOLLM2), tool.work() / "smol-q8.gguf"
        tool.run("gguf", "--model", source, "--quant", "Q8_0", "--output", output)
        ours, _ = tool.logits(output, self.IDS)
        theirs, _ = tool.reference_logits(tool.load(output.parent, gguf_file=output.name), self.IDS)
        self.assertLess(tool.distance(ours, theirs), 1e-3)
        output.unlink()
