"""Trees with several independent mistakes, each of another stage of composition: which one is told first?"""

import random

BASE = {
    "main": (["db: a", "srv: w", "_self_"], "x: 1\nsub: {k: 1}\nl: [1, 2]\n"), "db/a": (["sub: s", "_self_"], "k: a\nn: 1\n"),
    "db/b": ([], "k: b\n"), "db/sub/s": ([], "s: 1\n"), "db/sub/t": ([], "s: 2\n"), "srv/w": (["/db@alt: b"], "p: 1\n"),
    "srv/v": (["inner"], "p: 2\n"), "srv/inner": ([], "q: 1\n"), "opt/o": ([], "o: 1\n"),
}
TEXTS = r"""a: [1|b: 'x|x: 1\nx: 2|	q: 1|a: *z|%|c: !!int z|- 1|zz: '${a b}'|zz: '${'|zz: ['${x']|zz: {a: '${x:}}'}|'${b': 1""".split("|")
VALUES = """sub: {s: [1]}|sub: 5|l: {a: 1}|hydra: {job: {name: [1]}}|hydra: 5|hydra: null|hydra: {nosuch: 1}|hydra: {job: {nosuch: 1, num: x}}
hydra: {searchpath: [/nosuch]}|hydra: {run: {dir: [1]}}|hydra: {sweeper: {params: {x: [a]}}}|hydra: {sweeper: 5}|hydra: {mode: X}
hydra: {job: {env_set: {A: {b: 1}}}}|hydra: {launcher: null}|hydra: {verbose: {a: 1}}""".replace("\n", "|").split("|")
ITEMS = """nosuch: x|/db: b|override /db: b|override db: nosuch|optional /db@zz: nosuch|/opt: nosuch|nosuch|/srv@u: ???|_self_|_self_|/db: '${srv}'
/db@q: '${nope}'|1: 1|[a]|{}|null|{a: 1, b: 2}|/srv@y: [w, 1]|/opt: {a: 1}|override /opt: o|/db@y: 1|override /srv: v|/main|/srv: _self_""".replace("\n", "|").split("|")
HEADERS = "# @package|# @package a b|# @package _global_|# @package l|# @package sub.k|# @package hydra|# @package hydra.job|# @pkg x|# @package db.k".split("|")
PRIMARY = """- 1|defaults: db|defaults: {db: a}\\nx: 1|defaults: [db: a|word|1|defaults: null\\nx: 1|hydra: {searchpath: 5}|hydra: {searchpath: ['${x}']}
hydra: {searchpath: [1]}|hydra: {searchpath: ['s3://b']}|hydra: {searchpath: '${nope}'}|hydra: {searchpath: '${l}'}|hydra: [1]|hydra: '${nope}'|hydra: '${sub}'
hydra: {searchpath: ['structured://x']}|hydra: {searchpath: ['structured://']}""".replace("\n", "|").replace("\\n", "\n").split("|")
OVERRIDES = [line.replace("\n", "|").split("|") for line in ["""x=[1|x|=1|x={a|a b=1|x=foo(|x='a|+=1|x=int(a)|x=sort(1,a)|x=${|~|x=str(1,2|db=@|hydra.x=[|x=range(a)""", """
x=1,2|db=a,b|x=choice(1,2)|hydra.job.name=a,b|x=range(1,3)|x=glob(*)|hydra.run.dir=a,b|db=glob(*)|+x=1,2|nosuch=1,2|~x=1,2|hydra/launcher=basic,b""".strip(), """
db=nosuch|opt=o|opt=nosuch|++db=a|db={a:1}|~db=z|~opt|~srv|db=1|srv=v|db@alt=a|db@zzz=a|+db=a|+db@new=nosuch|+opt=o|+opt=[o,nosuch]|db=[a,1]
srv=null|db=???|db/sub=t|~db/sub|+opt=1|~db=1|hydra/launcher=nosuch|hydra/job_logging=null|db=[a,b]|+hydra/nosuch=1|+hydra/launcher=basic""".strip(), """
nosuch=1|+x=1|~nosuch|~x=2|x.y=1|l.5=1|l.a=1|++x.y=1|+sub.k=2|l=extend_list(1)|x=extend_list(1)|sub=5|+l.k=1|x=${a b}|+z=${|x='${a b}'|+y='${'
++q={a:'${x y}'}|l.5='${x y}'|nosuch='${x y}'|sub={a:['${x y}']}|~l.0|~sub.k=3|db.k.z=1|~db.nosuch|db.s.q=1|+a={1:${x}}""".strip(), """
hydra.nosuch=1|hydra.job=5|hydra.job.num=x|hydra.job.name=[1]|hydra.searchpath=5|hydra.searchpath=[1]|hydra.searchpath=[s3://x]|hydra.searchpath=[/nosuch]
+hydra.job.zz=1|~hydra.job|~hydra.nosuch|hydra=1|hydra.mode=X|hydra.sweeper.params=1|hydra.sweeper.zz=1|hydra.verbose={a:1}|+hydra.searchpath=[a]|hydra.run.dir=null
~hydra.run.dir|hydra.launcher={a:1}|hydra.job.env_set={A:[1]}|+hydra.job.env_set.A={b:1}|hydra.job.env_copy=x|hydra.callbacks.x=1|hydra.run=null|hydra.job.chdir=7
hydra.output_subdir=[1]|hydra.job.name='${x y}'""".strip()]]


def tree(seed):
    """Files by their paths, and overrides."""
    r = random.Random(seed)
    lists = {name: list(items) for name, (items, _) in BASE.items()}
    bodies = {name: body for name, (_, body) in BASE.items()}
    headers, overrides = {}, []

    def spoil(draw):
        if draw < 0.12:
            bodies[r.choice(["db/a", "db/b", "db/sub/s", "srv/w", "main", "opt/o"])] += r.choice(TEXTS) + "\n"
        elif draw < 0.3:
            items = lists[r.choice(list(lists))]
            items.insert(r.randint(0, len(items)), r.choice(ITEMS))
        elif draw < 0.35:
            headers[r.choice(["db/a", "db/b", "srv/w", "db/sub/s", "main"])] = r.choice(HEADERS)
        elif draw < 0.45:
            bodies[r.choice(["db/a", "db/b", "srv/w", "main", "db/sub/s"])] += r.choice(VALUES) + "\n"
        elif draw < 0.5:
            line = r.choice(PRIMARY) + "\n"
            if line.startswith("hydra"):
                bodies["main"] += line
            else:
                lists["main"], bodies["main"] = [], line
        else:
            overrides.insert(r.randint(0, len(overrides)), r.choice(r.choice(OVERRIDES)))

    for _ in range(r.choice([1, 2, 2, 3, 3, 4])):
        spoil(r.random())
    files = {}
    for name, body in bodies.items():
        lines = [headers[name]] if name in headers else []
        lines += ["defaults:", *(f"- {item}" for item in lists[name])] if lists[name] else []
        files[f"conf/{name}"] = "\n".join([*lines, body])
    if r.random() < 0.03:
        del files["conf/main"]
    return files, overrides
