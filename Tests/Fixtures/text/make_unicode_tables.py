"""Prints the sets of characters in Text/ReferenceUnicode.swift, Pattern/ScalarRanges+Scripts.swift and Pretokenization/UnicodeScript+Table.swift.

  make_unicode_tables.py [llama.cpp/src/unicode-data.cpp] > tables.json

The sets of the reference are read off tokenizers 0.23.3, character by character. What later versions of Unicode added is what the
modules `regex` and `unicodedata` know and the reference does not: take a Python and a `regex` as new as the Swift toolchain (the tables
there were checked against the standard library of Swift 6.3.1, whose Unicode is 17). Takes about two minutes.
"""
import json, re, sys, unicodedata
import regex
from tokenizers import Regex, normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]

def ranges(scalars):
    out = []
    for c in sorted(scalars):
        if out and out[-1][1] == c - 1: out[-1][1] = c
        else: out.append([c, c])
    return out

def removed(normalizer): return {c for c in SCALARS if normalizer.normalize_str(chr(c)) == ""}
def matched(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return {c for c in SCALARS if split.pre_tokenize_str(chr(c)) == []}

def scripts():
    """Where runs of one class of UnicodeScripts begin, and the class; 0 goes with every other."""
    split = pre_tokenizers.UnicodeScripts()
    one = lambda text: len(split.pre_tokenize_str(text)) == 1
    classes, representatives = {}, []
    for piece, _ in split.pre_tokenize_str("".join(chr(c) for c in SCALARS if c != 0x20)):
        found = next((i for i, r in enumerate(representatives) if one(r + piece[0])), None)
        if found is None: found = len(representatives); representatives.append(piece[0])
        for c in piece: classes[ord(c)] = 0 if one("A" + c) and one("京" + c) else found + 1
    out, previous = [], None
    for c in range(0x110000):
        value = classes.get(c, 0)
        if value != previous: out.append(c << 8 | value); previous = value
    return out

def llama_additions(path):
    text = open(path).read(); start = text.index("unicode_ranges_flags")
    runs = [(int(a, 16), int(b, 16)) for a, b in re.findall(r"\{0x([0-9A-Fa-f]+), 0x([0-9A-Fa-f]+)\}", text[start:text.index("};", start)])]
    unassigned = {c for (a, flags), (b, _) in zip(runs, runs[1:] + [(0x110000, 0)]) for c in range(a, b) if flags & 1}
    return unassigned - matched(r"\p{Cn}") - set(range(0xD800, 0xE000))

def main(data=None):
    bert = dict(handle_chinese_chars=False, lowercase=False)
    marks = removed(normalizers.StripAccents())
    newer = {c for c in SCALARS if regex.match(r"\p{M}", chr(c))} - marks
    newer |= {c for c in SCALARS if unicodedata.normalize("NFKD", chr(c)) != chr(c) == normalizers.NFKD().normalize_str(chr(c))}
    tables = {
        "regexAdditions": ranges({c for c in matched(r"\p{Cn}") if not regex.match(r"\p{Cn}", chr(c))}),
        "marks": ranges(marks),
        "nonspacingMarks": ranges(removed(normalizers.BertNormalizer(clean_text=False, strip_accents=True, **bert))),
        "others": ranges(removed(normalizers.BertNormalizer(clean_text=True, strip_accents=False, **bert)) - {0xFFFD} | {9, 10, 13}),
        "punctuation": ranges(c for c in SCALARS if len(pre_tokenizers.Punctuation().pre_tokenize_str("X" + chr(c) + "X")) > 1),
        "normalizationAdditions": ranges(newer),
        "scripts": {name: ranges(matched(r"\p{%s}" % name)) for name in
                    "Arabic Cyrillic Devanagari Greek Han Hangul Hebrew Hiragana Katakana Latin Thai".split()},
        "UnicodeScript.runs": scripts(),
    }
    if data: tables["additions16"] = ranges(llama_additions(data))
    json.dump(tables, sys.stdout)

if __name__ == "__main__": main(*sys.argv[1:])
