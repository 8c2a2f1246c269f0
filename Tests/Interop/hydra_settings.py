"""Random sweeps, settings of Hydra's own, and arguments that print a composition."""

import random

SWEEPS = """1,2|a,b,c|'a b',"c"|choice(1,2,3)|choice(a,'b c',[1,2],{x:1})|range(1,4)|range(3)|range(10,1,-3)|range(0,1,0.25)|range(1,0,-0.5)|range(0.1,0.5,0.1)
range(start=1,stop=7,step=2)|range(1,4,-1)|sort(3,1,2)|sort(b,a,c,reverse=true)|sort(range(5))|sort(range(1,5),reverse=true)|sort(range(5,1,-1))
sort(choice(b,a),reverse=true)|sort([3,1],reverse=true)|[1,2],[3]|{a:1},{b:2}|int(1.5,2.5)|float(1,2)|str(choice(1,2))|str(1,true)|float(range(1,4))
int(range(1.5,4.5,1))|bool(0,1)|tag(t,choice(a,b))|tag(choice(1,2))|tag(range(3))|glob(*)|glob([a*,m*])|glob(*,exclude=a)|glob(*,exclude=[a,m*])|glob(nosuch)
shuffle(a)|shuffle([1])|choice(1)|choice()|interval(0,1)|a,|1|abc|'it\\'s'|[1,2]|{a:[1]}|null|1e-3,1e-4|1e5,0x1|inf,nan|true,false|null,1|,1|range(1)|range(0)
range(1,1)|sort(1)|sort()|${x},${y}|\\,,b|a\\,b,c|'a,b',c|"x=1",y|choice(range(3))|choice(choice(1,2))|-1,-2|1_000,2|a:b,c|/p,/q|.5,1.|é,b|range(a)
sort(b,1)|str([1,2],[3])|json_str(1,2)|extend_list(1),2|int(a,1)|range(0,1,0.1)|range(1,2,0)|sort(a,b,b)|float('1e3','nan')|str('a b',c)""".replace("\n", "|").split("|")


def sweep(seed):
    """A command line with sweeps over values and over the options of `db`."""
    r = random.Random(seed)
    lines = []
    for _ in range(r.choice([1, 1, 2, 3])):
        value = r.choice(SWEEPS)
        key = "db" if "glob" in value and r.random() < .9 else r.choice(["x", "y", "+new", "++z", "db", "db@foo", "a.b", "+db@foo", "~x", "hydra.job.name"])
        lines.append(f"{key}={value}" if r.random() < .97 else f"~{key}")
    return lines


SETTINGS = ["hydra.job.name", "hydra.job.num", "hydra.job.chdir", "hydra.output_subdir", "hydra.mode", "hydra.job.env_set", "hydra.job.env_copy", "hydra.job",
            "hydra.verbose", "hydra.job_logging", "hydra.launcher", "hydra.sweeper", "hydra.sweeper.params", "hydra.sweeper.max_batch_size", "hydra.run",
            "hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.job.config.override_dirname.exclude_keys", "hydra.job.config.override_dirname.kv_sep",
            "hydra.job.config.override_dirname.item_sep", "hydra.callbacks", "hydra.env", "hydra.runtime.choices", "hydra.job.config_name", "hydra.runtime.cwd",
            "hydra.nosuch", "hydra.job.nosuch", "hydra.job.env_set.A", "hydra.launcher.n", "hydra.job_logging.root", "hydra.job.id", "hydra.runtime.version",
            "hydra.sweeper.foo", "hydra.sweeper.params.x", "hydra.searchpath", "hydra.searchpath.0", "hydra.sweeper._target_", "hydra.launcher._target_",
            "hydra.callbacks.cb", "hydra.job.env_copy.0", "hydra.sweep"]
TYPED = """null|true|5|1.5|abc|'yes'|[a]|{a:1}|???|[1,true]|${x}|RUN|2|0||MULTIRUN|[]|{}|out/${x}|${hydra.job.name}|{A:1,B:x}|'7'|off|[x]|[HOME]|'-'|a b|${sub}|${l}|${no}|${hydra.job}|[null]|[{a:1}]|[[1]]|{1:2}|[${x}]|{null:1}|{a:{null:1}}|[{null:1}]|{params:{}}|{a:1,_target_:x}|'${x}'|['${x}']|[/nosuch]|${hydra:job.name}""".split("|")

# Options of Hydra's own groups.
OWN_SETTINGS = {f"conf/hydra/{name}": text for name, text in {
    "job_logging/mine": "version: 1\nroot: {level: DEBUG, handlers: [x]}\nhandlers: {x: {class: logging.NullHandler}}\n",
    "hydra_logging/mine": "version: 1\nroot: null\nextra: ${hydra.job.name}\n", "sweeper/mine": "_target_: a.b\nfoo: 1\nparams: {x: 1}\n",
    "launcher/mine": "_target_: a.b\nn_jobs: 2\n", "callbacks/mine": "cb: {_target_: a.b}\n", "output/mine": "run:\n  dir: zz\n",
    "output/own": "# @package hydra\nrun:\n  dir: zz\nsweep: {dir: yy, subdir: '${hydra.job.num}'}\n", "env/mine": "a: 1\n",
}.items()}


def options(seed):
    """Arguments that make a program of Hydra's print something."""
    r = random.Random(seed)
    overrides = r.sample(["+sched=a", "+sched=b", "lr=0.3", "hydra.job.name=x", "hydra.output_subdir=null", "hydra.verbose=true", "hydra.mode=MULTIRUN",
                          "+hydra.job.env_set.A=1", "hydra/job_logging=mine", "hydra/hydra_logging=mine", "hydra/sweeper=mine", "hydra/launcher=mine",
                          "hydra/callbacks=mine", "+hydra/callbacks=mine", "hydra/output=mine", "hydra/output=own", "hydra/env=mine", "seed=3",
                          "hydra.job.config.override_dirname.exclude_keys=[lr]", "hydra.sweep.dir=s", "hydra.sweeper.max_batch_size=3", "hydra/output=nosuch",
                          "lr=1,2", "hydra.searchpath=[conf,/nosuch]", "~hydra/sweeper", "hydra.callbacks={a: {b: 1}}"], r.choice([0, 1, 1, 2]))
    if r.random() < .3:
        return ["--info", r.choice(["config", "defaults", "defaults-tree", "searchpath"]), *overrides]
    part = r.choice(["job", "hydra", "all"])
    package = r.choice(["lr", "eval", "eval.enabled", "hydra", "hydra.job", "hydra.job.name", "nosuch", "_global_", "eval.nosuch", "gate.rules", "gate.rules[0]",
                        "gate.rules.0", "", "hydra.sweeper", "hydra.runtime.choices", "model_name", "hydra.callbacks", "hydra.job_logging.root"])
    resolve = ["--resolve"] if r.random() < .3 and part != "hydra" else []
    other = r.choice([["-m"], ["--info", "defaults"], ["--run"]]) if r.random() < .05 else []
    return ["--cfg", part, *(["--package", package] if r.random() < .6 else []), *resolve, *other, *overrides]


def settings(seed):
    """Files of the user's with Hydra's own settings, and overrides of them."""
    r = random.Random(seed)
    lines = []
    for _ in range(r.choice([1, 1, 2])):
        if r.random() < .3:
            lines.append(r.choice([
                "hydra/job_logging=disabled", "hydra/job_logging=none", "hydra/job_logging=stdout", "hydra/hydra_logging=hydra_debug", "hydra/hydra_logging=none",
                "hydra/launcher=basic", "hydra/env=default", "~hydra/job_logging", "~hydra.job_logging.root", "~hydra.verbose", "~hydra.job.name", "x=5",
                "hydra/output=default", "+x.y=1", "hydra/sweeper=nosuch", "hydra/hydra_logging=disabled", "~hydra.job.env_set", "+hydra/callbacks=none",
                "hydra/sweeper=mine", "hydra/launcher=mine", "hydra/job_logging=mine", "hydra/hydra_logging=mine", "+hydra/callbacks=mine", "hydra/output=mine",
                "hydra/output=own", "hydra/env=mine", "~hydra/sweeper", "~hydra/launcher"]))
        else:
            key, value = r.choice(SETTINGS), r.choice(TYPED)
            lines.append(f"{r.choice(['', '', '', '+', '++'])}{key}={value}")
    text = "x: 3\nsub: {A: 1}\nl: [a]\n"
    if r.random() < .4:
        setting = r.choice(SETTINGS)
        *path, key = setting.split(".")
        value = r.choice(["null", "5", "abc", "[a]", "{A: 1}", "yes", "1.5", "'${x}'", "{}", "[]", "RUN", "???"])
        if "env_set.A" in setting and value[0] in "[{":
            value = "???"
        text += "".join("  " * depth + f"{name}:\n" for depth, name in enumerate(path)) + "  " * len(path) + f"{key}: {value}\n"
    return {"main": text, **{name.removeprefix("conf/"): own for name, own in OWN_SETTINGS.items()}}, lines
