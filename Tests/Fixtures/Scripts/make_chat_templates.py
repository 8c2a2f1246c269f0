"""Renders the templates, expressions and statements of Tests/Fixtures/ChatTemplate with jinja2.

Written with Python 3.11, jinja2 3.1.6 and the environment that `apply_chat_template` of transformers 5.23.0 makes; where
transformers can be imported, its own function must agree. Usage: python3 make_chat_templates.py
"""

import datetime
import json
import pathlib

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).resolve().parent.parent / "ChatTemplate"
NOW = datetime.datetime(2025, 3, 4, 5, 6, 7)


class Generation(jinja2.ext.Extension):
    """`{% generation %}` writes its body; the tests check its ranges by themselves."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_write"), [], [], body).set_lineno(line)

    def _write(self, caller):
        return caller()


class Namespace(jinja2.utils.Namespace):
    """Names with an underscore in front are refused."""

    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        values = dict(*args, **kwargs)
        for name in values:
            Namespace.check(name)
        jinja2.utils.Namespace.__init__(self, values)

    def __setitem__(self, name, value):
        Namespace.check(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def check(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError(name)


class Dictionary:
    """`dict`: no more of Python's class than a template may have."""

    def __call__(self, *args, **kwargs):
        return dict(*args, **kwargs)

    def fromkeys(self, *args, **kwargs):
        return dict.fromkeys(*args, **kwargs)


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def to_json(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
environment.filters["tojson"] = to_json
environment.globals.update(
    raise_exception=refuse, strftime_now=NOW.strftime, dict=Dictionary(), namespace=Namespace)


def with_reasoning(message):
    names = ("reasoning_content", "thinking", "reasoning")
    thought = next((message[name] for name in names if message.get(name) is not None), None)
    return message if thought is None else {"thinking": thought, **message, "reasoning_content": thought}


def render(source, context):
    """The text, or None when jinja2 raises."""
    values = {"tools": None, "documents": None, "add_generation_prompt": False, **context}
    values["messages"] = [with_reasoning(m) for m in values["messages"]]
    try:
        return environment.from_string(source).render(**values)
    except Exception:  # whatever it raises, Swift must throw
        return None


def check_transformers(source, context, text):
    try:
        from transformers.utils.chat_template_utils import render_jinja_template
    except ImportError:
        return
    if "strftime_now" in source:
        return
    values = dict(context)
    try:
        other = render_jinja_template([values.pop("messages")], chat_template=source, **values)[0][0]
    except Exception:
        other = None
    assert other == text, (source, other, text)


tool = {"type": "function", "function": {"name": "weather", "description": "Tells the weather.", "parameters": {
    "type": "object", "properties": {
        "city": {"type": "string", "description": "Which \"city\"?"},
        "days": {"type": "array", "items": {"type": "integer"}, "description": "Which days"},
        "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
        "where": {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"],
                  "additionalProperties": {"type": "number"}}},
    "required": ["city"]}}}
clock = {"type": "function", "function": {"name": "clock", "description": "Tells the time in Köln.",
                                          "parameters": {"type": "object", "properties": {}}}}
call = {"id": "call00001", "type": "function", "function": {"name": "weather", "arguments": {
    "city": "Köln", "days": [1, 2], "unit": "C", "x": 1.0, "y": None}}}
ask = {"role": "user", "content": "How is the weather?"}
system = {"role": "system", "content": "Be brief. "}

conversations = {
    "one": {"messages": [ask]},
    "prompt": {"messages": [system, ask], "add_generation_prompt": True},
    "turns": {"messages": [system, ask, {"role": "assistant", "content": "Fine."}, {"role": "user", "content": "And now?"},
                           {"role": "assistant", "content": "Still fine."}]},
    "unicode": {"messages": [{"role": "user", "content": " \n Grüße, 世界 🎉 <|im_end|>\t\n"},
                             {"role": "assistant", "content": "\u00a0é\u2028ß \u3000"}], "add_generation_prompt": True},
    "tools": {"messages": [system, ask, {"role": "assistant", "content": "", "tool_calls": [call]},
                           {"role": "tool", "content": "{\"sun\": true}", "name": "weather", "tool_call_id": "call00001"},
                           {"role": "assistant", "content": "Sunny."}], "tools": [tool, clock]},
    "two-calls": {"messages": [ask, {"role": "assistant", "content": None, "tool_calls": [call, call]},
                               {"role": "tool", "content": "1"}, {"role": "tool", "content": "2"}],
                  "tools": [clock], "add_generation_prompt": True},
    "thinking": {"messages": [ask, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nOk."}, ask,
                              {"role": "assistant", "content": "Yes.", "reasoning_content": "\nLet me see.\n"}],
                 "enable_thinking": False},
    "documents": {"messages": [ask], "documents": [{"title": "sky", "text": "The sky is blue, and wide, and far away."},
                                                   {"title": None, "text": "Grass is green."}],
                  "add_generation_prompt": True},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": " What is this? "}, {"type": "image"}]}]},
    "odd": {"messages": [{"role": "assistant", "content": "First."}, ask]},
}
for context in conversations.values():
    context.update(bos_token="<s>", eos_token="</s>")

expression_context = {
    "messages": [{"role": "system", "content": "Be good"}, {"role": "user", "content": "Hi <b>\n"},
                 {"role": "assistant", "content": "Yo", "tool_calls": [
                     {"id": "c1", "type": "function",
                      "function": {"name": "f", "arguments": {"x": 1, "y": "é\"\\\n"}}}]}],
    "bos_token": "<s>", "eos_token": "</s>", "x": [3, 1, 2], "e": [],
    "d": {"a": 1, "b": [1, 2.5, None, True, "q'x"], "B": {"z": "ü"}}, "s": "Hello World", "n": 7, "f": 2.5, "neg": -7,
    "big": 1e22, "u": "ÄÖ ß 日本語 🎉 x", "w": "  \t pad\n ", "ml": "line1\nline2\r\nline3\n\nend",
    "people": [{"name": "Bob", "age": 30, "c": {"k": 2}}, {"name": "alice", "age": 25, "c": {"k": 1}},
               {"name": "Carl", "age": 30, "c": {"k": 3}}],
    "t": True, "no": None, "html": "<a href='x'>T&amp;C</a> <!-- c --> b", "words": ["b", "A", "c", "a", "B"],
}

templates = {path.stem: path.read_text() for path in sorted((HERE / "templates").glob("*.jinja"))}
cases = []
for name, source in templates.items():
    for conversation, context in conversations.items():
        text = render(source, context)
        check_transformers(source, context, text)
        cases.append({"template": name, "conversation": conversation, "text": text})
document = {"conversations": conversations, "cases": cases}
(HERE / "families.json").write_text(json.dumps(document, ensure_ascii=False, indent=0) + "\n")

sources = ["{{ " + line + " }}" for line in (HERE / "expressions.txt").read_text().splitlines()]
sources += [line for line in (HERE / "statements.txt").read_text().split("\n") if line]
for block in (HERE / "blocks.txt").read_text().split("====\n"):
    sources += [block, block.replace("\n", "\r\n"), block + "\n"]
rows = [[source, render(source, expression_context)] for source in sources]
for source, text in rows:
    check_transformers(source, expression_context, text)
lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
(HERE / "expressions.json").write_text(
    '{"context": ' + json.dumps(expression_context, ensure_ascii=False) + ',\n"cases": [\n' + lines + "\n]}\n")
refused = sum(case["text"] is None for case in cases)
print(len(templates), "templates,", len(cases), "renderings,", refused, "refused;", len(rows), "expressions")
