"""What `mlops render` and `tokenize` take from a model's files, which need no weights; MLOPS_FUZZ_TEXTS=SEED:COUNT for more.

Random tokenizer_config.json, special_tokens_map.json, chat_template.jinja and additional_chat_templates/ beside the tokenizer of the
tiny model: the template, and the special tokens that it may name, are those of transformers' `apply_chat_template`.
"""

import json
import os
import pathlib
import random
import shutil
import tempfile
import unittest

import tool

SEED, COUNT = os.environ.get("MLOPS_FUZZ_TEXTS", "1:40").split(":")
TEMPLATES = [
    "{{bos_token}}{% for m in messages %}[{{m.role}}]{{m.content}}{{eos_token}}{% endfor %}{% if add_generation_prompt %}>{% endif %}",
    "{{ bos_token is defined }}|{{ bos_token }}|{{ eos_token }}|{{ pad_token }}|{{ unk_token }}|{{ cls_token }}|{{ sep_token }}|{{ mask_token }}",
    "{{ image_token }}|{{ additional_special_tokens }}|{{ extra_special_tokens }}|{{ boi_token }}",
    "{{ messages[-1].content is defined }}{{ messages[-1].content is none }}{{ messages[-1]|tojson }}",
    "TOOL{{ tools|tojson if tools else 'none' }}{{ messages[0].content }}{{ bos_token }}",
    "{% if tools is none %}N{% elif tools is defined %}D{% else %}U{% endif %}{% if documents is none %}N{% elif documents is defined %}D"
    "{% else %}U{% endif %}{{ add_generation_prompt }}{{ messages[-1].content }}\n"]
NAMES = ["<s>", "</s>", "<unk>", "<pad>", "<|im_end|>", "<new>", "a"]
TOOL = {"type": "function", "function": {"name": "f", "description": "x", "parameters": {"type": "object", "properties": {}}}}


class Case:
    """A directory with such files, and a conversation."""

    def __init__(self, seed, folder):
        self.r = r = random.Random(f"texts-{seed}")
        self.folder = folder
        for name in ["tokenizer.json", "config.json"]:
            if name == "tokenizer.json" or r.random() < 0.8:
                shutil.copy(tool.TINY / name, folder / name)
        config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
        for role in ["bos", "eos", "unk", "pad", "cls", "sep", "mask"]:
            if r.random() < (0.7 if role in ("bos", "eos") else 0.2):
                config[f"{role}_token"] = self.token()
        if r.random() < 0.2:
            config["extra_special_tokens"] = r.choice([{}, {"image_token": "<image>"}, {"image_token": "<s>", "boi_token": "<boi>"}])
        kind = r.random()
        if kind < 0.35:
            config["chat_template"] = self.template()
        elif kind < 0.65:
            names = r.sample(["default", "tool_use", "rag", "x"], r.randint(1, 3))
            config["chat_template"] = [{"name": name, "template": self.template()} for name in names]
        elif kind < 0.8:
            config["chat_template"] = r.choice([None, "", {"default": self.template()}, {"default": self.template(), "tool_use": self.template()}])
        self.write("tokenizer_config.json", json.dumps(config))
        if r.random() < 0.3:
            self.write("chat_template.jinja", self.template() + r.choice(["", "\n"]))
        if r.random() < 0.2:
            for name in r.sample(["tool_use", "rag", "default"], r.randint(1, 2)):
                self.write(f"additional_chat_templates/{name}.jinja", self.template())
        if r.random() < 0.25:
            self.write("special_tokens_map.json", json.dumps({f"{role}_token": self.token(True) for role in r.sample(["bos", "eos", "pad", "unk"], 2)}))
        self.messages = [{"role": "user", "content": "Hi é"}, {"role": "assistant", "content": "Yo "}][:r.randint(1, 2)]
        if r.random() < 0.3:
            self.messages[-1][r.choice(["content", "tool_calls", "name"])] = None
        self.tools = [TOOL] if r.random() < 0.4 else None
        self.documents = [{"title": "t", "text": "u"}] if r.random() < 0.2 else None
        self.asks = r.random() < 0.5
        self.variables = {"bos_token": "OWN"} if r.random() < 0.15 else {}

    def token(self, mapped=False):
        name = self.r.choice(NAMES)
        kind = self.r.random()
        if kind < 0.6:
            return name
        if kind < 0.7 and not mapped:
            return None
        return {"content": name, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False,
                **({} if mapped else {"__type": "AddedToken"})}

    def template(self):
        return self.r.choice(TEMPLATES)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def expected(self):
        """transformers' text, or nothing when the template fails, or there is none."""
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(self.folder)
        try:
            return tokenizer.apply_chat_template(
                self.messages, tools=self.tools, documents=self.documents, add_generation_prompt=self.asks, tokenize=False, **self.variables)
        except Exception:
            return None

    def rendered(self):
        self.write("messages.json", json.dumps({"messages": self.messages, "tools": self.tools, "documents": self.documents, **self.variables}))
        asks = ["--add-generation-prompt"] if self.asks else []
        return tool.run("render", "--model", self.folder, "--messages", self.folder / "messages.json", *asks, check=False)


class ModelTexts(unittest.TestCase):
    def test_directories_render_as_in_transformers(self):
        rendered = 0
        for number in range(int(COUNT)):
            with tempfile.TemporaryDirectory() as folder:
                case = Case(f"{SEED}.{number}", pathlib.Path(folder))
                try:
                    expected = case.expected()
                except Exception:  # transformers cannot read the tokenizer
                    continue
                done = case.rendered()
                files = {path.name: path.read_text()[:800] for path in pathlib.Path(folder).rglob("*")
                         if path.is_file() and path.name not in ("tokenizer.json", "config.json")}
                with self.subTest(number=number, files=files, variables=case.variables):
                    self.assertEqual(done.stdout if done.returncode == 0 else None, expected, done.stderr)
                rendered += expected is not None
        self.assertGreater(rendered, int(COUNT) // 3)

    def test_vocabularies_without_weights_are_read(self):
        """Of a GGUF file of an architecture that nobody has, and of a directory with a tokenizer alone."""
        import gguf
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        tokenizer.train_from_iterator(
            [tool.ROWS[0][1], tool.ROWS[1][1]] * 9, trainers.BpeTrainer(vocab_size=320, show_progress=False, initial_alphabet=alphabet))
        model = json.loads(tokenizer.to_str())["model"]
        with tempfile.TemporaryDirectory() as folder:
            file, directory = pathlib.Path(folder, "v.gguf"), pathlib.Path(folder, "d")
            writer = gguf.GGUFWriter(file, "nobodys")
            writer.add_tokenizer_model("gpt2")
            writer.add_tokenizer_pre("gpt-2")
            writer.add_token_list(sorted(model["vocab"], key=model["vocab"].get))
            writer.add_token_merges([" ".join(pair) for pair in model["merges"]])
            writer.add_chat_template([{"name": "default", "template": "D{{ messages[0].content }}"},
                                      {"name": "tool_use", "template": "T{{ messages[0].content }}"}])
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            directory.mkdir()
            tokenizer.save(str(directory / "tokenizer.json"))
            for text in ["It trains an adapter.", "é 日本 \n\n x", ""]:
                for place in [file, directory, directory / "tokenizer.json"]:
                    ids = json.loads(tool.run("tokenize", "--model", place, "--text", text, "--json").stdout)["ids"]
                    self.assertEqual(ids, tokenizer.encode(text).ids)
            messages, tools = pathlib.Path(folder, "m.json"), pathlib.Path(folder, "t.json")
            messages.write_text(json.dumps([{"role": "user", "content": "Hi"}]))
            tools.write_text(json.dumps([TOOL]))
            self.assertEqual(tool.run("render", "--model", file, "--messages", messages).stdout, "DHi")
            self.assertEqual(tool.run("render", "--model", file, "--messages", messages, "--tools", tools).stdout, "THi")


if __name__ == "__main__":
    unittest.main()
