"""Random parts of templates where jinja2 is particular: constants, text marked as HTML, generators read in part, autoescape."""

from template_grammar import Grammar

CONSTANTS = ["{[1]: 2}", "{{}: 1}", "{(1, [2]): 3}", "1e999", "-1e999", "1e999 - 1e999", "5", "none", "true", "{'a': 1}", "[1, 2, 3]",
             "'abc'", "(1, 2)", "2.5", "{1: 'x'}", "[1e999]", "'<b>'|safe", "('a' ~ '<')", "-2", "(1 - 3)", "[3, 1]|sort", "'a,b'|upper",
             "{'a': [1]}|dictsort", "['x', 'y']|join('-')", "[1]|batch(1)", "'b'|e", "nothing", "n", "s", "[]", "''"]
MARKED = ["upper()", "lower()", "title()", "capitalize()", "swapcase()", "casefold()", "strip()", "lstrip('a')", "rstrip('<')",
          "replace('a', '<')", "replace('a', '&', 1)", "center(9)", "center(9, '-')", "center(9, '<')", "ljust(7, 'x')", "rjust(7)", "zfill(8)",
          "expandtabs(3)", "split()", "split('<')", "rsplit('b', 1)", "splitlines()", "partition('b')", "rpartition('zz')", "removeprefix('a')",
          "removesuffix('>')", "join(['<', 5, '&'|safe])", "join('a<')", "format('<', 1)", "format(a='<')", "format_map({'a': '<'})", "encode()",
          "translate({97: '<'})", "count('a')", "find('b')", "startswith('a')", "isupper()", "striptags()", "unescape()", "escape('<')", "zz",
          "index('zz')", "replace('a')", "strip(1)"]
TEXTS = ["'a<b>'", "'x {} {}'", "'{a}&'", "'{:>5}|{:<3}'", "'{!r}{!s}'", "'{0}{1}'", "'a\\tb\\nc'", "'&lt;i&gt; &amp;'", "s", "m", "u", "''",
         "'%s'", "'%s|%r'", "'%(a)s'", "'%5.1s|'", "'%d'", "'%a %%'", "'Ab Cd'"]
MARKS = ["safe", "escape", "e", "forceescape"]
FILTERS = ["upper", "lower", "title", "capitalize", "trim", "center(7)", "replace('a', '<')", "truncate(3, true, '<', 0)",
           "truncate(5, false, '&', 0)", "reverse", "first", "last", "string", "list", "indent(1, true)", "wordwrap(3)", "format('<')",
           "join", "striptags", "urlencode", "default('x')", "tojson", "batch(2)|list", "length", "safe", "escape", "forceescape", "string|upper",
           "xmlattr", "int", "sort", "unique|list", "max", "map('upper')|list", "pprint", "attr('upper')", "title|escape"]
FAILING = ["[[1], [2], 5]", "['a', 'bc', none]", "[[], [1], 7, [2]]", "[1, 2, 'x', 4]", "['1', 'b', [2]]", "words", "people", "e", "range(4)",
           "'abc'", "d", "[{'k': 1}, {}, 3]", "(1, 0, 'a')", "[[1, 2], [3]]", "nothing", "5", "[none, 1]"]
WORKING = ["map('first')", "map('length')", "map('upper')", "map('int')", "map('abs')", "map('zz')", "map(attribute='k')",
           "map(attribute='name', default=1)", "map('round')", "map('sum')", "select('odd')", "reject('gt', 1)", "selectattr('k')",
           "selectattr('k', 'gt', 0)", "rejectattr('age', 'odd')", "batch(2)", "batch(1, 0)", "slice(2)", "unique", "reverse", "items",
           "select('zz')", "map()", "select", "map('replace', 'a', 'b')", "unique(attribute='k')", "map('batch', 2)", "map('list')"]
READING = ["first", "list", "join(',')", "first|string", "last", "length", "sum", "max", "batch(2)|first", "select|first", "map('string')|first",
           "unique|first", "slice(2)|first", "reverse|first", "sort", "random", "tojson", "default('x')|first", "items|first"]


class Corners(Grammar):
    """Writes such parts."""

    def constant(self):
        value = self.one(CONSTANTS)
        part = self.one([f"[{self.slice()}]", ".a", "[0]", "['a']", ".b.c", f" ** {self.one(['2', 'n', '0.5'])}", f" + {self.one(CONSTANTS)}",
                         f" ~ {self.one(CONSTANTS)}", f" == {self.one(CONSTANTS)}", f" in {self.one(CONSTANTS)}", f" and {self.one(CONSTANTS)}",
                         f" or {self.one(CONSTANTS)}", "|default('z')", "|string", f"|{self.one(FILTERS)}", " is defined", "", "[1:]", "[::0]",
                         "['x':]", f"[{self.slice()}]|default('none')", f" if {self.one(CONSTANTS)} else {self.one(CONSTANTS)}", " if n",
                         "|default(*['y'])", "|default(boolean=true, **{'boolean': false})"])
        value = f"({value}){part}" if self.chance(0.8) else value + part
        value = self.one([value, value, f"[{value}]", f"({value}, n)", f"{{'k': {value}}}", f"-({value})", f"not {value}", f"({value})|string"])
        return self.one(["{{ " + value + " }}", "{% if false %}{{ " + value + " }}{% endif %}x", "{% set x = " + value + " %}{{ x }}",
                         "{% for x in [" + value + "] %}{{ x }}{% endfor %}", "{% macro c(a=" + value + ") %}{{ a }}{% endmacro %}{{ c() }}",
                         "{% macro c(a=" + value + ") %}{{ a }}{% endmacro %}{{ c(1) }}", "{% if " + value + " %}y{% endif %}",
                         "{{ s ~ (" + value + ") }}"])

    def marked(self):
        text = f"({self.one(TEXTS)}|{self.one(MARKS)})"
        value = self.one([f"{text}.{self.one(MARKED)}", f"{text}.{self.one(MARKED)}", f"({text} % {self.one(['5', repr('<'), '(1, 2)', 's', '[1]'])})",
                          f"({text} % {self.one(['{1: 2}', repr('&') + '|safe', '(' + repr('<') + ',' + repr('>') + ')'])})",
                          f"({text} % {{'a': '<', 'b': 2}})", f"({text} + {self.one(TEXTS)})", f"({self.one(TEXTS)} + {text})", f"({text} * 2)",
                          f"{text}[{self.slice()}]", f"{text}[0]", f"({text} ~ {self.one(TEXTS)})", f"{text}|{self.one(FILTERS)}",
                          f"{self.one(TEXTS)}.{self.one(MARKED)}", f"({self.one(TEXTS)} % {text})", f"[{text}, '<']|join('&')",
                          f"{self.one(TEXTS)}.format({text}, {text})", f"{text}|{self.one(FILTERS)}|{self.one(FILTERS)}", f"dict(a={text})",
                          f"{text}.format({text}, 1)", f"namespace(a={text}).a"])
        return "{{ " + value + self.one(["", "|pprint", "|pprint", " is escaped", "|string|pprint", "|tojson"]) + " }}"

    def lazy(self):
        value = f"{self.one(FAILING)}|{self.one(WORKING)}" + (f"|{self.one(WORKING)}" if self.chance(0.3) else "")
        test = self.one(["", "", " if x", " if x is odd", " if x != 1", " if x[0]"])
        part = self.one(["", "{{ loop.index }}", "{{ loop.last }}", "{{ loop.length }}", "{{ loop.nextitem }}", "{{ loop.previtem }}",
                         "{{ loop.revindex }}", "{{ loop.changed(x) }}", "{{ loop.nextitem is defined }}", "{{ loop }}", "{{ loop|length }}"])
        stop = self.one(["", "{% break %}", "{% if loop.index > 1 %}{% break %}{% endif %}", "{% if x %}{% continue %}{% endif %}",
                         "{% if not x %}{% break %}{% endif %}"])
        return self.one([
            "{{ " + value + "|" + self.one(READING) + " }}", "{{ " + value + "|" + self.one(READING) + " }}",
            "{% for x in " + value + test + " %}{{ x }}" + part + stop + "{% else %}-{% endfor %}",
            "{% for x in " + self.one(FAILING) + test + " %}{{ x }}" + part + stop + "{% endfor %}",
            "{% set g = " + value + " %}{{ " + self.one(["1", "2", "'A'", "none"]) + " in g }}{{ g|list }}",
            "{% set g = " + value + " %}{{ g|first }}{{ g|first }}{{ g|" + self.one(READING) + " }}",
            "{% set " + self.one(["a, b", "a", "a,", "a, (b, c)"]) + " = " + value + " %}{{ a }}{{ b }}",
            "{% set ns = namespace(n=0) %}{% for x in " + value + " %}{% set ns.n = ns.n + 1 %}{% if ns.n == 2 %}{% break %}{% endif %}{% endfor %}{{ ns.n }}",
            "{% for x in " + value + " recursive %}{{ loop.depth }}{{ loop(x) if x is sequence and x is not string }}{% endfor %}"])

    def escaping(self):
        inside = self.one(["{{ '<' }}", "{{ s ~ '<' }}", "{{ '<' ~ s|safe }}", "{{ n ~ '<' ~ '&'|safe }}", "{{ ['<', s|safe]|join('&') }}",
                           "{% block k %}{{ s ~ '<' }}{{ '<' }}{% endblock %}", "{{ mac('<') }}", "{{ mac('<') is escaped }}", "{{ '<'|replace('<', '&') }}",
                           "{% set q %}{{ s }}<{% endset %}{{ q }}{{ q is escaped }}", "{% filter upper %}<{{ s }}{{ '<' }}{% endfilter %}",
                           "{% macro in() %}{{ s ~ '<' }}{% endmacro %}{{ in() }}", "{% autoescape false %}{{ '<' ~ s }}{% endautoescape %}",
                           "{{ '<' if n else s }}", "{% call mac('&') %}<{{ s ~ '<' }}{% endcall %}", "{{ ('<'|e)|pprint }}", "{{ '<'|upper }}", "<"])
        head = self.one(["true", "false", "not none", "1", "''"])
        return ("{% macro mac(a) %}{{ a }}<{{ a ~ '>' }}{{ caller() if caller }}{% endmacro %}{% autoescape " + head + " %}" + inside
                + self.one(["", self.marked()]) + "{% endautoescape %}" + self.one(["", "{{ mac('>') }}", "{{ self.k() }}"]))
