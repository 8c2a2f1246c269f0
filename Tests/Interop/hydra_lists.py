"""Random trees whose defaults lists, packages, search paths and overrides are written in every odd form."""

import random

ITEMS = """db: a|db: b|db: [a, b]|db: null|db: ???|srv: w|srv: db|opt: adam|db/sub: s|exp: e|base|_self_|db/a|/db/a|//db/a|db//a|db/a/|db/|/|./base|../base|''
base.yaml|base.yml|db: a.yaml|db: ../base|db: sub/s|db: sub|db: _self_|db: a@foo|db: ''|db: ./a|db: ../srv/w|db.sub: s|db: 1|db: true|db: {a: 1}|db: [a, 1]
db: [[a]]|db: [null]|db: []|1|null|true|[]|{}|{db: a, srv: w}|db@foo: a|db@foo.bar: b|db@_global_: a|db@_here_: a|db@_group_: a|db@_group_.x: a
db@_name_: a|db@: a|'@foo': a|db@foo@bar: a|db@foo:bar: a|base@foo|base@|base@_global_|base@foo@bar|_self_@foo|_self_: a|'': a|1: a|null: a|optional db: a
optional db: no|optional nosuch: a|optional db: null|optional  db: a|' db': a|'db ': a|override db: b|override /db: b|override db@foo: b|override db: null|override db: [a, b]
override srv: db|override exp: e|optional override db: a|override optional db: b|optional optional db: a|override: a|optional: a|optional base|override base|nosuch|nosuch: a
db: '${srv}'|db: '${opt}_x'|srv: '${oc.env:MLOPS_TEST_UNSET,w}'|'${x}'|'${x}': a|db/${x}|'db@${x}': a|db: '${db}'|main|/main|hydra/launcher|hydra/launcher: basic
override hydra/launcher: basic|override hydra/job_logging: none|override /hydra/job_logging: disabled|override hydra/launcher: nosuch|db@hydra: a|db\\a|db: sub\\s""".replace("\n", "|").split("|")
INNER = """b|/db/b|a|_self_|/base|../base|sub: s|/db/sub: s|sub@_here_: s|sub@_global_: s|sub@foo: s|sub@_global_.foo: s|sub@_here_._here_: s|sub@: s|sub/s|/srv: w
/srv@_here_: w|/srv@x.y: w|srv: w|override /srv: db|override srv: db|override /db: b|b@foo|b@_here_|b@_global_|optional sub: no|../srv: w|sub: '${srv}'
/hydra/launcher: basic|override /hydra/launcher: basic|override hydra/launcher: basic|./b|//srv/w|sub/|/srv/w/|''|sub: ???|sub: null""".replace("\n", "|").split("|")
PACKAGES = ["_global_", "foo.bar", "_group_", "_here_", "_global_.z", "_name_", "hydra", "_global_.", "a b", ""]
PLACES = """[@/one]|[file://@/one]|[pkg://nope]|[s3://x]|[]|null|@/one|[1]|[null]|['${x}']|[@/one, @/nosuch]|['pkg://']|['file://']|['file:@/one']|[@/one/]
['${oc.env:MLOPS_TEST_UNSET,@/one}']|[@/conf/base.yaml]|[@/one/../one]""".replace("\n", "|").split("|")
OVERRIDES = """db=a|+db=a|++db=a|~db|~db=a|db=null|+db=null|db=[a,b]|db@foo=a|+db@foo=a|+db@bar=b|+db@_global_=a|+db@_here_=a|+db@=a|db@:foo=a|db@foo:bar=a|+db/sub=s
+db/sub@foo=s|+/db=a|/db=a|db.a=1|+db.a=1|exp=e|+exp=e|x=9|~x|~x=1|~x=2|~nosuch|~db.k|~db@foo|x.y=1|+x.y=1|++x.y=1|+x=1|hydra/launcher=basic|+hydra/launcher=basic
~hydra/launcher|hydra.searchpath=[/nosuch]|+hydra.searchpath=[/nosuch]|hydra.searchpath=null|hydra.searchpath=a|~hydra.searchpath|base=1|+base=1|+y=1|~y|db=a@foo
db=\"a\"|db='b'|db=b.yaml|db=sub|db=sub/s|db={}|db=[]|db=1|db=true|db=${x}|+opt=adam|+opt=[adam,sgd]|+opt=[adam,nosuch]|+opt=[]|+opt=[1]|+opt=[[adam]]|x=???|db=???
+db=???|defaults=[]|+defaults=[]|++defaults=[a]|~defaults|_self_=1|+_self_=1|hydra=1|~hydra|hydra={}|x=|+z=|+z={a:{b:1}}|+z.a.c=2|+z=[1,2]|z.0=5|z.5=5|+z.2=5|z[0]=5
+z=extend_list(1)|z=extend_list(2,3)|++z=extend_list(2)|~z=[1]|+a.b.c=1|~a.b|+a=null|+a.b=2|+"a b"=1|+a-b=1|+a/b=1|+1=2|+1.5=2|+true=1|+null=1|+a:b=1|+$x=1|+${x}=1
+a.=1|+.a=1|+a..b=1|+[a]=1|+a[b]=1|+é=1|x =1| x=1|x= 1|x=1 |+n='${q:\\'a\\'}'|+n='${oc.env:\\'MLOPS_TEST_UNSET\\',\\'d\\'}'|=1|=|+=1|~|+|x""".replace("\n", "|").split("|")
BODIES = ["", "x: 1\n", "x: 1\n", "x: 1\n", "- 1\n", "word\n", "1\n", "null\n", "{}\n", "[]\n", "---\n---\n", "x: ${hydra:job.name}\n", "x: ${hydra:}\n",
          "x: ${hydra.job.name}\n", "x: ${now:}\n", "x: ${oc.env:}\n", "x: 0_e0\n", "x: [1_.5e3, 1_.5e-3, 1__0.5, '0_e0', '1_0e5', 1_e5, .5_e-1]\n",
          "defaults: []\nx: 1\n", "defaults: null\n", "defaults: db\n", "defaults: {db: a}\n", "_target_: x\n", "hydra: {}\n", "hydra:\n  job: null\n"]


def quoted(item):
    """An item of a list in flow style; mappings in braces."""
    if item[:1] in "'[{" and not item.startswith(("'': ", "' db", "'db ", "'@foo", "'${x}': ", "'db@$")):
        return item
    return "{" + item + "}" if ": " in item or item.endswith(":") else f'"{item}"' if "\\" not in item else f"'{item}'"


def file(r, items, body="x: 1\n", most=3):
    lists = r.sample(items, r.randint(1, most))
    lists.sort(key=lambda item: "override" in item and r.random() < 0.9)
    return "defaults: [" + ", ".join(quoted(item) for item in lists) + "]\n" + body


def tree(seed):
    """Files by name, and overrides; `@/` stands for the directory of all."""
    r = random.Random(seed)
    files = {"conf/db/a": "k: a\nn: 1\n", "conf/db/b": "k: b\n", "conf/db/sub/s": "s: 1\n", "conf/srv/w": "p: 1\n", "conf/srv/db": "q: 1\n",
             "conf/exp/e": "# @package _global_\ndefaults:\n- override /db: b\nx: 5\n", "conf/base": "x: 0\nb: 1\n", "conf/opt/adam": "lr: 0.1\n",
             "conf/opt/sgd": "lr: 0.2\n"}
    kind = r.random()
    tame = "defaults: [{db: a}, {srv: w}, _self_]\nx: 1\n"
    if kind < 0.45:
        files["conf/main"] = file(r, ITEMS, most=r.choice([1, 2, 3]))
    elif kind < 0.7:
        files["conf/main"] = tame
        name = r.choice(["db/a", "exp/e", "srv/w"])
        header = f"# @package {r.choice(PACKAGES)}\n" if r.random() < 0.5 else ""
        files[f"conf/{name}"] = header + file(r, INNER, "k: a\n", most=2)
    elif kind < 0.8:
        files["one/db/c"] = "k: c\n"
        files["conf/main"] = f"defaults: [{{db: {r.choice('ca')}}}]\nhydra:\n  searchpath: {r.choice(PLACES)}\nx: 1\n"
    else:
        files["conf/main"] = r.choice(BODIES + [tame] * 12)
    overrides = [r.choice(OVERRIDES) for _ in range(r.choice([0, 0, 1, 2]) if kind < 0.8 else r.choice([1, 1, 2, 3]))]
    return files, overrides
