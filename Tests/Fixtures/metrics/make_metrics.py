#!/usr/bin/env python3
"""Random texts with the scores that rouge-score, sacrebleu and NLTK give them.

    python make_metrics.py pairs SEED COUNT > pairs.json      # [{prediction, references, scores}], and {"corpus": ...} last
    python make_metrics.py stems < words > stems.tsv          # word TAB stem

Made with rouge-score 0.1.2, sacrebleu 2.6.0, nltk 3.10. `token_f1` and `jaccard` are written out below from their
definitions (SQuAD's evaluation script; sets of lower-cased words).
"""
import collections
import json
import random
import re
import string
import sys

import sacrebleu
from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer

KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
PLAIN = rouge_scorer.RougeScorer(KINDS)
STEMMED = rouge_scorer.RougeScorer(KINDS, use_stemmer=True)

WORDS = """the a an cat dog running runs ran relational deploys deployed deploying happily easily quickly national dying
lying tying skies sky news innings proceed exceed succeed agreed feed hopping hoping fizzed hissing falling conflated
troubled sized controlling controllable geology archaeology fully usefully hopefulness radically triplicate formalize
electricity electrical adoption religion lion replacement adjustment effective yyy yay enjoys spied died dies flies I'm
don't it's U.S.A. e.g. 3.14 1,000 1,000.50 -5 5- 5-6 a-b well-known "quoted" (paren) [x] {y} <tag> &amp; &lt;b&gt; &quot; &
&amp;lt; <skipped> x_y a/b C++ C# $5.00 50% ... .. . , ; : ! ? - -- --flag=value `code` ~/path a.b,c .5 5. 5, ,5 it. Größe straße
STRASSE ß naïve café cafe\u0301 Ünïcödé ŠEĆER šećer İstanbul ISTANBUL ı K \u212B ﬁ ½ Ⅷ ① ² 你好 世界 。 日本語 テスト ｆｕｌｌ 안녕 привет МИР мир
ΟΔΟΣ οδος ΣΑΣ Σ α\u0345Σ ΑΣ' ΑΣ\u0301Β مرحبا שלום हिन्दी नमस्ते ไทย 🎉 👩‍👩‍👧 🇩🇪 \u200b \u00ad e\u0301 é “the” ‘a’ –a— the. The, AN! thé _the_""".split()
SPACES = [" "] * 12 + ["  ", "\n", "\n\n", "\t", "\u00a0", "\u3000", "\u2028", "\x1c", "\x1f", "\x85", "\r\n", "-\n", ""]


def text(rng):
    kind = rng.random()
    if kind < 0.04:
        return rng.choice(["", " ", "\n", ".", "a", "the", "\n\n\n", "\u00a0", "-", "你", "a b", "<skipped>"])
    if kind < 0.10:  # characters of anywhere
        pools = [range(0x20, 0x7F), range(0xA0, 0x250), range(0x370, 0x400), range(0x4E00, 0x4E40), range(0x1F600, 0x1F640), [0x0A, 0x2C, 0x2E, 0x2D]]
        return "".join(chr(rng.choice(rng.choice(pools))) for _ in range(rng.randrange(1, 40)))
    count = rng.choice([1, 2, 3, 5, 8, 13, 30])
    vocabulary = rng.sample(WORDS, rng.choice([2, 5, 20, len(WORDS)]))  # few words: many repetitions
    out = ""
    for _ in range(count):
        word = rng.choice(vocabulary)
        out += rng.choice([word] * 8 + [word.upper(), word.capitalize(), word + rng.choice(".,;!?-'"), rng.choice("\"'(-") + word]) + rng.choice(SPACES)
    return out


def edit(rng, base):
    parts = re.split(r"(\s+)", base)
    out = []
    for part in parts:
        roll = rng.random()
        if roll < 0.1:
            continue
        out.append(rng.choice(WORDS) if roll < 0.2 else part.swapcase() if roll < 0.25 else part)
        if roll > 0.95:
            out.append(" " + part)
    if rng.random() < 0.15:
        rng.shuffle(out)
    return "".join(out)


def best(function, references):
    return max(function(reference) for reference in references)


def jaccard(prediction, reference):
    a, b = set(prediction.lower().split()), set(reference.lower().split())
    return len(a & b) / len(a | b) if a | b else 1.0


def squad_words(value):
    value = "".join(c for c in value.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", value).split()


def token_f1(prediction, reference):
    a, b = squad_words(prediction), squad_words(reference)
    if not a or not b:
        return float(a == b)
    same = sum((collections.Counter(a) & collections.Counter(b)).values())
    return 2 * same / (len(a) + len(b))


def scores(prediction, references):
    out = {
        "exact_match": best(lambda r: float(prediction.strip() == r.strip()), references),
        "jaccard": best(lambda r: jaccard(prediction, r), references),
        "token_f1": best(lambda r: token_f1(prediction, r), references),
        "response_length": float(len(prediction.split())),
        "sentence_bleu": sacrebleu.sentence_bleu(prediction, references).score / 100,
        "chrf": sacrebleu.sentence_chrf(prediction, references).score / 100,
    }
    for suffix, scorer in [("", PLAIN), ("_stemmed", STEMMED)]:
        for kind, score in scorer.score_multi(references, prediction).items():
            out[kind + suffix] = float(score.fmeasure)
    return out


def pairs(seed, count):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        prediction = text(rng)
        references = [edit(rng, prediction) if rng.random() < 0.8 else text(rng)]
        while rng.random() < 0.25 and len(references) < 4:
            references.append(edit(rng, prediction) if rng.random() < 0.6 else text(rng))
        rows.append({"prediction": prediction, "references": references, "scores": scores(prediction, references)})
    width = max(len(row["references"]) for row in rows)
    streams = [[row["references"][i] if i < len(row["references"]) else None for row in rows] for i in range(width)]
    predictions = [row["prediction"] for row in rows]
    corpus = {
        "bleu": sacrebleu.corpus_bleu(predictions, streams).score / 100,
        "chrf_corpus": sacrebleu.corpus_chrf(predictions, streams).score / 100,
    }
    json.dump({"pairs": rows, "corpus": corpus}, sys.stdout, ensure_ascii=True, indent=None, separators=(",", ":"))


def stems():
    stemmer = PorterStemmer()
    for word in sys.stdin.read().split():
        print(f"{word}\t{stemmer.stem(word)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["pairs"]:
        pairs(int(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:] == ["stems"]:
        stems()
    else:
        sys.exit(__doc__)
