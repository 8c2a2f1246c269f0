"""Makes patterns.json: what Hugging Face's regular expressions divide texts into, for patterns of published tokenizers and hard ones.

  make_patterns.py OUT SEED TEXTS
"""
import json, random, sys
from tokenizers import Regex, pre_tokenizers
import make_tokenizer_kinds as kinds

PATTERNS = [r"[\p{Han}]+", r"[\p{L}&&[^\p{Han}]]+", r"[\p{L}\p{M}&&[^\p{Han}&&\p{L}]]", r"\b\w+\b", r"\B.", r"(?<!\d)\d{1,2}", r"(?<=\s)\p{L}+",
            r"(?<=ab|é )x?", r"\d{1,3}(?=(?:\d{3})*\b)", r"[^a-z&&\p{L}]", r"\p{Latin}+|\p{Hiragana}+|\p{Cyrillic}", r"[^\s&&[^é]]",
            r"[\p{Lu}\p{Lt}&&[^\p{Han}]]*[\p{Ll}&&[^\p{Han}]]+(?i:'s|'t)?", r"(?<![a-z])[A-Z]", r" ?[^(\s|[.,!?…。，、।۔،])]+",
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
            r"<\|startoftext\|>|<\|endoftext\|>|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", r"^\s*", r"$", r"(?=(\d{3})+(?!\d))", r"\A.|.\z", r"[\W\d_]", r"[^\W]+",
            r"\P{L}+", r"[^[^a]b]", r"[\P{L}a]", r"(?i:straße|[à-ö])", r"x{2,3}", r"\x{e9}|\u00df", r"\-\.", r"[\-a\]]", r"\w+|[^\w\s]+"]

def main(out, seed, count):
    r = random.Random(int(seed)); special = ["ab", "éx", "1234567", "foo_1 bar", "Straße", "xx xxx", "a]b-c", "²½"]
    result = []
    for pattern in PATTERNS:
        split = pre_tokenizers.Split(Regex(pattern), "isolated"); texts = [kinds.text(r, special) for _ in range(int(count))]
        result.append(dict(pattern=pattern, cases=[[text] + [piece for piece, _ in split.pre_tokenize_str(text)] for text in texts]))
    json.dump(result, open(out, "w"), ensure_ascii=True, separators=(",", ":"))

if __name__ == "__main__": main(*sys.argv[1:])
