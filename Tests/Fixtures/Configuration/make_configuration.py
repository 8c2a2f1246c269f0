"""Makes expect.json: what hydra-core and omegaconf say to the trees beside this file, to generated trees, and to lines.

    pip install hydra-core==1.3.8 omegaconf==2.3.1
    python make_configuration.py > expect.json

The environment of a case is MLOPS_TEST_ENV=from-env, MLOPS_TEST_NUM=42. A map is a list of pairs under "map", so that
the order of its keys is part of the case; numbers that JSON lacks are the texts nan, inf, -inf. An error is 64 for an
override that does not parse and 78 for everything else, as in our exit statuses; "says" is the first line of the
exception (of its cause, when it has no words), which our message must contain.
"""
import json
import math
import os
import random
import re
import shutil
import sys
import tempfile
import warnings

os.environ.update(MLOPS_TEST_ENV="from-env", MLOPS_TEST_NUM="42")
os.environ.pop("MLOPS_TEST_UNSET", None)
warnings.simplefilter("ignore")

from hydra import compose, initialize_config_dir  # noqa: E402
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper  # noqa: E402
from hydra.core.global_hydra import GlobalHydra  # noqa: E402
from hydra.core.override_parser.overrides_parser import OverridesParser  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402
from omegaconf.errors import OmegaConfBaseException  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def name(key):
    return {True: "true", False: "false"}[key] if isinstance(key, bool) else str(key)


def plain(value):
    if isinstance(value, dict):
        pairs = {}
        for key, member in value.items():
            pairs[name(key)] = plain(member)
        return {"map": [[key, member] for key, member in pairs.items()]}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return value


def refused(error):
    """An error as a case expects it."""
    kind, text = type(error).__name__, str(error)
    if not text.strip() and isinstance(error.__cause__, OmegaConfBaseException):
        text = str(error.__cause__)
    lines = [line for line in text.split("\n") if line.strip()]
    said = re.sub(r"\s+", " ", lines[0] if lines else "").strip().rstrip(".:")
    case = {"error": 64 if kind == "OverrideParseException" else 78}
    if kind in ("RecursionError", "IndexError", "KeyError") or not said:
        return case
    if any(word in said for word in ("RecursionError", "AssertionError", "Exception raised")):
        return case
    # An override that a function refuses has the reason in the second line.
    if said.startswith("Error parsing override") and len(lines) > 1:
        said += " " + re.sub(r"\s+", " ", lines[1]).strip().rstrip(".:")
    return {**case, "says": said}


def composed(directory, config, overrides):
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(config_dir=directory, version_base="1.3", job_name="mlops"):
            tree = OmegaConf.to_container(compose(config_name=config, overrides=overrides), resolve=True)
        return {"expect": plain(tree)}
    except Exception as error:
        return refused(error)


def written(text, config="main", overrides=()):
    """Composes a single file."""
    directory = tempfile.mkdtemp()
    with open(f"{directory}/main.yaml", "w", newline="") as file:
        file.write(text)
    result = composed(directory, config, list(overrides))
    shutil.rmtree(directory)
    return result


def member(result, key):
    """The value of one key of a composition, or its error."""
    if "error" in result:
        return result
    return {"expect": dict(map(tuple, result["expect"]["map"]))[key]}


# What plain text means: OmegaConf's YAML.
SCALARS = r"""1 -7 +5 0 007 08 09 0o17 0x1F 0X1f 0b11 0B1 1_000 1__0 _1 1_ 1e3 1e-3 1E+3 1.5e3 .5 -.5 +.5 5. 5.e3 1e e3 1.2.3
. .. .inf -.inf +.inf .Inf .iNf .nan .NaN -.nan inf nan yes Yes yEs no NO on off true True tRUE false y n ~ null Null
nULL 1:30 190:20:30 1:60 1:30.5 -1:30 1:2:3. 2024-12-23 2024-12-23T10:00:00Z a-b a:b a#b _x = <<  => ??? '???' "" ''
"1" '1e-3' "a\tb" "\u0161" !!str|1 !!int|"3" !!float|1 !!bool|yes !!null|"" ! 1e5_0 1_0.5 0.1. 1e+ 00 0.0 -0 -0.0 0e0
12e03 1e400 9223372036854775807 -9223372036854775808 100000000000000000000.0 1e22 1e16 123456789012345680.0 0.0001
0.00001 1,000 @a %a `a -a - ?a :a [a {a a] "a &x|5 *x [] {} [1,|a] {a:|1} {a:1} {a:[1,2]} {a:{b:1}} {"a":1} [1,] [,1]
{a} {a,|b:|1} [a:|1] [[],{}] !custom|1 !!python/none|x 1.e5 1_.5 ._5 .5_ .5e3 .5e+3 +1e3 \n "\/" "\z" *.x ${x y|#c
9223372036854775808 -9223372036854775809 0xFFFFFFFFFFFFFFFFFF 1_000_000_000_000_000_000_000 {9223372036854775808:|1}
{'':|1} {"k\n":|{x:|[1,|2]}} !!omap|[a:|1] !!set|{a} !!null|x !!timestamp|2024-01-02 !!int|x !!float|x ${ ${} a${b [${]"""

# What follows `+s=` on a command line.
VALUES = r"""1|-1|+1|1.5|1e5|1e-5|-.5|5.|1_000|01|0x10|inf|-inf|nan|-nan|INF|null|NULL|true|tRuE|a|a b|a  b| a |a-b|_a|-a|--a|1a
1-2|1.2.3|a:b|a: b|:a|a:|=|a=b|/a/b|\|a\b|a\,b|\,|\\|a\ |\{x\}|\(|\t|*.jsonl|?|@|a@b|$|50%|.|..|a.b|#|a#b|!|<|;|`|~|"|'
"a"|'a'|"a b"|'a,b'|"a\"b"|'a\'b'|"a'b"|'a"b'|"a\\"|"a\\\"b"|"a\b"|'\\'|a'b|"a" "b"|''|""|' '|"1"|"null"|[]|[ ]|[1,2]
[ 1 , 2 ]|[1,]|[,1]|[a b,c]|[[1],[2]]|["a,b",c]|[a:b]|[{a:b}]|[|[1|]|[1]x|{}|{a:1}|{a: 1, b: 2}|{ a : 1 }|{a:1,}|{a}|{a:}
{:1}|{1:a}|{1.5:a}|{true:a}|{null:a}|{a b:c}|{"a":1}|{a:{b:{c:1}}}|{a:b:c}|{a.b:1}|{a:1,a:2}|{1:a,true:b}|{$a:1}|{a:1|a}
${v}|${n.a}|${oc.env:MLOPS_TEST_ENV}|x${v}y|${v}${t}|${|${}|${v|"${v}"|'x ${v}'|[${v}]|{a:${v}}|\${v}|"\${v}"|${oc.select:no,d}
${n.${key}}|1 2|a 1|true false|é|日本|a,b|1, 2|,|a,|???|1__0|1_|1e|1e400|0|-0|-0.0|00|http://x.y:80/z?q=1|C:\x|10:20:30|a(b)
(a)|f()|f(1)|()|int|int(|int()|int(3.9)|int(-3.9)|int("7")|int(a)|int(1_0)|int(true)|int(1,2)|int([1.5,{a:2.5}])|int(null)
int(value=2.5)|int(v=1)|float(3)|float(inf)|float("1e3")|str(10)|str(1e-3)|str(true)|str([1,true])|str({a:1})|str("a b")
bool(0)|bool(2)|bool(no)|bool(TRUE)|bool([0,1])|sort([3,1,2])|sort([b,a])|sort([a,1])|sort([3,1],reverse=true)|sort(list=[2,1])
sort([])|sort([[2],[1]])|sort(3)|sort(1,2,key=1)|shuffle([1])|shuffle(5)|choice(1,2)|choice()|choice(choice(1,2))|choice(null)
choice(1,range(1,2))|range(3)|range(a)|range()|interval(0,1)|interval(1)|glob(*)|glob(1)|tag(a,choice(1,2))|tag(a)|[choice(1,2)]
{a:choice(1,2)}|str(range(1,3))|foo(1)|int (1)|x int(1)|[int(1.5),str(2)]|{a:int(2.5)}|sort(interval(1,2))|9223372036854775808|-99999999999999999999
float(123456789012345678901)|int("123456789012345678901")|bool(9223372036854775808)|{9223372036854775808:1}|[glob([1])]|${oc.decode:"[1,2]"}"""

# Whole overrides over BASE.
OVERRIDES = r"""v=5|+v=5|++v=5|~v|~v=3|~v=4|~v=null|~v=|new=1|+new=1|++new=1|~new|n.a=5|n.new=1|+n.new=1|n={a:7}|n={zz:1}|+n={zz:1}
n=[1]|n=null|n=1|n=???|v=???|v={a:1}|v.x=1|+v.x=1|++v.x.y=1|nul.x=1|+nul.x=1|+nul=3|mis=3|+mis=3|mis.x=1|+mis.x=1|~mis|~nul
l.0=9|l.5=9|+l.5=9|++l.5=9|l.x=1|l=[]|l={a:1}|+l=[x]|~l.0|~l|~l=[a,b]|~l=[a]|~n={a:1}|ref.a=5|+ref.a=5|+ref.zz=5|ref={a:9}|~ref
~ref.a|e={}|+e={a:1}|~e={}|~t=text|~t="text"|++={a:1}|++=1|+=1|=1|.v=1|a..b=1|++a..b=1|v|+v|~~v|~v@x|v@x=1|n[a]=1|-v=1|a/b=1
+a/b=1|x y=1|v=1,2|v=choice(1,2)|v =1|v= 1|é=1|1=2|+1=2|~n.a|~n|hydra.job.name=x|hydra.job.name=[x]|hydra.nosuch=1|+hydra.own=1
hydra.run.dir=x|hydra.run.dir=null|~hydra.run|hydra.job.num=x|hydra.mode=RUN|hydra.mode=no|~n.a=true|~n.a=1.0|~n.a=2|l.9=1|ref=${n.|~key=a|v=9223372036854775808|hydra/launcher=none|hydra.verbose=true"""

BASE = """v: 3
t: text
f: 1.5
nul: null
mis: ???
key: a
e: {}
n: {a: 1, b: two, l: [10, {x: 1}, "${v}"], d: {1: one, k: "${n.a}"}}
ref: ${n}
l: [a, b]
"""

# Texts with interpolations over BASE; a value of the key `q.w`.
TEXTS = r"""${v}|${n.a}|${n.l[0]}|${n.l.1.x}|${n[a]}|${[n][a]}|${n.${key}}|${n[${key}]}|${ref.a}|${n}|${n.l}|${n.d}|${e}|${nul}|${mis}
${no}|${n.no}|${.s}|${..v}|${...v}|${..n.a}|${n.l[9]}|${n.l[-1]}|${n.l.a}|${v.x}|x${v}y|${v}${t}|${v} ${f} ${nul}|${n}x|${n.l}x
\${v}|\\${v}|\\\${v}|a\b|\|${v}\|\$|$v|${|${v|${}|${:}|${a b}|${ v }|{v}|'${v}'|${oc.env:MLOPS_TEST_ENV}|${oc.env:MLOPS_TEST_UNSET}
${oc.env:MLOPS_TEST_UNSET,d}|${oc.env:MLOPS_TEST_UNSET,null}|${oc.env:MLOPS_TEST_UNSET,${v}}|${oc.env:MLOPS_TEST_UNSET,1.50}
${oc.decode:${oc.env:MLOPS_TEST_NUM}}|${oc.decode:"[1, {a: b}]"}|${oc.decode:"1e3"}|${oc.decode:abc}|${oc.decode:"["}|${oc.decode:null}
${oc.decode:1}|${oc.decode:"a b"}|${oc.select:v}|${oc.select:no}|${oc.select:no,7}|${oc.select:mis,8}|${oc.select:n.no,[1,2]}
${oc.select:..v}|${oc.select:${v}}|${oc.select:no,${n}}|${oc.create:{a:${v}}}|${oc.create:[1,a]}|${oc.create:1}|${oc.create:"a: 1"}
${oc.create:x}|${oc.create:null}|${oc.create:yes}|${oc.dict.keys:n}|${oc.dict.values:n}|${oc.dict.values:e}|${oc.dict.keys:v}
${oc.dict.keys:no}|${oc.dict.keys:n.d}|${oc.dict.values:n.d}|${oc.dict.keys:.}|x${oc.dict.values:n}|${oc.deprecated:v}
${oc.deprecated:v,"use $NEW_KEY"}|${oc.deprecated:v,1}|${oc.deprecated:no}|${no:1}|${oc.env}|${oc.env:}|${oc.env:a,b,c}|${oc.${t}:1}
${oc.create:{a: {b: [x y, "z"]}}}|${oc.select:no,{1:2}}|${oc.select:no,a b}|${oc.select:no,"a, b"}|${oc.select:no,a:b}|${oc.select:no,}
${oc.select:no,\,}|${oc.select:no,1,2}|${oc.create:[a,,b]}|${oc.decode:"${v}"}|${w}|${q}|${q.w}|${q.s}|${n.d.k}|${n.d.1}|${n.l.2}|${l[9]}|${l.0.x}
${nul.x}|${mis.x}|${....v}|${n.[a]}|${${v}}|${oc.select:no,{x y:1}}|${oc.select:no,{x y :1}}|${oc.select:9223372036854775808}|${now:1}
${oc.env:1.5}|${oc.env:MLOPS_TEST_UNSET}x|${oc.decode:1.5}|${oc.create:1.5}|${oc.dict.values:l}|${oc.dict.keys:mis}|${oc.deprecated:1}
${oc.decode}|${oc.decode:1,2}|${oc.create:}|${oc.dict.keys:a,b}|${oc.dict.values:a,b,c}|${oc.select:a,b,c}|${oc.deprecated:a,b,c}|${l.a}
${a.b:c}|${oc.env:"a b"}"""

SWEEPS = [
    ["a=1,2"], ["a=1,2", "b=x,y"], ["a=1", "b=2,3", "c=4"], ["a=choice(1,2)"], ["a=range(1,4)"], ["a=range(4)"],
    ["a=range(0,1,0.1)"], ["a=range(0.1,1.0,0.3)"], ["a=range(5,1,-2)"], ["a=range(1,5,0)"], ["a=range(start=1,stop=3)"],
    ["a=[1,2],[3]"], ["a={x:1},{x:2}"], ["a='x,y',z"], ['a="x y",z'], ["a=x y,z"], ["a=x\\,y,z"], ["a=1"], ["~a"],
    ["~a=1,2"], ["+a=1,2"], ["++a=1,2"], ["g/h=x,y"], ["g@p=x,y"], ["a=1e-3,1e5,1_0"], ["a=true,null,nan,-inf"], ["a="],
    ["a=''"], ["a=${b},c"], ["a=1,2", "a=3"], ["a=sort(3,1,2)"], ["a=sort(3,1,2,reverse=true)"], ["a=sort(range(1,4))"],
    ["a=sort(range(1,4),reverse=true)"], ["a=sort(range(4,1,-1))"], ["a=sort(choice(b,a))"], ["a=shuffle(choice(1))"],
    ["a=int(1.5,2.5)"], ["a=str(choice(1,2))"], ["a=float(range(1,3))"], ["a=int(range(1.0,3.0))"], ["a=str(range(1,3))"],
    ["a=tag(t,choice(1,2))"], ["a=tag(t,u,range(2))"], ["a=interval(0,1)"], ["a=glob(*)"], ["a=[choice(1,2)]"],
    ["a=choice(1,choice(2,3))"], ["a=1,choice(2,3)"], ["a=choice(a b,'c d',[e f])"], ["a={x:[1,{y:z}]},2"], ["a=:,="],
    ["a=1,"], ["a=,1"], ["a"], ["=1,2"], ["a={1:2,true:3},4"], ["a=\\{x,y"], ["a='it\\'s',\"\\\\\""], ["a=int(2.7),x"],
]


def generated(seed):
    """A small tree of configurations: a group in a group, defaults lists of every form, packages, headers."""
    rng = random.Random(f"configuration-{seed}")
    options, groups = ["one", "two", "three"], ["red", "green", "blue", "red/dark"]
    values = ["1", "word", "true", "null", "1e-3", "'q d'", "~", "[1, two]", "{m: 1, n: [a]}", "${v}", "a-${v}", "???", "yes"]
    packages = ["@pk", "@pk.q", "@_global_", "@_global_.x", "@_here_", "@_here_.y", "@green", "@_group_", "@_group_.z"]
    headers = ["# @package _global_", "# @package pk.q", "# @package _group_", "# @package _group_.z", "# hello"]

    def body(keys="pqrst", indent=""):
        lines = []
        for key in rng.sample(keys, rng.randint(1, 2)):
            if rng.random() < 0.2 and not indent:
                lines += [f"{key}:"] + body("xyz", "  ")
            else:
                lines.append(f"{indent}{key}: {rng.choice(values)}")
        return lines

    def item(group):
        package = rng.choice(packages) if rng.random() < 0.2 else ""
        if rng.random() < 0.1:
            return f"- {rng.choice(options) if group else 'base'}{package}"
        target = rng.choice(["dark", "/green", "/blue", "/red/dark"]) if group else rng.choice(groups)
        word = rng.choice([""] * 8 + ["optional ", "override "])
        option = rng.choice(options * 8 + ["null", "absent", "[one, two]", "[]", "${red}", "${green}"])
        return f"- {word}{target}{package}: {option}"

    def listed(group, count):
        items = []
        for _ in range(count):
            one = item(group)
            if one.split(":")[0] not in [other.split(":")[0] for other in items]:
                items.append(one)
        items.sort(key=lambda text: "override" in text)
        place = rng.choice([0, None, sum("override" not in text for text in items)])
        if place is not None:
            items.insert(place, "- _self_")
        return ["defaults:"] + items

    tree = {"base": "\n".join(body()) + "\n"}
    for main in ("main", "other"):
        tree[main] = "\n".join(listed("", rng.randint(1, 3)) + body() + ["v: 3"]) + "\n"
    for group in groups:
        for option in options:
            if rng.random() < 0.95:
                head = [rng.choice(headers)] if rng.random() < 0.25 else []
                lists = listed(group, 1) if group in ("red", "green") and rng.random() < 0.4 else []
                tree[f"{group}/{option}"] = "\n".join(head + lists + body()) + "\n"
    cases = []
    for _ in range(5):
        overrides = []
        for _ in range(rng.choice([0, 1, 1, 2])):
            group = rng.choice(groups) + (rng.choice(packages) if rng.random() < 0.15 else "")
            key = rng.choice(["p", "q", "v", "red.p", "green.q", "pk.q.r", "x.s", "red.dark.t"])
            value = rng.choice(["1", "null", "[1,2]", "{z:1}", "${v}", "'s p'", "???"])
            overrides.append(rng.choice([
                f"{group}={rng.choice(options)}", f"+{group}={rng.choice(options)}", f"~{group}",
                f"+{key}={value}", f"++{key}={value}", f"++{key}={value}", f"++{key}={value}", f"~{key}",
            ]))
        cases.append((rng.choice(["main", "other"]), overrides))
    return tree, cases


def main():
    out = {"kitchen": [], "trees": [], "scalars": [], "values": [], "overrides": [], "texts": [], "sweeps": []}
    kitchen = os.path.join(HERE, "trees", "kitchen")
    configs = sorted(file[:-5] for file in os.listdir(kitchen) if file.endswith(".yaml"))
    lists = [(config, []) for config in configs] + [("dinner", [text]) for text in [
        "dish=salad", "dish=stew", "dish=pizza", "oven=null", "+extra=party", "+extra=nobody", "+drink=tea", "drink=tea",
        "+dish@late=salad", "~oven", "~oven=gas", "~oven=electric", "++dish=salad", "guest@guests.first=ben",
        "guest=ben", "~guest@guests.second", "+oven/rack=top", "+oven/rack=[top,low]", "dish=[soup,salad]", "dish={a:1}",
        "dish.name=mine", "menu.deep.up=1", "title=${oven.fuel.kind}", "wanted=5", "steps.2.cook=5", "servings=1,2",
    ]] + [("weekend", ["dish=salad"]), ("must", ["dish=soup"]), ("bare", ["+dish=soup"]), ("chosen", ["oven=electric"]),
          ("nothing_here", []), ("dinner.yaml", []), ("global_header", ["dish=stew"]), ("dish/stew", []),
          ("chosen", ["oven=null"]), ("list", ["dish=soup"]), ("list", ["oven=electric"]), ("twice", ["dish=stew"])]
    for config, overrides in lists:
        out["kitchen"].append({"config": config, "overrides": overrides, **composed(kitchen, config, overrides)})
    for seed in range(60):
        texts, cases = generated(seed)
        directory = tempfile.mkdtemp()
        for path, text in texts.items():
            os.makedirs(os.path.dirname(f"{directory}/{path}"), exist_ok=True)
            with open(f"{directory}/{path}.yaml", "w") as file:
                file.write(text)
        done = [{"config": c, "overrides": o, **composed(directory, c, o)} for c, o in cases]
        out["trees"].append({"texts": texts, "cases": done})
        shutil.rmtree(directory)
    for text in SCALARS.split():
        text = text.replace("|", " ")
        out["scalars"].append({"text": text, **member(written(f"a: {text}\n"), "a")})
    for text in "|".join(VALUES.splitlines()).split("|"):
        out["values"].append({"text": text, **member(written(BASE, overrides=["+s=" + text]), "s")})
    for text in "|".join(OVERRIDES.splitlines()).split("|"):
        out["overrides"].append({"text": text, **written(BASE, overrides=[text])})
    for text in "|".join(TEXTS.splitlines()).split("|"):
        result = written(BASE + f"q: {{s: near, w: {json.dumps(text)}}}\n")
        if "expect" in result:
            result = member({"expect": member(result, "q")["expect"]}, "w")
        out["texts"].append({"text": text, **result})
    for arguments in SWEEPS:
        try:
            lists = BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(arguments), None)[0]
            out["sweeps"].append({"arguments": arguments, "expect": lists})
        except Exception as error:
            case = refused(error)
            if type(error).__name__ == "ValidationError":  # a defect of the reference, not its opinion
                case.pop("says", None)
            out["sweeps"].append({"arguments": arguments, **case})
    sections = [f'"{name}":[\n' + ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":"))
                                            for case in cases) + "\n]" for name, cases in out.items()]
    sys.stdout.write("{" + ",\n".join(sections) + "}\n")
    for key, cases in out.items():
        flat = [case for tree in cases for case in tree.get("cases", [tree])]
        print(key, len(flat), "errors", sum("error" in case for case in flat), file=sys.stderr)


main()
