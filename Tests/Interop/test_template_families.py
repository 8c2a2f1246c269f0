"""Random conversations in the templates of every family: transformers' text, or an error in both; MLOPS_FUZZ_FAMILIES=SEED:ROUNDS."""

import copy
import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

import tool

SEED, ROUNDS = os.environ.get("MLOPS_FUZZ_FAMILIES", "1:1").split(":")
TEMPLATES = sorted((tool.PACKAGE / "Tests/Fixtures/ChatTemplate/templates").glob("*.jinja"))
TEXTS = [
    "Hello", " \n Grüße, 世界 🎉 <|im_end|>\t\n", "", "What?\n\n", "<think>\nhm\n</think>\n\nOk.", "/no_think go", "\u00a0é\u2028ß \u3000",
    "{\"a\": [1, 2.50]}", "a's \"quote\" <b>&amp;", "</think>x</think>y", "<answer>z</answer>", "line\r\nline2 "]
ARGUMENTS = [
    {}, {"city": "Köln", "days": [1, 2], "unit": "C", "x": 1.0, "y": None}, {"a": {"b": [True, "q\"\\"]}}, "{\"city\": \"Köln\"}",
    {"n": 10**20, "m": -(2**63), "f": 1e-7, "s": "\u2028<>&'"}]
TOOL = {"type": "function", "function": {"name": "weather", "description": "Tells the weather.", "parameters": {
    "type": "object", "properties": {
        "city": {"type": "string", "description": "Which \"city\"?"},
        "days": {"type": "array", "items": {"type": "integer"}, "description": "Which days"},
        "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
        "where": {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"],
                  "additionalProperties": {"type": "number"}},
        "x": {"type": ["string", "null"], "nullable": True}, "y": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]}},
    "required": ["city"]}, "return": {"type": "string"}}}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "Tells the time in Köln.",
                                          "parameters": {"type": "object", "properties": {}}}}
SETTINGS = {
    "enable_thinking": [True, False], "thinking": [True, False], "date_string": ["1 Jan 2025"], "reasoning_effort": ["low", "high"],
    "thinking_budget": [0, 512, -1, 700], "tools_in_user_message": [True, False], "custom_tools": [[CLOCK]], "safety_mode": ["STRICT", "none"]}


class Conversation:
    """Writes a conversation with whatever templates look at."""

    def __init__(self, seed):
        self.r = random.Random(f"family-{seed}")

    def chance(self, part):
        return self.r.random() < part

    def text(self):
        return self.r.choice(TEXTS)

    def content(self):
        if self.chance(0.85):
            return self.text()
        parts = [{"type": "text", "text": self.text()}]
        if self.chance(0.3):
            parts.append({"type": "image"})
        return parts + ([{"type": "text", "text": self.text()}] if self.chance(0.3) else [])

    def calls(self):
        number = self.r.choice([1, 1, 2])
        message = {"role": "assistant", "content": self.r.choice([None, "", self.text()]), "tool_calls": [
            {"id": f"call{i:05}", "type": "function",
             "function": {"name": self.r.choice(["weather", "clock"]), "arguments": self.r.choice(ARGUMENTS)}} for i in range(number)]}
        if self.chance(0.3):
            message["reasoning_content"] = self.text()
        if self.chance(0.1):
            del message["content"]
        return [message] + [
            {"role": "tool", "content": self.content(), "tool_call_id": f"call{i:05}", "name": "weather"} for i in range(number)]

    def values(self):
        messages = []
        if self.chance(0.5):
            messages.append({"role": self.r.choice(["system"] * 9 + ["developer"]), "content": self.content()})
        for _ in range(self.r.choice([1, 1, 2, 2, 3])):
            messages.append({"role": "user", "content": self.content()})
            if self.chance(0.3):
                messages += self.calls()
            if self.chance(0.8):
                messages.append({"role": "assistant", "content": self.content()})
                if self.chance(0.2):
                    messages[-1][self.r.choice(["reasoning_content", "thinking", "reasoning"])] = self.text()
        values = {"messages": messages, "bos_token": "<s>", "eos_token": "</s>"}
        if self.chance(0.4):
            values["tools"] = self.r.choice([[TOOL], [TOOL, CLOCK], [CLOCK], []])
        if self.chance(0.15):
            values["documents"] = [{"title": "sky", "text": "blue & wide"}, {"title": None, "text": "é"}]
        if self.chance(0.5):
            values["add_generation_prompt"] = self.chance(0.8)
        for name, choices in SETTINGS.items():
            if self.chance(0.12):
                values[name] = self.r.choice(choices)
        return values


class TemplateFamilies(unittest.TestCase):
    def test_random_conversations_render_as_in_transformers(self):
        from transformers.utils.chat_template_utils import render_jinja_template

        rendered = 0
        with tempfile.TemporaryDirectory() as folder:
            template, conversation = pathlib.Path(folder, "t.jinja"), pathlib.Path(folder, "m.json")
            for number in range(int(ROUNDS)):
                for path in TEMPLATES:
                    # The time of day may change between the two.
                    source = path.read_text(encoding="utf-8").replace("strftime_now", "strftime_then")
                    values = Conversation(f"{SEED}.{number}.{path.stem}").values()
                    rest = copy.deepcopy(values)
                    messages = rest.pop("messages")
                    try:
                        expected = render_jinja_template([messages], chat_template=source, **rest)[0][0]
                    except Exception:  # whatever it raises, the tool must refuse too
                        expected = None
                    template.write_bytes(source.encode())
                    conversation.write_text(json.dumps(values), encoding="utf-8")
                    done = subprocess.run(
                        [os.environ["MLOPS_BINARY"], "render", "--chat-template", template, "--messages", conversation],
                        capture_output=True, timeout=60)
                    with self.subTest(template=path.stem, number=number, values=values):
                        self.assertIn(done.returncode, (0, 65), done.stderr)
                        self.assertEqual(done.stdout.decode() if done.returncode == 0 else None, expected, done.stderr.decode())
                    rendered += expected is not None
        self.assertGreater(rendered, len(TEMPLATES) * int(ROUNDS) // 3)


if __name__ == "__main__":
    unittest.main()
