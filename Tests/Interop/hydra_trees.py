"""Random trees with what large configurations are made of: nested groups, packages, overrides, options that name others."""

import random

FOREST = [["db", "db/eng", "db/eng/pool"], ["srv", "srv/db"], ["opt", "opt/sched"], ["model", "model/head"], ["env"]]
OPTIONS = ["a", "b", "mysql", "my-x", "a_b", "v1.2"]
KEYS = ["x", "y", "z", "lr", "name", "sub", "list", "n_1"]
PACKAGES = ["_global_", "_here_", "_group_", "foo", "foo.bar", "_global_.g", "_group_.x", "p._group_", "db", "db.eng", "_name_", "x.y.z"]
HEADERS = ["# @package {}"] * 6 + [
    "#@package {}", "#   @package   {}", "\n# @package {}", "# a comment\n# @package {}", "# @package {}\n# @package foo", "# @package: {}",
    "# @package", "# @other {}", "# @package {} x", "   # @package {}", "\t# @package {}\t", "## @package {}", "---\n# @package {}", "# @package {} "]
SCALARS = """1|-3|1.5|1e-3|0x1F|yes|off|null|text|'q s'|"a\\tb"|a b|'1'|.inf|é|'\\${x}'|'\\\\${x}'|'a\\${x}b'|y|-1.|1_0|'a: b'|'# c'|'null'|'true'|2024-01-02|'~'|'it''s'|a#b|'multi\n          line'|1e400|0o7|1:30|0.1|100000000000000000000""".split("|")
TEXTS = ["abc", "a b", "x-y", "7", "1e-3", "null", "true", "a.b", "'q'", "[1,2]", "{a:1}", ""]


ANCHORS = """r_i: 7
r_f: 1e-3
r_s: text
r_q: 'say "hi"'
r_n: null
r_b: yes
r_d: {a: 1, b: {c: two, d: [1, x]}, '1': one}
r_l: [1, two, {k: v}, [3]]
r_r: '${r_d}'
r_t: '${r_d.b.d[1]} of ${r_s}'
r_v: '${oc.dict.values:r_d}'
r_k: '${oc.dict.keys:r_d}'
r_c: '${oc.create:{a: 1, l: [1, 2], i: "${r_i}"}}'
"""
COLLISIONS = ["r_i: 8", "r_s: ???", "r_d: {a: 2, b: {e: 3}}", "r_r: {a: 9, z: 1}", "r_r: ???", "r_r: 5", "r_l: [0]", "r_t: {k: 1}", "r_n: {m: 1}", "r_n: [1]",
              "r_d: {b: '${r_r}'}", "r_r: {b: {c: 1}}", "r_v: {q: 1}", "r_v: [7]", "r_v: 3", "r_d: null", "r_d: 4", "r_c: {a: 2}",
              "r_c: {l: [2]}", "r_v: ['${r_nosuch}', 1]", "r_v: '${r_l}'", "r_v: '${r_d}'", "r_v: null", "r_v: []", "r_c: ???", "r_v: ???", "r_k: [x]", "r_k: ???", "r_b: '${r_d}'", "r_f: '${r_l}'", "r_i: '${r_c}'"]
RECURSIONS = ["r_t: '${r_t.x}'", "r_t: '${r_s.x}'\nr_s: '${r_t.y}'", "r_s: '${oc.select:r_s,1}'", "r_i: '${r_f}'\nr_f: '${r_i}'", "r_l: ['${r_l[0]}']",
              "r_i: '${oc.dict.keys:r_i}'", "r_d: {a: '${r_d.a.b}', b: {c: 1, d: [1]}}", "r_n: '${oc.deprecated:r_n}'", "r_b: 'x ${r_b}'", "r_i: '${oc.decode:${r_i}}'"]
KNOWN = ["r_i", "r_f", "r_s", "r_q", "r_n", "r_b", "r_d", "r_l", "r_r", "r_t", "r_d.a", "r_d.b", "r_d.b.c", "r_d[b].d", "r_d.b.d[1]", "r_l[0]", "r_l.1",
         "r_l[2].k", "r_r.a", "r_r.b.c", "r_d.1", "[r_d][a]", "r_c", "r_c.l", "r_v", "r_k", "r_v[0]", "r_k.0"]


class Drawing:
    """One tree while it is drawn. A tame one is mostly right; a wild one has a bit of everything."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        r = self.random
        self.is_tame = self.chance(.7)
        self.groups = [group for family in r.sample(FOREST, r.randint(1, 3)) for group in family[:r.randint(1, 3)]]
        self.options = {group: r.sample(OPTIONS, r.randint(1, 3)) for group in self.groups}
        self.used = set()
        self.primary = set()
        self.keys = list(KEYS)
        for group in self.groups:
            place = group.replace("/", ".")
            self.keys += [place] + [f"{place}.{key}" for key in r.sample(KEYS, 3)]
        self.keys += ["foo.x", "foo.bar", "list[0]", "list.1", "sub.x", "sub.sub", "g.x"]

    def chance(self, share):
        return self.random.random() < share

    def wild(self, share=1):
        """True for so many draws of a wild tree, and for few of a tame one."""
        return self.chance(share * (.03 if self.is_tame else 1))

    def key(self, scopes):
        """What an interpolation names: one of the tree's own, a neighbour, or anything."""
        r = self.random
        if self.wild(.6):
            return r.choice(self.keys + [".x", "..y", "...z", ".", ".."])
        near = ["." * (up + 1) + key for up, keys in enumerate(reversed(scopes)) for key in keys]
        return r.choice(near) if near and self.chance(.3) else r.choice(KNOWN)

    def reference(self, scopes, depth=0):
        """An interpolation; mostly one that means something."""
        r = self.random
        k, other = self.key(scopes), self.key(scopes)
        inner, dotted = r.choice(TEXTS[:8]), k if "[" not in k or self.wild() else "r_l.1"
        simple = "${%s}" % k
        if depth > 1:
            return simple
        more = self.reference(scopes, depth + 1)
        right = [
            simple, simple, simple, "p ${%s} q" % k, "${%s}${%s}" % (k, other), "${oc.select:%s,%s}" % (dotted, inner), "${oc.select:%s}" % dotted,
            "${oc.select:nosuch,%s}" % more, "${oc.select:.no.such,%s}" % inner, "${oc.select:'%s', \"%s\"}" % (k, inner),
            "${oc.env:MLOPS_TEST_UNSET,%s}" % inner, "${oc.env:MLOPS_TEST_SET}", "${oc.env:MLOPS_TEST_UNSET,null}", "${oc.env:MLOPS_TEST_UNSET,%s}" % more,
            "${oc.decode:${oc.env:MLOPS_TEST_SET}}", "${oc.decode:'%s'}" % inner, "${oc.create:{a:1,b:[1,2]}}", "${oc.create:[%s,%s]}" % (inner, more),
            "${oc.create:{a:%s}}" % more, "${oc.create:{a:1,b:${.a}}}", "${oc.create:${r_d}}", "${oc.create:${r_l}}", "${oc.deprecated:%s}" % dotted,
            "${oc.deprecated:%s,'use $NEW_KEY not $OLD_KEY'}" % dotted, "${oc.dict.keys:r_d}", "${oc.dict.values:r_d}", "${oc.dict.values:r_d.b}",
            "${oc.dict.keys:r_r}", "${oc.dict.values:r_r}", "${r_d.${oc.env:MLOPS_TEST_UNSET,b}}", "${r_d.b.${oc.decode:c}}", "${${oc.select:no,r_s}}",
            "\\${%s}" % k, "\\\\${%s}" % k, "\\\\\\${%s}" % k, "a\\\\b ${%s}" % k, "a\\b ${%s}" % k, "${hydra:job.name}", "${hydra:runtime.choices}",
            "${hydra:job.override_dirname}", "${oc.env:'MLOPS_TEST_SET'}", "$%s ${%s} $" % (inner, k), "{${%s}}" % k, "${oc.select:%s, ${%s}}" % (dotted, other),
            "${oc.env: MLOPS_TEST_UNSET , a b }", "${oc.create:'{a: 1}'}", "${oc.create:'a: ${r_i}'}", "x: ${%s}" % k, "${oc.decode:'${%s}'}" % k]
        if not self.wild():
            return r.choice(right)
        return r.choice(right + [
            "${oc.env:MLOPS_TEST_UNSET}", "${oc.decode:%s}" % more, "${oc.create:%s}" % more, "${oc.dict.keys:%s}" % k, "${oc.dict.values:%s}" % k,
            "${oc.dict.values:.%s}" % r.choice(KEYS), "${oc.dict.keys:%s}" % more, "${%s}" % more, "${sub.%s}" % more,
            "${hydra:runtime.choices.%s}" % r.choice(self.groups), "${%s[%s]}" % (k, r.choice(KEYS)), "${[%s]}" % k, "${oc.select:${name},1}", "${nope:1}",
            "${oc.select:}", "${oc.env:}", "${%s:1}" % k, "${ %s }" % k, "${hydra:nosuch}", "${oc.deprecated:nosuch}"])

    def quoted(self, text):
        return "'%s'" % text.replace("'", "''") if self.chance(.6) or '"' in text or "\\" in text else '"%s"' % text

    def value(self, depth, pad, scopes):
        """What follows a key: on its line, or on the next ones."""
        r, draw = self.random, self.random.random()
        if draw < .45 or depth > 2:
            return " " + r.choice(SCALARS)
        if draw < .72:
            return " " + self.quoted(self.reference(scopes))
        if draw < .74:
            return " ???"
        if draw < .88:
            return "\n" + self.body(depth + 1, scopes)
        if draw < .92:
            return " " + r.choice(["[]", "{}", "[1, a, null]", "{u: 1, v: [2]}", "[[1], {x: 2}]", "[1, '${r_i}', {x: '${.y}', y: 2}]", "{1: a, true: b}"])
        items = [r.choice([r.choice(SCALARS), self.quoted(self.reference(scopes + [[]])), "{x: 1, y: '${.x}'}", "[1, 2]"]) for _ in range(r.randint(1, 3))]
        return "\n" + "\n".join(f"{pad}- {item}" for item in items)

    def body(self, depth=0, scopes=()):
        r, pad = self.random, "  " * depth
        lines, scopes = [], [*scopes, []]
        for key in r.sample(KEYS, r.randint(0 if depth == 0 else 1, 4)):
            lines.append(f"{pad}{key}:{self.value(depth, pad, scopes)}")
            scopes[-1].append(key)
        return "\n".join(lines)

    def package(self, share):
        return "@" + self.random.choice(PACKAGES) if self.chance(share) else ""

    def option(self, group):
        return self.random.choice(OPTIONS) if self.wild(.1) else self.random.choice(self.options[group])

    def item(self, group, name):
        """An item of the list of the configuration `name` in `group`; nothing in a tame tree that has it already."""
        r = self.random
        below = [other for other in self.groups if other.startswith(group + "/")] if group else self.groups
        other = r.choice(below if below and self.chance(.7) else self.groups)
        if group and other.startswith(group + "/") and self.chance(.85):
            written = other[len(group) + 1:]
        else:
            written = "/" + other if group or self.chance(.2) else other
        if self.is_tame and other == group:
            return None
        option = self.option(other)
        package = self.package(.25)
        if self.is_tame and (other, package) in self.used:
            return None
        self.used.add((other, package))
        choices = [f"{written}{package}: {option}"] * 12 + [
            f"optional {written}{package}: {r.choice(OPTIONS)}", f"{written}{package}: null", f"{written}{package}: [{', '.join(self.options[other])}]",
            f"{written}{package}: []", f"{written}/{option}{package}", f"{written}{package}: '{option[:1]}${{oc.env:MLOPS_TEST_UNSET,{option[1:] or chr(39) * 4}}}'"]
        if self.wild() or self.chance(.1):
            choices += [f"{written}{package}: '{self.choice()}'", f"{written}{package}: '{self.choice()}'", f"'{written}/{self.choice()}{package}'"] * 2
        if self.wild():
            choices.append(f"{written}{package}: {r.choice(['???', '1', 'yes', '1.5', '{a: 1}', '[1]', '_self_', option + '.yaml'])}")
        if not group:
            choices += ["/base", "base@" + r.choice(PACKAGES), "base", "/base"] + ["base"] * 3
            if self.wild():
                choices += ["nosuch", "optional base"]
        else:
            siblings = [option for option in self.options[group] if self.wild() or option < name]
            if siblings and self.chance(.4):
                sibling = r.choice(siblings)
                choices += [sibling] * 4 + [sibling + self.package(1), f"/{group}/{sibling}", f"/{group}/{sibling}{self.package(1)}"]
        item = r.choice(choices)
        if not group and f"{written}{package}: " in item:
            self.primary.add((other, package))
        return item

    def choice(self):
        """An option that names others."""
        r = self.random
        other = r.choice(self.groups)
        if not self.wild():
            return "${%s}" % other
        return r.choice(["${%s}", "${%s}", "${/%s}", "x_${%s}", "${%s}_b", "${%s@foo}", "${oc.select:%s,a}", "${.%s}", "${defaults.0.%s}"]) % other

    def override_key(self, group, package):
        """What an override calls an item of the primary list."""
        place = group.replace("/", ".")
        final = package[1:].replace("_group_", place).removeprefix("_global_.").replace("_here_", "_global_") if package else place
        return group if final == place else f"{group}@{final}"

    def override_item(self, group):
        r = self.random
        if group and not self.wild() and self.primary:
            return f"override /{self.override_key(*(pair := r.choice(sorted(self.primary))))}: {self.option(pair[0])}"
        other = r.choice(self.groups)
        if not self.wild() and self.primary:
            other = r.choice(sorted(self.primary))[0]
        written = other[len(group) + 1:] if group and other.startswith(group + "/") and self.chance(.8) else ("/" if group or self.chance(.2) else "") + other
        value = r.choice([self.option(other)] * 8 + ["null", f"[{', '.join(self.options[other])}]"] + ([f"'{self.choice()}'", "???"] if self.wild() else []))
        if self.chance(.1):
            return r.choice(["override hydra/job_logging: none", "override /hydra/job_logging: disabled", "override hydra/launcher: basic"])
        return f"{r.choice(['override'] * 9 + ['optional override', 'override optional'])} {written}{self.package(.1)}: {value}"

    def file(self, name):
        r = self.random
        group, _, own = name.rpartition("/")
        headers = HEADERS if self.wild() else HEADERS[:10]
        lines = [r.choice(headers).format(r.choice(PACKAGES))] if self.chance(.15) and name != "main" or self.wild(.1) else []
        count = r.randint(1, 4) if name == "main" else r.choice([0, 0, 0, 1, 1, 2])
        if name == "base" and count and (self.chance(.5) or not self.wild()):
            count = 0
        items = [item for item in (self.item(group, own) for _ in range(count)) if item]
        if items and self.chance(.6):
            items.insert(r.randint(0, len(items)), "_self_")
        if items and self.chance(.25 if name == "main" else .1):
            items += [self.override_item(group) for _ in range(r.choice([1, 1, 2]))]
        if items:
            lines += ["defaults:"] + [f"  - {item}" for item in items]
        more = ANCHORS if name == "main" else ""
        if name != "main" and self.chance(.3):
            lines = [line for line in lines if "@package" not in line]
            lines.insert(0, "# @package _global_")
            more = "".join({line[:4]: f"{line}\n" for line in r.sample(COLLISIONS, r.randint(1, 4))}.values())
            if self.chance(.1):
                more = r.choice(RECURSIONS) + "\n"
        return "\n".join(lines + [self.body()]) + "\n" + more

    def override(self):
        r = self.random
        if self.chance(.45) and (self.primary or self.wild()):
            group, package = r.choice(sorted(self.primary)) if self.primary else (r.choice(self.groups), "")
            option = self.option(group)
            package = "@" + r.choice(PACKAGES) if self.wild(.3) else self.override_key(group, package)[len(group):]
            right = [f"{group}{package}={option}"] * 6 + [
                f"+{group}@{r.choice(PACKAGES)}={option}", f"~{group}{package}", f"~{group}{package}={option}", f"{group}{package}=null",
                f"{group}{package}=[{','.join(self.options[group])}]", f"{group}={{x: 1}}", f"+{group}@new.place={option}", f"{group}{package}='{option}'"]
            if not self.wild():
                return r.choice(right)
            return r.choice(right + [
                f"+{group}={option}", f"++{group}={option}", f"{group}=1", f"~{group}=null", f"~{group}=1", f"{group}=", f"{group}=true", f"{group}=nosuch",
                f"{group}=???", f"+{group}=null", f"+{group}=[{option}]"])
        right = [
            "1", "2.5", "abc", "null", "true", "1e-3", "???", "'q,x'", "a b", "[]", "{}", "${r_i}", "'${r_d}'", "[${r_i},2]", "${oc.select:r_l,1}", "\\${x}",
            "int(3.7)", "sort([3,1,2],reverse=true)", "str([1,2])", "float({a:1,b:[2]})", "str({a:[1,null]})", "int('3')", "bool(0)", "json_str({a:1})",
            "'it\\'s'", "\"a\"", "", "a:b", "/p/q", "'\\\\${r_s}'", "\"\\${x}\"", "{x:{y:2}}", "{r: ${.s}, s: 1}", "sort(b,a)", "[1,a]", "{1:2}", "{null: 1}", "{a: {null: 1}}", "[{null: 1}]",
            "[1,{a: [{null: 1}]}]", "${oc.create:[a]}", "${oc.decode:' '}", "${oc.create:'['}", "${hydra:job}", "${hydra:overrides.task}"]
        if self.wild():
            key = r.choice([k for k in self.keys if "[" not in k] + ["new.deep", "list.0", "sub.y", "foo.new"])
            value = r.choice(right + ["a,b", "extend_list(1)", "${.y}", "${..x}", "${x}", "range(1,3)"])
            return f"{r.choice(['', '', '', '+', '++', '~'])}{key}={value}" if self.chance(.95) else f"~{key}"
        key = r.choice(["r_i", "r_s", "r_n", "r_b", "r_t", "r_d.a", "r_d.b.c", "r_r.a", "r_l.0", "+new", "+new.deep", "++r_d.new", "++r_i", "++x", "++sub.x",
                        "+r_d", "++list", "++foo.bar", "r_l", "r_l.2.k", "r_c", "r_c.a", "r_v", "r_r", "+r_r", "+r_c", "++r_v", "+r_r.new", "r_k", "++r_k.0",
                        "r_v.0", "r_v.7", "+r_v.7", "r_l.2.zz", "r_l.3.9", "r_l.9", "++r_v", "r_d.b.d.1", "r_d.b.d.5", "+r_l.0.x"])
        if self.chance(.12):
            return r.choice(["~r_i", "~r_d.a", "~r_d.b.c=two", "~r_i=7", "~r_f=1e-3", "~r_l", "~r_d", "~r_r", "~r_l=[1,two,{k:v},[3]]", "~r_s=text", "~r_r.a",
                             "~r_t", "~r_b=true", "~r_v", "~r_c={a:1}", "~r_c.a", "~r_v=[1]", "~r_k=[a,b,'1']", "~r_l=[1]", "~r_d={a:1}", "~r_d.b={c:two,d:[1,x]}", "~r_r=${r_d}", "~r_i=${r_i}"])
        return f"{key}={r.choice(right)}"


def tree(seed):
    """Files by their paths, and overrides; `@` stands for the directory of both search paths."""
    drawing = Drawing(seed)
    r = drawing.random
    files = {}
    for name in ["main", "base"] + [f"{group}/{option}" for group in drawing.groups for option in drawing.options[group]]:
        files[f"conf/{name}"] = drawing.file(name)
    overrides = [drawing.override() for _ in range(r.choice([0, 1, 1, 2, 3]))]
    if drawing.chance(.1):
        for extra in ["one", "two"]:
            for _ in range(r.randint(1, 3)):
                group = r.choice(drawing.groups + ["new"])
                name = f"{group}/{r.choice(OPTIONS)}"
                files[f"{extra}/{name}"] = drawing.body() + "\n"
        places = r.choice([["file://@/one", "file://@/two"], ["@/two", "file://@/one"], ["@/one", "@/nosuch"], ["pkg://no.such", "@/one"], ["@/one", "@/one"]])
        if drawing.chance(.5):
            overrides.append(f"hydra.searchpath=[{','.join(places)}]")
        else:
            files["conf/main"] += "hydra:\n  searchpath:\n" + "".join(f"  - {place}\n" for place in places)
    return files, overrides
