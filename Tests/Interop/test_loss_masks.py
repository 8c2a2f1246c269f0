"""What is learned of a conversation is what rendering its beginnings with transformers says, for the template of every family."""

import json
import pathlib
import random
import shutil
import tempfile
import unittest

import tool

TEMPLATES = sorted((tool.PACKAGE / "Tests/Fixtures/ChatTemplate/templates").glob("*.jinja"))
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]
TOKENS = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|im_end|>", "unk_token": "<|endoftext|>"}


def turns(*texts, system=None):
    start = [{"role": "system", "content": system}] if system else []
    return start + [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]


CONVERSATIONS = [
    turns("Question_one", "Answer_one"),
    turns("Question_one", "Answer_one", "Question_two", "Answer_two", system="System_text"),
    turns("Grüße 日本", "Antwort🎉", "x", "y", "z", "ok"),
    turns("<|im_end|>", "Say<|im_start|>it", "again", "Answer_two"),
    turns("Think", "<think>\nhm\n</think>\n\nThought_one", "more", "<think>\nhm\n</think>\n\nThought_two"),
]


def rendered(template, messages, prompt=False):
    """The text, and the parts that the template marks as generated; None when it refuses."""
    from transformers.utils.chat_template_utils import render_jinja_template

    marks = "{% generation" in template or "{%- generation" in template
    try:
        texts, spans = render_jinja_template(
            [messages], chat_template=template, add_generation_prompt=prompt, return_assistant_tokens_mask=marks, **TOKENS)
        return texts[0], spans[0] if marks else None
    except Exception:
        return None, None


def learned(template, messages):
    """The text that is learned, as the documents say it; None when the row cannot be used."""
    whole, spans = rendered(template, messages)
    if whole is None:
        return None
    if spans:
        return [whole[start:end] for start, end in spans]
    parts = []
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        question, _ = rendered(template, messages[:index], prompt=True)
        if question is None or not whole.startswith(question):
            return None
        start, content = len(question), message["content"]
        found = whole.find(content, start)
        if found < 0:  # the template leaves the thoughts of earlier turns out, or writes them itself
            content = content.split("</think>")[-1].strip()
            found = whole.find(content, start)
            if found < 0:
                return None
        end = found + len(content)
        following = [whole.find(m["content"], end) for m in messages[index + 1 :]]
        limit = min([place for place in following if place >= 0], default=len(whole))
        stops = [(whole.find(token, end), token) for token in SPECIAL]
        stops = [(place, token) for place, token in stops if 0 <= place < limit]
        if stops:
            place, token = min(stops)
            parts.append(whole[start : place + len(token)])
        else:
            parts.append(whole[start:end] + (TOKENS["eos_token"] if index == len(messages) - 1 else ""))
    return parts


class LossMasks(unittest.TestCase):
    def test_every_family_learns_what_its_template_says(self):
        learnt, refused = 0, 0
        with tempfile.TemporaryDirectory() as folder:
            model, rows = pathlib.Path(folder, "model"), pathlib.Path(folder, "rows.jsonl")
            shutil.copytree(tool.TINY, model)
            for path in TEMPLATES:
                template = path.read_text(encoding="utf-8")
                (model / "chat_template.jinja").write_text(template, encoding="utf-8")
                for messages in CONVERSATIONS:
                    rows.write_text(json.dumps({"messages": messages}) + "\n", encoding="utf-8")
                    done = tool.run("data", "preview", rows, "--model", model, "--json", check=False)
                    expected = learned(template, messages)
                    if expected is None:
                        self.assertEqual(done.returncode, 65, f"{path.name} {messages} {done.stdout}")
                        refused += 1
                        continue
                    self.assertEqual(done.returncode, 0, f"{path.name} {messages} {done.stderr}")
                    self.assertEqual(json.loads(done.stdout)[0]["supervised_text"], "".join(expected), f"{path.name} {messages}")
                    learnt += 1
        self.assertGreater(learnt, 100)
        self.assertGreater(refused, 3)

    def test_marked_answers_are_transformers_assistant_masks(self):
        """`{% generation %}` in odd places, token by token: what TRL's `assistant_only_loss` learns."""
        from transformers import AutoTokenizer

        draw = random.Random(3)
        heads = ["<|im_start|>{{ m.role }}\\n", "{{ m.role }}:", "{{ m.role }}: ", "", "\\n\\n### {{ m.role }}:\\n", " ", "<|im_end|>"]
        tails = ["<|im_end|>", "<|im_end|>\\n", "\\n", "", " ", "{{ eos_token }}", "### End"]
        texts = ["Hello", " it is", "\n\nx", "Grüße 日本🎉.", "12 34", "a b ", ":", "x"]
        compared = 0
        with tempfile.TemporaryDirectory() as folder:
            model, rows = pathlib.Path(folder, "model"), pathlib.Path(folder, "rows.jsonl")
            shutil.copytree(tool.TINY, model)
            for number in range(40):
                head, tail, other = draw.choice(heads), draw.choice(tails), draw.choice(tails)
                inside = draw.choice(["{{ m.content }}" + tail, "{{ m.content | trim }}", head + "{{ m.content }}", "{{ m.content }}", tail])
                source = ("{% for m in messages %}{% if m.role == 'assistant' %}" + draw.choice([head, ""]) + "{% generation %}" + inside
                          + "{% endgeneration %}" + draw.choice([tail, ""]) + "{% else %}" + head + "{{ m.content }}" + other + "{% endif %}{% endfor %}")
                source = source.replace("\\n", "\n")
                (model / "chat_template.jinja").write_text(source, encoding="utf-8")
                messages = turns(*(draw.choice(texts) for _ in range(draw.choice([2, 4]))))
                rows.write_text(json.dumps({"messages": messages}) + "\n", encoding="utf-8")
                reference = AutoTokenizer.from_pretrained(model)
                expected = reference.apply_chat_template(
                    messages, return_dict=True, return_assistant_tokens_mask=True, tokenize=True)
                done = tool.run("data", "preview", rows, "--model", model, "--json", check=False)
                with self.subTest(template=source, messages=messages):
                    mask = list(expected["assistant_masks"])
                    if mask:
                        mask[0] = 0  # the first token has nothing before it to be learned from
                    self.assertEqual(done.returncode, 0, done.stderr)
                    row = json.loads(done.stdout)[0]
                    self.assertEqual(row["ids"], list(expected["input_ids"]))
                    self.assertEqual(row["supervised"], [bool(mark) for mark in mask])
                    compared += any(mask)
        self.assertGreater(compared, 20)


if __name__ == "__main__":
    unittest.main()
