"""Random chat templates: expressions of every type Jinja has, and the statements around them.

`Grammar(seed).template()` is one template. Most expressions have the type that is asked for, so that most templates render; some
are of any type, so that errors are compared too.
"""

import random

CONTEXT = {
    "messages": [
        {"role": "system", "content": "Be good"}, {"role": "user", "content": "Grüße <b> 'x'\n"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "type": "function", "function": {
            "name": "f", "arguments": {"x": 1, "y": [1.5, None, True, "é\"\\"]}}}]},
        {"role": "tool", "content": "{\"a\": 1}"}, {"role": "assistant", "content": "<think>\nso\n</think>\n\n Yo 日本 🎉 "}],
    "bos_token": "<s>", "eos_token": "</s>", "d": {"b": [1, 2.5, "q"], "A": {"z": "ü"}, "c": None}, "n": 7, "f": 1e-5, "t": True,
    "people": [{"name": "Bob", "age": 30, "at": {"x": 2}}, {"name": "alice", "age": 25, "at": {"x": 1}},
               {"name": "Cy", "age": 30, "at": {"x": 3}}],
    "s": "Hello World", "u": "ǅŉß İıΣς ﬁ\tÅ\u0301 Ⅻ ½ ٣", "big": 2**62, "words": ["b", "A", "c", "a", "b"],
    "pairs": [["a", 1], ["b", [2, 3]]], "m": "line one\n\n  line two-with-hyphens\r\nthree\u2028four", "empty": "", "e": [],
}

TEXTS = ["s", "u", "m", "empty", "bos_token", "messages[0].content", "messages[-1].content", "people[1].name", "'a-b'", "'%s|%s'",
         "'{}:{}'", "'  x '", "'a,b,,c'", "'<a href=\"x\">&amp;</a>'", "'0012'", "'-7.5e3'", "'http://a.b/c?d=é f'", "'abcabc'",
         "\"it's\"", "'\\n'", "'ß'", "'1_0'", "' 12 '", "'0x1F'", "'nan'", "'tëst 日本'", "d.A.z", "words[2]", "'true'", "'aXbXc'"]
NUMBERS = ["n", "f", "big", "0", "1", "2", "-1", "3", "10", "1.0", "2.5", "-0.0", "1e3", "1e16", "1e22", "0.1", "2**70", "-7", "1_000",
    "0x1f",
           "t", "true", "false", "s|length", "1e-7", "123456789.123", "0.5", "1.5", "255"]
LISTS = ["words", "people", "messages", "e", "pairs", "[3,1,2]", "[1,'a',none]", "(1,'x')", "range(4)", "range(5,0,-2)", "[[1,2],[3]]",
         "d.b", "['b','a']", "[1.5, 2, true]", "d.items()", "d.keys()", "d.values()", "(1,)", "()", "[none]", "messages[1:3]",
             "people[::-1]"]
DICTIONARIES = ["d", "people[0]", "messages[2].tool_calls[0].function", "{}", "{'a':1,'b':[2]}", "{1:'x',2.5:none,true:3}", "d.A",
                "dict(a=1)", "dict(pairs)", "dict({'q':2},z='y')", "{'x y':1}", "{'Z':3,'a':1,'B':2}"]
OTHERS = ["none", "nothing", "nothing.x", "d.nothing", "namespace(a=1)", "none.x", "e[0]",
          "d['c']", "words.nothing"]
CHARS = ["'l'", "' '", "','", "'ab'", "''", "'</think>'", "'o W'", "'\\n'", "none", "'é'", "'X'", "'-'"]
PERCENT = ["%s", "%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%#x", "%o", "%#o", "%c", "%r", "%a", "%.2f", "%8.3f", "%-8.3f|",
    "%e", "%.1E",
           "%g", "%G", "%#g", "%%", "%5s|", "%-5s|", "%.2s", "%i", "%u", "%F", "%+.3e", "%010.2f", "%#.0f", "%.0f", "%.3d", "%+5s",
               "%05s", "%.10g"]
BRACE = ["", ":d", ":5", ":>5", ":<5", ":^7", ":*^9", ":05", ":+", ":,", ":_", ":.2f", ":10.3e", ":x", ":#x", ":#b", ":o", ":c", ":%",
    ":.1%", ":g",
         ":G", ":n", ":s", ":5s", ":.2s", ":=+8", ":é>6", "!r", "!s", "!a", "!r:>8", ":+,.1f", ":-d", ": d", ":#o", ":#X", ":_x", ":_b",
             ":08.2f", ":,d",
         ":>+6", ":.3", ":.0f", ":#.0f", ":#g", ":z.1f", ":E", ":012,d", ":<05", ":_.2f", ":.5g", ":10g", ":e", ":F", ":=6", ":#.3g",
             ":^+9.2f"]


class Grammar:
    """Writes templates from random parts."""

    def __init__(self, seed):
        self.r = random.Random(f"template-{seed}")

    def one(self, choices):
        return self.r.choice(choices)

    def chance(self, part):
        return self.r.random() < part

    # Expressions

    def any(self, depth=0):
        kind = self.one([self.text, self.text, self.number, self.list, self.list, self.dictionary, self.truth, self.other, self.mixed])
        return kind(depth)

    def other(self, depth):
        return self.one(OTHERS)

    def integer(self):
        return str(self.one([0, 1, 2, 3, 4, 5, 7, 9, 12, -1, -2, -3]))

    def argument(self, right, depth):
        """An argument: mostly of the right type."""
        return self.any(depth + 1) if self.chance(0.04) else right

    def mixed(self, depth):
        if depth > 2:
            return self.one(TEXTS + NUMBERS + LISTS + DICTIONARIES)
        a, b = self.any(depth + 1), self.any(depth + 1)
        return self.one([
            f"({a} if {self.truth(depth + 1)} else {b})", f"({a} or {b})", f"({a} and {b})", f"{a}|default({b})", f"{a}|default({b}, true)",
            f"({a} {self.one(['+', '-', '*', '/', '//', '%', '~'])} {b})",
                f"({self.one([self.text, self.list])(depth + 1)})[{self.index(depth)}]", f"{self.list(depth + 1)}|first",
            f"{self.list(depth + 1)}|last", f"{self.dictionary(depth + 1)}.get({self.text(depth + 1)}, {b})",
            f"{self.list(depth + 1)}|max", f"{self.list(depth + 1)}|min",
                f"({a}).{self.one(['x', 'a', 'b', 'name', 'real', 'A.z', '0', 'imag', 'items'])}",
            f"{a}|attr('{self.one(['upper', 'x', 'a', 'b', '__class__'])}')", f"{self.list(depth + 1)}|sum",
                f"({a} if {self.truth(depth + 1)})",
            f"{self.list(depth + 1)}|sum(attribute={self.one(['0', repr('age'), repr('at.x'), repr('name')])}{self.one(['', ', start=1', ', start=0.5'])})",
            f"{self.list(depth + 1)}|{self.one(['max', 'min'])}(attribute={self.one([repr('age'), repr('name'), repr('at.x'), '0'])})",
            f"{self.list(depth + 1)}|{self.one(['max', 'min'])}(case_sensitive=true)",
                f"dict.fromkeys({self.list(depth + 1)}{self.one(['', ', 0'])})",
            f"{self.dictionary(depth + 1)}.{self.one(['pop', 'setdefault', 'update', 'clear', 'copy', 'popitem', 'fromkeys'])}({self.one(['', repr('a')])})",
            f"{self.list(depth + 1)}.{self.one(['append', 'pop', 'sort', 'reverse', 'extend', 'insert', 'remove', 'index', 'count', 'copy'])}({self.one(['', '1', repr('a')])})",
        ])

    def index(self, depth):
        return self.one([self.integer(), self.integer(), self.slice(), self.slice(), repr(self.one(["a", "b", "name", "x"])),
            self.any(depth + 2)])

    def slice(self):
        part = lambda: self.one(["", "", self.integer(), self.integer()])
        return f"{part()}:{part()}" + (f":{self.one(['', '1', '2', '-1', '-2', '3', '-3', '0'])}" if self.chance(0.5) else "")

    def text(self, depth=0):
        if depth > 2 or self.chance(0.3):
            return self.one(TEXTS)
        t, x = self.text(depth + 1), self.any(depth + 1)
        c, i = self.argument(self.one(CHARS), depth), self.argument(self.integer(), depth)
        kind = self.r.random()
        if kind < 0.35:
            return t + "." + self.one([
                "upper()", "lower()", "title()", "capitalize()", "swapcase()", "casefold()", "strip()", "lstrip()", "rstrip()",
                    f"strip({c})",
                f"lstrip({c})", f"rstrip({c})", f"replace({c}, {self.text(depth + 1)})", f"replace({c}, '', {i})", f"zfill({i})",
                    f"center({i})",
                f"ljust({i}, '*')", f"rjust({i}, {self.one(CHARS)})", f"center({i}, '·')", "expandtabs()", f"expandtabs({i})",
                    f"expandtabs(tabsize={i})",
                f"removeprefix({c})", f"removesuffix({c})", f"join({self.list(depth + 1)})", "join(words)", f"split({c})[{i}]",
                    f"rsplit({c}, 1)[-1]",
                f"partition({c})[{self.one('0 1 2 -1 3'.split())}]", f"rpartition({c})[2]", "splitlines()[0]",
                    f"format({x}, {self.any(depth + 1)})",
                f"format_map({self.dictionary(depth + 1)})", "translate({72: 'J', 108: none})", f"split(sep={c}, maxsplit={i})|join('.')",
                "encode().decode()", "encode()|string", "encode()|length|string", "maketrans('a','b')", "translate({101: 69, 111: 'Öö'})",
                    "__class__", "isascii()|string"])
        if kind < 0.45:
            spec = self.one(BRACE)
            return self.one([
                f"'{{{spec}}}'.format({self.one([self.number, self.text, self.any])(depth + 1)})",
                f"'{{0{spec}}}-{{1}}'.format({self.number(depth + 1)}, {x})", f"'{{a{spec}}}'.format(a={self.number(depth + 1)})",
                f"'{{0[name]}} {{1}}'.format(people[0], {x})", f"'{{:{{}}}}'.format({x}, {self.integer()})", f"'{{0.x}}'.format({x})",
                    f"'{{{{}}}}{{}}'.format({x})",
                f"'{{d[b][0]}}{{d[A][z]!r}}'.format(d=d)", f"'{{{spec}}}{{{self.one(BRACE)}}}'.format({self.number(depth + 1)}, {self.number(depth + 1)})",
                f"'{{1}}{{0}}'.format({x}, 2)", f"'{{}}{{0}}'.format({x}, 2)", f"'{{0}}{{}}'.format({x}, 2)"])
        if kind < 0.55:
            spec = self.one(PERCENT)
            return self.one([
                f"('{spec}' % {self.one([self.number, self.text, self.any])(depth + 1)})",
                    f"('{spec}, {self.one(PERCENT)}' % ({self.number(depth + 1)}, {self.number(depth + 1)}))",
                f"('%(b)s %(A){spec[1:]}' % {self.dictionary(depth + 1)})",
                    f"('%*d|%-*.*f' % ({self.integer()}, n, {self.integer()}, {self.integer()}, f))",
                f"'{spec} {self.one(PERCENT)}'|format({self.number(depth + 1)}, {x})",
                    f"'%(a){spec[1:]}'|format(a={self.number(depth + 1)})", f"({t} % {x})"])
        if kind < 0.8:
            value = self.one([t, t, x])
            return f"{value}|" + self.one([
                "upper", "lower", "title", "capitalize", "trim", f"trim({c})", "string",
                    "striptags", "urlencode",
                "reverse", f"center({i})", "wordwrap(7)", "wordwrap(5, false)", "wordwrap(9, break_on_hyphens=false)",
                    f"wordwrap({i}, wrapstring='/')",
                f"indent({i})", "indent", "indent('> ', first=true)", "indent(2, true, true)", "indent(width=3, blank=true)",
                    f"replace({c}, {c})",
                f"replace({c}, 'Z', {i})", f"truncate({i})", "truncate(7, true)", "truncate(9, false, '…')", "truncate(6, true, '', 0)",
                    "truncate(5, leeway=2)",
                "tojson", "tojson(indent=2)", f"tojson(indent={i})", "tojson(sort_keys=true)", "tojson(ensure_ascii=true)",
                    "tojson(separators=(',', ':'))",
                "tojson(indent='\\t', separators=(', ', ': '))", "pprint", "filesizeformat", "filesizeformat(true)", "xmlattr",
                    "xmlattr(false)", "join",
                f"join({c})", "urlize", "urlize(9, true)", "first", "last", "upper|lower|title",
                    "string|length|string"])
        if kind < 0.9:
            return f"{self.list(depth + 1)}|" + self.one([
                f"join({c})", f"join({c}, attribute={self.one([repr('name'), repr('at.x'), '0', repr('role')])})", "join",
                    "map('string')|join", "map('upper')|join(',')",
                "tojson", "string", "pprint", "map(attribute='name')|join('+')", "first|string", "join(d='-')"])
        return self.one([f"({t} ~ {x})", f"({t} + {self.text(depth + 1)})", f"({t} * {i})", f"{t}[{self.slice()}]",
            f"{t}[{self.integer()}]", f"({x} ~ {t} ~ {self.any(depth + 1)})",
                         f"{self.dictionary(depth + 1)}|{self.one(['tojson', 'tojson(indent=1)', 'string', 'xmlattr', 'pprint', 'urlencode', 'items|list|string', 'join'])}"])

    def number(self, depth=0):
        if depth > 2 or self.chance(0.35):
            return self.one(NUMBERS)
        a, b = self.number(depth + 1), self.number(depth + 1)
        kind = self.r.random()
        if kind < 0.4:
            return self.one([f"({a} {self.one(['+', '-', '*', '/', '//', '%'])} {b})",
                f"({self.one(['2', 'n', '1.5', '10'])} ** {self.one(['2', '3', '0.5', '-1', '0', 'n'])})", f"-{a}", f"+{a}",
                f"({a} {self.one('+ - * / // %'.split())} {b} {self.one('+ - * / // %'.split())} {self.number(depth + 2)})"])
        if kind < 0.6:
            x = self.any(depth + 1)
            return self.one([f"{self.one([a, x])}|int", f"{self.one([a, x])}|int({self.integer()}, {self.one(['10', '16', '2', '0', '8'])})", f"{self.one([a, x])}|float", f"{x}|float(0.5)", f"{self.text(depth + 1)}|int(base={self.one(['16', '0', '36'])})",
                             f"{self.text(depth + 1)}|int(-1)"])
        if kind < 0.8:
            i = self.integer()
            return self.one([f"{a}|abs", f"{a}|round", f"{a}|round({i})",
                f"{a}|round({i}, '{self.one(['floor', 'ceil', 'common', 'up'])}')", f"{a}|round(method='ceil')", f"{a}.bit_length()",
                "f.is_integer()", f"{a}|round|int", f"{a}.real", f"{a}.conjugate()", f"{a}.as_integer_ratio()[0]", f"{a}.bit_count()",
                f"{a}.numerator"])
        t, c = self.text(depth + 1), self.one(CHARS)
        return self.one([f"{t}|length", f"{t}|wordcount", f"{t}.count({c})", f"{t}.find({c})",
            f"{t}.find({c}, {self.integer()}, {self.integer()})", f"{t}.rfind({c}, {self.integer()})", f"{t}.index({c})",
            f"{self.list(depth + 1)}|count",
                         f"{self.list(depth + 1)}|sum", f"{self.list(depth + 1)}.index({self.any(depth + 2)})",
                             f"{self.list(depth + 1)}.count({self.any(depth + 2)})", f"{t}.rindex({c})",
                             f"{t}.count({c}, {self.integer()}, {self.integer()})"])

    def list(self, depth=0):
        if depth > 2 or self.chance(0.3):
            return self.one(LISTS)
        l, x, i = self.list(depth + 1), self.any(depth + 1), self.argument(self.integer(), depth)
        kind = self.r.random()
        if kind < 0.6:
            attribute = self.one(["'name'", "'age'", "'at.x'", "0", "'role'", "'0'", "'b,a'", "'age,name'", "'zz'"])
            test = self.test(depth)
            return f"{self.one([l, l, l, x])}|" + self.one([
                "list", "sort", "sort(true)", "sort(reverse=true, case_sensitive=true)", f"sort(attribute={attribute})",
                    f"sort(attribute={attribute}, reverse=true)|list", "reverse|list", "unique|list",
                "unique(true)|list", f"unique(attribute={attribute})|list", f"batch({i})|list", f"batch({i}, {x})|list",
                    f"slice({i})|list", f"slice({i}, {x})|list",
                f"groupby({attribute})", f"groupby({attribute})|map('list')|list", f"groupby({attribute}, default='q')|list",
                    f"groupby({attribute}, case_sensitive=true)|map(attribute='grouper')|list", f"map(attribute={attribute})|list",
                    f"map(attribute={attribute}, default={x})|list",
                f"map('{self.one(['upper', 'string', 'length', 'first', 'tojson', 'int', 'default', 'title', 'list', 'abs', 'items', 'trim', 'capitalize', 'zz'])}')|list", "map('replace', 'a', 'b')|list", "map('join', '-')|list", "map('default', 'x', true)|list", "map('round', 1)|list", "map('attr', 'name')|list",
                f"select|list", f"select({test})|list", f"reject|list", f"reject({test})|list", f"selectattr({attribute})|list",
                    f"selectattr({attribute}, {test})|list", f"rejectattr({attribute})|list", f"rejectattr({attribute}, {test})|list",
                "items|list", "dictsort", "dictsort(true)", "dictsort(by='value')", "dictsort(reverse=true)",
                    "dictsort(false, 'key', true)", "string|list", "map('upper')", "select('odd')", "list|reverse", "unique", "batch(2)",
                    "items", "dictsort(by='zz')",
                "tojson|list", "default([])|list", "join|list"])
        return self.one([f"({l} + {self.list(depth + 1)})", f"({l} * {self.one(['2', '0', '-1', 'n'])})", f"({l})[{self.slice()}]",
            f"[{x}, {self.any(depth + 1)}]", f"({x}, {self.any(depth + 1)})", f"{self.text(depth + 1)}.split({self.one(CHARS)})",
            f"{self.text(depth + 1)}.split()",
                         f"{self.text(depth + 1)}.rsplit({self.one(CHARS)}, {i})",
                             f"{self.text(depth + 1)}.splitlines({self.one(['', 'true', 'keepends=true'])})",
                             f"{self.text(depth + 1)}.partition({self.one(CHARS)})", f"{self.text(depth + 1)}.split(none, {i})",
                             f"range({i}, {self.integer()}, {self.one(['1', '2', '-1', '-2', '0'])})|list", f"range({i})[{self.slice()}]",
                             f"{self.dictionary(depth + 1)}.{self.one(['items', 'keys', 'values'])}(){self.one(['', '|list'])}",
                             f"{self.text(depth + 1)}|list", f"{self.text(depth + 1)}.rsplit(none, {i})",
                             f"{self.text(depth + 1)}.rpartition({self.one(CHARS)})"])

    def dictionary(self, depth=0):
        if depth > 2 or self.chance(0.6):
            return self.one(DICTIONARIES)
        x = self.any(depth + 1)
        return self.one([f"{{'a': {x}, 'b': {self.any(depth + 1)}}}", f"{{{self.text(depth + 1)}: {x}}}",
            f"dict({self.list(depth + 1)}|groupby('age'))", f"dict(d, k={x})",
            f"dict({self.dictionary(depth + 1)}, **{self.dictionary(depth + 1)})", f"{{'a': {x}}}.copy()",
            f"{{{self.number(depth + 1)}: {x}, {self.text(depth + 1)}: 2}}", "dict(pairs, n=none)"])

    def test(self, depth):
        return self.one(["'odd'", "'string'", "'defined'", "'eq', 30", "'gt', 26", "'in', [25, 'a']", "'none'", "'number'", "'mapping'",
            "'lower'", "'equalto', 'b'", "'sameas', none", "'ne', 1", "'>=', 2", "'divisibleby', 2", "'iterable'", "'true'", "'zz'",
            "'undefined'", "'<', 3", "'filter'"])

    def truth(self, depth=0):
        a, b = self.any(depth + 1) if depth < 3 else self.one(NUMBERS + TEXTS), self.any(depth + 1) if depth < 3 else self.one(LISTS)
        kind = self.r.random()
        if kind < 0.35:
            test = self.one(["defined", "undefined", "none", "string", "mapping", "sequence", "iterable", "number", "integer", "float",
                "boolean", "true", "false", "odd", "even",
                             "divisibleby 3", "divisibleby(2)", f"in {self.list(depth + 2)}", "eq(7)", "equalto 'a'", "lower", "upper",
                                 "sameas none", "sameas(false)", "callable", "escaped", "filter", "test", "ne 1", "gt(2)", "lt 3",
                                 ">= 2" if self.chance(0.1) else "ge 2", f"in([1, {b}])"])
            return f"({a} is {self.one(['', '', 'not '])}{test})"
        if kind < 0.65:
            return f"({a} {self.one(['==', '!=', '<', '>', '<=', '>='])} {b})"
        if kind < 0.75:
            return f"({self.number(depth + 1)} {self.one(['<', '<=', '==', '>'])} {self.number(depth + 1)} {self.one(['<', '>', '!='])} {self.number(depth + 1)})"
        if kind < 0.9:
            return f"({a} {self.one(['in', 'not in'])} {self.one([self.list, self.text, self.dictionary])(depth + 1)})"
        t = self.text(depth + 1)
        return self.one([f"(not {a})", f"{t}.{self.one(['isdigit', 'isalpha', 'isalnum', 'isspace', 'isupper', 'islower', 'istitle', 'isnumeric', 'isdecimal', 'isidentifier', 'isprintable', 'isascii'])}()",
                         f"{t}.startswith({self.one(CHARS)})", f"{t}.endswith(({self.one(CHARS)}, 'd'))",
                             f"{t}.startswith({self.one(CHARS)}, {self.integer()})",
                             f"{t}.endswith({self.one(CHARS)}, {self.integer()}, {self.integer()})"])
