"""Random trees around what YAML and the override grammar can write: anchors, merges, blocks, quotes, escapes, odd scalars."""

import random

PLAIN = """1|-3|+12|007|0o17|0O7|0b101|0x1f|0xZ|1_000|_1|1_|1__0|1.|.5|-.5|1.5e3|1e3|1E+3|1.e2|.e3|1e|e5|+1e-3|1.0_0|.inf|-.inf|+.INF|.Inf|inf|.nan|.NaN|nan|NAN
190:20:30|1:2|1:60|-1:30|190:20:30.15|1:2.5|2001-12-14|2001-12-14t21:59:43.10-05:00|2001-12-14 21:59:43|true|True|TRUE|tRUE|yes|Yes|no|on|OFF|y|n|Y
null|Null|NULL|~|nUll|=|<<|-|--|-a|a-b|?a|:a|a:b|a::b|::|a?b|http://x.y/z?q=1#f|C:\\x|a#b|@a|%a|`a`|!a|&|*|a, b|a]b|}|{}|[]|a b  c|é ü|日本|😀|\u00a0x|a\u2028b|x: y
[1, 2|{a: b|'it''s'|"a\\n\\tb"|"\\u00e9\\x41\\U0001F600"|"\\e\\0\\a"|'a\\nb'|"a 'b' c"|'a "b" c'|""|''|' a '|" "|"# no"|'- a'|'? a'|': a'|'a: b'|'1'|'1e3'|'.5'|'null'|'~'|'true'|'on'
'0x1F'|'1_0'|'12:30'|'2001-01-01'|'='|'<<'|"a\\\n    b"|!!str 1|!!str|!!int '3'|!!float 1|!!bool yes|!!null ''|!!int 0b11|!!float .inf|! 1|!!binary aGk=|!!timestamp 2001-01-01
100000000000000000000|-0|0.0|-0.0|1e400|1e-400|0.1|123456789.123456789|1e16|1e15|123456789012345678|0.00001|0.0001|1e22|1.7976931348623157e308|5e-324|00|0_0|08|09.5|1e5.5|0.1e1_0
"very long text that goes on and on until it is longer than eighty columns and must be folded somewhere, twice, if not more often than that, who knows"
a very long plain text that goes on and on until it is longer than eighty columns and must be folded somewhere, twice, if not more often than that
"long  with  two  spaces  and  a trailing space at its end, so that it is quoted when it is written again, and is longer than a line "
'${oc.env:NOPE,"a: b"}'|'a ${x} b'|"${oc.decode:'[1, 2]'}"|'$x'|'$$'|'\\${x}'|'\\\\${x}'|'${oc.create:{a: [1, {b: 2}]}}'|'${x}${x}'|'${oc.select:nope,[1,2]}'""".split("\n")
PLAIN = [scalar for line in PLAIN for scalar in (line.split("|") if "very long" not in line and "  with" not in line else [line])]
BLOCKS = ["|\n{p}a\n{p}  b\n{p}c", "|-\n{p}a\n{p}b", "|+\n{p}a\n\n", ">\n{p}a\n{p}b\n\n{p}c", ">-\n{p}a\n{p}  b\n{p}c", "|2\n{p}  a\n{p}b", ">+\n{p}a\n\n", "|\n{p}a: 1\n{p}# no",
          "a\n{p}b\n\n{p}c", "'a\n{p}b'", '"a\n{p}b\\\n{p}c"', "|  # yes\n{p}x", ">\n\n{p}a\n{p}\tb", "|-\n{p}é\n{p}{{x}}", "|\n{p}${{x}}\n{p}b", ">-\n{p}{long}"]
KEYS = ["a", "b", "k_1", "x", "y", "n", "1", "1.5", "true", "'1'", "yes", "a b", "a.b", "a-b", "'a: b'", "é", "\"q\\tx\"", "0x1F", "1e3", "2001-01-01", "12:30", "/p", "$v", "_x_", "null_", "'null'", "- a".replace("- ", "-"),
        "[1]", "? c", "!!str 5", "!!int 7", "~x", "=", "<", "'<<'", ".inf", "on", "False", "1_0", "0o7", "a@b", "'${x}'", "a/b", "'a=b'"]


class Text:
    def __init__(self, r):
        self.r, self.anchors, self.count = r, [], 0

    def flow(self, depth=0):
        r = self.r
        draw = r.random()
        if draw < .3 and depth < 2:
            return "[" + ", ".join(self.flow(depth + 1) for _ in range(r.randint(0, 3))) + r.choice(["", ",", ""]) + "]"
        if draw < .55 and depth < 2:
            return "{" + ", ".join(f"{r.choice(['a', 'b', 'c', '1', 'd e'])}: {self.flow(depth + 1)}" for _ in range(r.randint(0, 3))) + "}"
        return r.choice([s for s in ["1", "a b", "'q, x'", "~", "yes", "1e3", "\"x\\ty\"", "a:b", "${x}", "'${x}'", "é", "0x1", "12:30", "", "a#b", "http://x.y", "-", "?", "1_0"]])

    def value(self, pad, depth):
        r = self.r
        anchor = ""
        draw = r.random()
        if draw < .08 and self.anchors:
            return " *" + r.choice(self.anchors)
        if draw < .2:
            self.count += 1
            anchor = f" &n{self.count}"
        name = anchor[2:]
        draw = r.random()
        if draw < .5 or depth > 2:
            out = anchor + " " + r.choice(PLAIN)
        elif draw < .6:
            long = " ".join(r.choice(["word", "other", "a", "something", "x:y", "#tag"]) for _ in range(30))
            out = anchor + " " + r.choice(BLOCKS).format(p=pad + "  ", long=long)
        elif draw < .75:
            out = anchor + " " + self.flow()
        elif draw < .9:
            out = anchor + "\n" + self.mapping(pad + "  ", depth + 1)
        else:
            indent = pad + r.choice(["", "  "])
            out = anchor + "\n" + "\n".join(f"{indent}-{self.value(indent + '  ', depth + 1) if r.random() < .8 else ' b: 1'}" for _ in range(r.randint(1, 3)))
        if name:
            self.anchors.append(name)
        return out

    def mapping(self, pad="", depth=0):
        r = self.r
        keys = r.sample(KEYS[:10] if r.random() < .7 else KEYS, r.randint(1, 5))
        lines = []
        for key in keys:
            lines.append(f"{pad}{key}{r.choice(['', '', '', ' '])}:{self.value(pad, depth)}{r.choice(['', '', '', '  # said'])}")
            if r.random() < .05:
                lines.append(r.choice(["", "# text", f"{pad}# text", "   "]))
        if self.anchors and r.random() < .2:
            names = r.sample(self.anchors, min(len(self.anchors), r.randint(1, 2)))
            lines.insert(r.randint(0, len(lines)), f"{pad}<<: " + (f"*{names[0]}" if len(names) == 1 else "[" + ", ".join("*" + n for n in names) + "]"))
        return "\n".join(lines)


CHARACTERS = ["a", "b", " ", "'", '"', "\\", "\\\\", "\\'", '\\"', ",", ":", "=", "{", "}", "[", "]", "(", ")", "$", "${x}", "\\${x}", "#", "é", "%", "@", "/", "\t", "\n", "1", ".", "-", "+", "~", "!", "null", "*", "?", "|", "<", "&", ";", "`", "^"]


def quoted(r):
    text = "".join(r.choice(CHARACTERS) for _ in range(r.randint(0, 6)))
    quote = r.choice("'\"")
    return quote + text.replace(quote, "\\" + quote) + quote if r.random() < .8 else quote + text + quote


def argument(r, depth=0):
    draw = r.random()
    if draw < .3:
        return quoted(r)
    if draw < .5 and depth < 2:
        return "[" + r.choice(["", " "]) + ",".join(argument(r, depth + 1) for _ in range(r.randint(0, 3))) + "]"
    if draw < .65 and depth < 2:
        return "{" + ", ".join(f"{r.choice(['a', 'b', '1', 'true', '1.5', 'a-b', quoted(r), 'a b', 'null'])}:{r.choice(['', ' '])}{argument(r, depth + 1)}" for _ in range(r.randint(0, 3))) + "}"
    if draw < .75 and depth < 2:
        return r.choice(["int", "float", "str", "bool", "json_str", "sort"]) + "(" + ",".join(argument(r, depth + 1) for _ in range(r.choice([1, 1, 1, 2, 0]))) + ")"
    if draw < .78:
        return r.choice(["extend_list", "choice", "range", "glob", "interval", "shuffle", "tag"]) + "(" + argument(r, 2) + ")"
    return r.choice(["1", "-1", "1e3", ".5", "1_0", "0x1F", "007", "inf", "nan", "true", "Yes", "null", "NULL", "abc", "a b", "a-b", "a/b", "a:b", "$x", "a$", "${x}", "${oc.env:NOPE,1}", "a\\,b", "\\[a\\]", "\\ a", "é", "a%b",
                     "1.5.2", "v1", "1a", "a@b", "x+y", "*", "?", "a|b", "~", "???", "", " a ", "a\\=b", "\\\\", "\\:", "http://x.y/z", "C:\\\\x", "2001-01-01", "12:30", "-", "+", "+1", "1,2", "a=b", "(", "a b  c"])


def tree(seed):
    """Files by name, and overrides."""
    r = random.Random(seed)
    text = Text(r)
    start = r.choice([""] * 8 + ["---\n", "%YAML 1.1\n---\n", "# text\n", "\ufeff", "\n\n", "--- # text\n"])
    end = r.choice(["\n"] * 6 + ["", "\n...\n", "\n\n", "\n# text"])
    files = {"conf/main": start + "x: 3\n" * (r.random() < .9) + text.mapping() + end}
    overrides = []
    for _ in range(r.choice([0, 0, 1, 1, 2])):
        overrides.append(r.choice(["+new=", "++x=", "x=", "+p.q=", "++a.b="]) + argument(r))
    return files, overrides
