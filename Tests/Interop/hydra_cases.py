"""Random trees of configurations, overrides and texts, and what hydra-core says to them."""

import copy
import logging
import os
import random
import re
import warnings

import yaml
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import CompactHydraException
from hydra.types import RunMode
from omegaconf import OmegaConf, flag_override
from omegaconf._utils import get_omega_conf_dumper
from omegaconf.errors import OmegaConfBaseException

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

GROUPS = ["db", "opt", "srv", "db/eng", "opt/sched", "srv/web"]
OPTIONS = ["a", "b", "c", "my-x"]
KEYS = ["x", "y", "z", "lr", "name", "sub", "list"]
PACKAGES = ["_global_", "_here_", "foo", "foo.bar", "_group_", "_global_.g", "db"]
SCALARS = """1|-3|1.5|1e-3|1_000|0x1F|017|yes|off|null|~|text|'q s'|"a\\tb"|???|12:30|2024-01-02|a b|[]|{}|[1, 2]|{u: 1}|'1'|.inf
.nan|é|!!str 5|\\${x}|y|100000000000000000000|!!binary aGk=""".replace("\n", "|").split("|")
VALUES = """1|2.5|abc|null|true|1e-3|a-b|???|'q,x'|"d q"||a b|/p/q|inf|a:b|\\,|[1,a]|{a:1}|{1:2,true:x}|int(3.7)|str([1,2])
bool(0)|int(a)|sort([3,1,2])|sort(b,a,reverse=true)|sort([1,a])|a,b|choice(a,b)|range(1,4)|interval(0,1)|glob(*)|range(a)
${x}|${db.x}|${oc.select:x,1}|[x|x]|{a}|{a:1,}|'open|a'b|<x>|foo(1)|a(b)|${x|${}|,|a,|[,]|{a:b:c}|(|int(1""".replace("\n", "|").split("|")
PIECES = """a|1|2.5|null|[|]|{|}|(|)|,|:|=| |\t|'|"|'q'|${x}|${|}|$|\\|\\,|@|/|+|~|.|a.b|int(|sort(|a:1|é|#|<|!|||?""".split("|")
YAML = ["a", "key", "1", "yes", "~", "- ", ": ", "? ", ", ", "[", "]", "{", "}", "\n", "\n  ", " ", "\t", "'", '"', " #c", "&x ", "*x",
        "!!int ", "!foo ", "|\n  t\n", ">", "%", "@", "\n---\n", "<<: *x", "\\", "a: 1\n", "- x\n", "'a\n\n b'", "a: &x {b: 1}\n"]
DOCUMENTS = ["a: 1\nb:\n  - x\n  - y: 2\nc: {d: [1, 2], e: 'f'}\n", "x: &x\n  k: 1\ny:\n  <<: *x\n  z: 3\n", "t: |\n  line\n  two\n",
             'a: "q\\tx"\nb: \'it\'\'s\'\n', "l:\n- 1\n- - 2\n  - 3\n-\n  k: v\n", "1: a\n1.5: b\ntrue: c\n"]


def interpolation(r, keys):
    k = r.choice(keys)
    return r.choice(["${%s}" % k, "${.x}", "${..y}", "p ${%s} q" % k, "${oc.select:%s,7}" % k, "${oc.env:MLOPS_TEST_UNSET,d}", "${oc.decode:'[1,2]'}",
                     "${oc.create:{a:1}}", "${oc.dict.keys:%s}" % k, "${%s[0]}" % k, "${%s.x}" % k, "${hydra:job.name}", "\\${%s}" % k, "${a b}",
                     "${%s" % k, "${nope:1}", "${%s}${%s}" % (k, k)])


def body(r, keys, depth=0):
    lines = []
    for key in r.sample(KEYS, r.randint(0 if depth == 0 else 1, 4)):
        pad, draw = "  " * depth, r.random()
        if draw < .5:
            lines.append(f"{pad}{key}: {r.choice(SCALARS)}")
        elif draw < .75:
            lines.append(f"{pad}{key}: '{interpolation(r, keys).replace(chr(39), chr(39) * 2)}'")
        elif draw < .9 and depth < 2:
            lines.append(f"{pad}{key}:\n{body(r, keys, depth + 1)}")
        else:
            lines.append(f"{pad}{key}:\n{pad}- {r.choice(SCALARS)}\n{pad}- '{interpolation(r, keys).replace(chr(39), chr(39) * 2)}'")
    return "\n".join(lines)


def tree(seed):
    """Files by name, and overrides."""
    r = random.Random(seed)
    groups = r.sample(GROUPS, r.randint(1, 3))
    names = ["main", "base"] + [f"{group}/{option}" for group in groups for option in r.sample(OPTIONS, r.randint(1, 2))]
    keys = KEYS + [group.replace("/", ".") for group in groups] + [group.replace("/", ".") + ".x" for group in groups]
    files = {}
    for name in names:
        lines = [f"# @package {r.choice(PACKAGES)}"] if r.random() < .12 else []
        items = []
        own = name.rpartition("/")[0]
        for _ in range(r.randint(1, 4) if name == "main" else r.choice([0, 0, 0, 1, 2])):
            group = r.choice(groups)
            written = group if not own else "/" + group
            have = [n.rpartition("/")[2] for n in names if n.startswith(group + "/")] or OPTIONS
            package = "@" + r.choice(PACKAGES) if r.random() < .2 else ""
            items.append(r.choice([f"{written}{package}: {r.choice(have)}"] * 6 + [
                f"optional {written}: {r.choice(OPTIONS)}", f"{written}: null", f"{written}: [{', '.join(have)}]", f"{written}: ???",
                f"{written}: ${{db}}", "base" if name == "main" else "nosuch", f"override {written}: {r.choice(have)}"]))
        if items and r.random() < .6:
            items.insert(r.randint(0, len(items)), "_self_")
        if items:
            lines += ["defaults:"] + [f"  - {item}" for item in sorted(items, key=lambda item: item.startswith("override"))]
        files[name] = "\n".join(lines + [body(r, keys)]) + "\n"
    overrides = []
    for _ in range(r.choice([0, 1, 1, 2])):
        sign = r.choice(["", "", "", "+", "++", "~"])
        if r.random() < .35:
            overrides.append(f"{sign}{r.choice(groups)}={r.choice(OPTIONS)}")
        else:
            overrides.append(f"{sign}{r.choice(keys + ['new.deep'])}={r.choice(VALUES)}")
    return files, overrides


def line(seed):
    """One override, mostly malformed."""
    r = random.Random(seed)
    if r.random() < .6:
        return r.choice(["k", "+k", "~k", "a.b", "a/b", "a b", "@"]) + r.choice(["=", "=", "=", ""]) + "".join(r.choice(PIECES) for _ in range(r.randint(1, 6)))
    value = r.choice(VALUES)
    place = r.randint(0, len(value))
    return "k=" + value[:place] + r.choice(PIECES) + value[place + r.choice([0, 1]):]


def document(seed):
    """A YAML text, mostly malformed."""
    r = random.Random(seed)
    if r.random() < .4:
        return "".join(r.choice(YAML) for _ in range(r.randint(1, 8)))
    text = r.choice(DOCUMENTS)
    for _ in range(r.randint(1, 2)):
        place = r.randint(0, len(text))
        text = text[:place] + r.choice(YAML + [""]) + text[place + r.choice([0, 0, 1]):]
    return text


def lines(text):
    """The lines of a message that say something, without Hydra's manuals, where `--config-dir` named the directory."""
    text = text.replace("provider=main,", "provider=command-line,")
    # How such a sentence ends depends on what was under way where Python's stack ended.
    text = re.sub(r"(maximum recursion depth exceeded) (in comparison|while calling a Python object)", r"\1", text)
    if text.startswith("maximum recursion depth exceeded"):
        text = text.split("\n")[0]
    return [re.sub(r"\s+", " ", line).strip() for line in text.split("\n") if line.strip() and not line.startswith("See https://hydra.cc")]


def said(error):
    """What a program of Hydra's prints of an error, with OmegaConf's names for places."""
    text = str(error)
    if isinstance(error, CompactHydraException) and isinstance(error.__cause__, OmegaConfBaseException):
        text += f"\n{error.__cause__}"
    return lines(text)


def composed(directory, overrides):
    """The composition of `main` as YAML, as it is and resolved, or what is wrong with either."""
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None
    try:
        with initialize_config_dir(config_dir=str(directory), version_base="1.3", job_name="mlops"):
            config = compose("main", overrides, return_hydra_config=True)
        HydraConfig.instance().set_config(config)
        task = copy.deepcopy(config)
        with flag_override(task, ["struct", "readonly"], False):
            del task["hydra"]
        plain = OmegaConf.to_yaml(task)
    except Exception as error:
        return {"error": said(error)}
    try:
        tree = OmegaConf.to_container(task, resolve=True)
        text = yaml.dump(tree, Dumper=get_omega_conf_dumper(), default_flow_style=False, allow_unicode=True, sort_keys=False)
        return {"plain": plain, "resolved": text}
    except Exception as error:
        return {"plain": plain, "error": said(error)}


def split(directory, overrides):
    """The runs that the basic sweeper makes of a command line, or what is wrong with it."""
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(config_dir=str(directory), version_base="1.3", job_name="mlops"):
            loader = GlobalHydra.instance().config_loader()
        parsed = OverridesParser.create(config_loader=loader).parse_overrides(overrides)
        loader.validate_sweep_overrides_legal(parsed, RunMode.MULTIRUN, from_shell=True)
        parsed = [override for override in parsed if not override.is_hydra_override()]
        return {"runs": [run for batch in BasicSweeper.split_arguments(parsed, None) for run in batch]}
    except Exception as error:
        return {"error": said(error)}


def is_endless(expected):
    """Whether a defaults list went on until Python's stack ended while an option was resolved, which then is said to be wrong."""
    return any(line.startswith("Error resolving interpolation") and len(line) > 2000 for line in expected.get("error", []))


def settings(directory, overrides):
    """Hydra's own settings as `--cfg hydra` prints them, or what is wrong with them."""
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None
    try:
        with initialize_config_dir(config_dir=str(directory), version_base="1.3", job_name="mlops"):
            config = compose("main", overrides, return_hydra_config=True)
        HydraConfig.instance().set_config(config)
        OmegaConf.set_readonly(config.hydra, None)
        text = OmegaConf.to_yaml(Hydra.get_sanitized_hydra_cfg(config))
        return {"plain": text.replace("provider: main", "provider: command-line")}
    except Exception as error:
        return {"error": said(error)}


def parsed(line):
    """What is wrong with an override; nothing when it is right."""
    try:
        OverridesParser.create().parse_overrides([line])
        return []
    except Exception as error:
        return lines(str(error))


def loaded(path):
    """A file as YAML, or what is wrong with it."""
    try:
        with open(path, encoding="utf-8") as file:
            config = OmegaConf.load(file)
        return OmegaConf.to_yaml(config) if OmegaConf.is_dict(config) else ["must be a DictConfig, got ListConfig"]
    except Exception as error:
        return lines(str(error))
