"""Random chat templates: statements of every kind Jinja has."""

from template_corners import Corners

HEADS = ["m in messages", "k, v in d.items()", "i in range(4) if i % 2", "c in s[:3]", "x, in [[1], [2]]",
    "k, (a, b) in [['p', [1, 2]], ['q', 'xy']]", "k, v in pairs",
         "(a, b) in pairs", "p in people", "p in people|sort(attribute='age')", "g in people|groupby('age')",
             "g, l in people|groupby('age')", "w in words if w != 'b'", "x in e",
         "x in nothing", "a, b in d.items() if b", "n in [n, n + 1]", "messages in messages[:1]", "x in [[1, [2]], 3] recursive",
             "k in d", "c in u", "i, p in [(0, 'z')]", "x in 'ab'|list if loop is defined",
         "m in messages[::-1]", "x in (1, 2, 3)", "ns in [1]", "k, v, w in [(1, 2, 3)]"]
LOOPS = ["index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem", "nextitem",
    "cycle('a', 'b', 'c')", "changed(x)", "changed(p.age)", "changed(1)", "zz", "cycle(*words)",
         "previtem is defined", "nextitem.role", "index % 2"]
TEXTS = ["a", " ", "\n", "  \n", "b\n  ", "{# note #}\n", "é", "  {#- c -#}  ", "\t", "{% raw %}{{ x }}{% endraw %}",
    "{%- raw -%} {% y %} {%- endraw -%} ", "\n\n", "<|im_start|>", "}}", "%}", "{", "#}", "\r\n"]

# Filters that mark text as HTML.
MARKS = [""] * 12 + ["|escape", "|e", "|forceescape", "|safe", "|escape|string", "|tojson|safe"]


class Statements(Corners):
    """Writes whole templates."""

    def template(self):
        return self.one([self.expressions, self.body, self.body])(0)

    def expressions(self, depth):
        return "{{ " + self.any() + " }}"

    def tag(self, text):
        return "{%" + self.one(["", "", "-", "+"]) + f" {text} " + self.one(["", "", "-", "+"]) + "%}"

    def output(self):
        return "{{" + self.one(["", "", "-", "+"]) + f" {self.any(1)}{self.one(MARKS)} " + self.one(["", "-"]) + "}}"

    def names(self):
        return self.output() if self.chance(0.5) else "{{ " + self.one(["x", "k", "v", "a", "b", "p", "m", "i", "n", "s", "ns.a", "g",
            "loop", "caller", "varargs", "kwargs", "self", "w", "c", "l", "q", "x|length", "a ~ b"]) + " }}"

    def body(self, depth):
        return "".join(self.statement(depth) for _ in range(self.r.randint(1, 4)))

    def statement(self, depth):
        if depth > 2 or self.chance(0.2):
            return self.one([self.one(TEXTS), self.one(TEXTS), self.names()])
        return self.one([self.names, self.names, self.output, self.condition, self.loop, self.loop, self.assignment, self.assignment,
            self.macro, self.call, self.filter, self.with_,
                         self.block, self.namespace, self.generation, self.autoescape, self.rare,
                         self.constant, self.marked, self.lazy, self.escaping])() if depth == 0 else self.nested(depth)

    def nested(self, depth):
        kind = self.one([self.condition, self.loop, self.assignment, self.assignment, self.names, self.macro, self.call, self.filter,
            self.with_, self.namespace, self.output])
        return kind(depth) if kind in (self.condition, self.loop, self.macro, self.call, self.filter, self.with_) else kind()

    def condition(self, depth=0):
        middle = self.tag(f"elif {self.truth(1)}") + self.body(depth + 1) if self.chance(0.3) else ""
        end = self.tag("else") + self.body(depth + 1) if self.chance(0.5) else ""
        return self.tag(f"if {self.truth(1)}") + self.body(depth + 1) + middle + end + self.tag("endif")

    def loop(self, depth=0):
        head = self.one(HEADS) if self.chance(0.8) else f"{self.one(['x', 'k, v', 'n'])} in {self.list(1)}{self.one(['', '', ' if ' + self.truth(2)])}"
        inner = self.body(depth + 1)
        for _ in range(self.r.randint(0, 2)):
            inner += "{{ loop." + self.one(LOOPS) + " }}"
        if head.endswith("recursive"):
            inner += self.one(["{{ loop(x[1]) if x is sequence }}", "{{ loop(x) if x is iterable }}",
                "{% if x is iterable %}[{{ loop(x) }}]{% endif %}"])
        if self.chance(0.2):
            inner += "{% if " + self.one(["loop.index > 1", "loop.first", self.truth(2)]) + " %}{% " + self.one(["break",
                "continue"]) + " %}{% endif %}" + self.one(["", "z"])
        end = self.tag("else") + self.body(depth + 1) if self.chance(0.2) else ""
        return self.tag(f"for {head}") + inner + end + self.tag(self.one(["endfor", "endfor", "endfor"]))

    def assignment(self):
        kind = self.r.random()
        if kind < 0.5:
            return self.tag(f"set {self.one(['s', 'n', 'x', 'q', 'ns', 'loop', 'd', 'messages'])} = {self.any(1)}")
        if kind < 0.65:
            return self.tag(f"set {self.one(['a, b', 'x, (k, v)', 'a,', '(a, b)', 'a, b, c'])} = {self.one(['1, 2', '1, (2, 3)', '[1]', 'words[:2]', self.list(2), 'pairs[0]', 's[:3]'])}")
        filters = self.one(["", "", " | upper", " | trim | title", " | indent(2)", " | replace('a', 'b')", "|length", "|tojson"])
        return self.tag(f"set {self.one(['s', 'x', 'q'])}{filters}") + self.body(2) + self.tag("endset")

    def macro(self, depth=0):
        name = self.one(["f", "g", "h"])
        parameters = self.one(["", "a", "a, b='x'", "a, b=a", "a=1, b=none", "x=n", "s"])
        inner = self.one(["", "{{ varargs }}", "{{ kwargs }}", "{{ caller() }}", "{{ caller is defined }}",
            "{{ varargs|length }}{{ kwargs|items|list }}", "{{ caller(1, 2) if caller }}"])
        calls = "".join("{{ " + f"{name}({self.one(['', '1', '1, 2', 'a=1', '1, b=2', '1, 2, 3', 'b=1', '*words', '**{}', '1, z=2'.format(self.dictionary(2)), self.any(1)])})" + " }}" for _ in range(self.r.randint(0, 2)))
        attribute = "{{ " + name + "." + self.one(["name", "arguments", "catch_kwargs", "catch_varargs", "caller",
            "zz"]) + " }}" if self.chance(0.2) else ""
        return self.tag(f"macro {name}({parameters})") + self.body(depth + 1) + inner + self.tag(self.one(["endmacro",
            f"endmacro"])) + calls + attribute

    def call(self, depth=0):
        return ("{% macro w(a=1) %}<{{ caller(" + self.one(["", "a", "a, 2",
            "b=1"]) + ") }}>{% endmacro %}" + self.tag(f"call{self.one(['', '(x)', '(x, y=2)', '(b)'])} w({self.one(['', '2', 'a=s', 'zz=1'])})") + self.body(depth + 1) + self.names()
                + self.tag("endcall"))

    def filter(self, depth=0):
        return self.tag(f"filter {self.one(['upper', 'trim|title', 'indent(3)', 'indent(2, true)', 'replace(%r, %r)' % ('a', 'b'), 'length', 'escape', 'wordwrap(5)', 'center(20)', 'list', 'tojson', 'zz'])}") + self.body(depth + 1) + self.tag("endfilter")

    def with_(self, depth=0):
        return self.tag(f"with {self.one(['', 'x = 1', 'x = n, n = 2', 'a = s, b = a', 'a, b = 1, 2', 'x = ' + self.any(2)])}") + self.body(depth + 1) + self.names() + self.tag("endwith")

    def block(self):
        name = self.one(["one", "two"])
        return self.tag(f"block {name}{self.one(['', '', ' scoped', ' required'])}") + self.body(2) + self.tag(f"endblock{self.one(['', ' ' + name])}") + self.one(["", "{{ self." + name + "() }}", "{{ self.zz() }}", "{{ super() }}", "{{ self." + name + "()|upper }}"])

    def namespace(self):
        return self.tag(f"set ns = namespace({self.one(['a=1', 'a=[], b=0', '', 'd', 'a=s, c=none', 'pairs'])})") + self.one(["",
            "{% for x in words %}{% set ns.a = " + self.one(["x", "loop.index", "ns.a ~ x", "ns.a + [x]",
            self.any(2)]) + " %}{% endfor %}"]) + self.tag(
            f"set ns.{self.one(['a', 'b', '_x', 'zz'])} = {self.any(1)}") + "{{ ns." + self.one(["a", "b", "zz", "a|string"]) + " }}"

    def generation(self):
        return self.tag("generation") + self.body(2) + self.tag("endgeneration")

    def autoescape(self):
        return self.tag(f"autoescape {self.one(['true', 'false', 't', self.truth(2)])}") + self.body(2) + self.one(["",
            "{{ '<b>' ~ s|safe }}", "{{ '<i>'|safe + '<' }}", "{{ ['<', '>'|safe]|join('&') }}"]) + self.tag("endautoescape")

    def rare(self):
        return self.one(["{% set ns.a = 1 %}", "{{ strftime_now('%Y')|length }}", "{% do x %}",
            "{{ raise_exception(" + self.text(1) + ") }}", "{% include 'x' %}", "{{ lipsum }}", "{{ caller() }}", "{{ loop.index }}",
            "{% break %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{{ x.y.z }}", "{{ nothing + 1 }}",
                         "{{ joiner('|')() }}", "{% set j = joiner() %}{{ j() }}a{{ j() }}b",
                             "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{% set _ = c.reset() %}{{ c.next() }}", "{{ self }}", "{{ varargs }}", "{% for x in range(3) %}{% set s = x %}{% endfor %}{{ s }}",
                         "{% if t %}{% set s = 'new' %}{% endif %}{{ s }}", "{{ " + self.any(1) + ", " + self.any(1) + " }}",
                             "{{ (" + self.any(1) + ").__class__ }}", "{{ ''.__class__.mro() }}", "{{ range(3).__class__ }}",
                             "{% set a = b = 1 %}", "{% else %}", "{{ [x for x in y] }}", "{{ d['b'][0] }}{{ d.b.0 }}", "{{ not }}",
                             "{{ s is not defined }}", "{{ 1 if }}",
                         "{{ s.format }}", "{{ s.upper }}", "{{ d.items }}", "{{ f }}", "{{ g }}", "{% trans %}{% endtrans %}",
                             "{% debug %}"])
