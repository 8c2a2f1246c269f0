"""Makes patterns.json: what Hugging Face's regular expressions divide texts into, for patterns of published tokenizers and hard ones.

  make_patterns.py OUT SEED TEXTS [RANDOM]

RANDOM: how many random patterns to make besides; the committed file has none.
"""
import json, random, sys
from tokenizers import Regex, pre_tokenizers
import make_tokenizer_kinds as kinds

PATTERNS = [r"[\p{Han}]+", r"[\p{L}&&[^\p{Han}]]+", r"[\p{L}\p{M}&&[^\p{Han}&&\p{L}]]", r"\b\w+\b", r"\B.", r"(?<!\d)\d{1,2}", r"(?<=\s)\p{L}+",
            r"(?<=ab|é )x?", r"\d{1,3}(?=(?:\d{3})*\b)", r"[^a-z&&\p{L}]", r"\p{Latin}+|\p{Hiragana}+|\p{Cyrillic}", r"[^\s&&[^é]]",
            r"[\p{Lu}\p{Lt}&&[^\p{Han}]]*[\p{Ll}&&[^\p{Han}]]+(?i:'s|'t)?", r"(?<![a-z])[A-Z]", r" ?[^(\s|[.,!?…。，、।۔،])]+",
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
            r"<\|startoftext\|>|<\|endoftext\|>|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", r"^\s*", r"$", r"(?=(\d{3})+(?!\d))", r"\A.|.\z", r"[\W\d_]", r"[^\W]+",
            r"\P{L}+", r"[^[^a]b]", r"[\P{L}a]", r"(?i:straße|[à-ö])", r"x{2,3}", r"\x{e9}|\u00df", r"\-\.", r"[\-a\]]", r"\w+|[^\w\s]+",
            r"\w+?\b", r"x??x", r"\S{1,3}?", r"\S{2}?", r"\S{2}+", r"\d{1,2}+", r"x{,2}", r"(?:ab)*?b", r"(?>\w+)_?|.", r"(?:\w\w)++\w?", r"(?:a|ab)?+.", r"[[:alpha:]]+",
            r"[[:punct:]]|[[:^ascii:]]", r"[^[:alnum:]\s]+", r"[[:upper:]][[:lower:]]*", r"[[:xdigit:]]+", r"\h+", r"[[:print:]&&[:^graph:]]", r"[[:blank:][:cntrl:]]", r"[[:word:]]+",
            r"(?<n>\w)\s", r"s(?i)T|E", r"x{2}{2}",
            r"(\w)\1", r"(?<a>\w)(?<b>\w)?\k<a>", r"(?i)(s)\1", r"(\S+) \k<1>", r"(?:(x)|\w)*\1", r"(?>(x))\1|\w", r"(?=(\w))\1\1?", r"(?!(a)b)\1?\w", r"(a\1?){2}",
            r"(?:x*)*", r"(?:x?|\s*)+\w", r"(?:\d*?)*\s", r"x?*", r"x{0,2}*|.", r"(?:)*x", r"()\1\w", r"\1(x)?", r"(x)\12?", r"\101|\0?"]

ATOMS = [r"\p{L}", r"\p{Lu}", r"\p{Ll}", r"\p{N}", r"\p{M}", r"\p{P}", r"\p{S}", r"\P{L}", r"\P{N}", r"\p{Han}", r"\p{Cyrillic}", r"\s", r"\S", r"\d", r"\D", r"\w", r"\W", "[:alpha:]", "[:alnum:]", "[:punct:]", "[:^print:]", "[:lower:]", "[:upper:]",
         "a-z", "A-Z", "à-ö", "一-龥", "぀-ヿ", "é", "x", "'", r"\r\n", r"\x{1F300}-\x{1FAFF}", "０-９"]
def members(r, depth):
    part = lambda: random_set(r, depth + 1) if depth < 2 and r.random() < .2 else r.choice(ATOMS)
    return "".join(part() for _ in range(r.randint(1, 3)))
def random_set(r, depth=0):
    parts = [members(r, depth) for _ in range(2 if r.random() < .2 else 1)]
    return "[" + ("^" if r.random() < .4 else "") + "&&".join(parts) + "]"
def atom(r, depth):
    k = r.random()
    if k < .35: return random_set(r)
    if k < .65: return r.choice([a for a in ATOMS if a.startswith("\\") and "-" not in a])
    if k < .8: return r.choice(["a", "é", " ", "日", "'s", "'", "1", "."])
    if k < .88: return r.choice([r"(?!\S)", r"(?=\p{L})", r"(?<!\d)", r"(?<=\s)", r"\b", r"\B", r"(?=[^\s])"])
    return r.choice(["(?:", "(?:", "(?>"]) + expression(r, depth + 1) + ")" if depth < 2 else "x"
def expression(r, depth=0):
    def sequence():
        parts = []
        for _ in range(r.randint(1, 4)):
            part = atom(r, depth)
            loops = not part.startswith("(?") and part not in (r"\b", r"\B")
            parts.append(part + (r.choice(["", "", "?", "*", "+", "{1,3}", "{2}", "++", "?+", "+?", "*?", "??", "{1,3}?", "{2}?", "{2}+", "{,2}"]) if loops else r.choice(["", "?", "??", "?+"]) if part.startswith("(?:") else ""))
        return "".join(parts)
    return "|".join(sequence() for _ in range(r.choice([1, 1, 2, 3])))

def main(out, seed, count, more=0):
    r = random.Random(int(seed)); special = ["ab", "éx", "1234567", "foo_1 bar", "Straße", "xx xxx", "a]b-c", "²½"]
    result = []
    for pattern in PATTERNS + [expression(r) for _ in range(int(more))]:
        try: Regex(pattern)
        except Exception: continue  # a random one may be no pattern
        split = pre_tokenizers.Split(Regex(pattern), "isolated"); texts = [kinds.text(r, special) for _ in range(int(count))]
        try: cases = [[text] + [piece for piece, _ in split.pre_tokenize_str(text)] for text in texts]
        except BaseException: continue  # tokenizers panics where a match takes too many steps
        result.append(dict(pattern=pattern, cases=cases))
    json.dump(result, open(out, "w"), ensure_ascii=True, separators=(",", ":"))

if __name__ == "__main__": main(*sys.argv[1:])
