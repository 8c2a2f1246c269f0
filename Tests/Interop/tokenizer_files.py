"""Small `tokenizer.json` files with every kind of component, and random mutations of them."""

import copy
import random

LETTERS = list("abcdehlo Ġ▁ĊÂé.,1")
TOKENS = ["he", "ll", "hell", "hello", "##l", "##o", "##he", "lo</w>", "<unk>", "[UNK]", "[CLS]", "[SEP]", "ab", "Ġh", "▁h", "<0x0A>"]
VOCABULARY = {token: number for number, token in enumerate(LETTERS + TOKENS)}
CLS, SEP = VOCABULARY["[CLS]"], VOCABULARY["[SEP]"]
PAIRS = {
    "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False,
    "byte_fallback": False, "ignore_merges": False, "vocab": VOCABULARY,
    "merges": [["h", "e"], ["l", "l"], ["he", "ll"], ["hell", "o"], ["a", "b"]],
}
MODELS = [
    PAIRS, {**PAIRS, "merges": ["h e", "l l", "he ll", "hell o"]},
    {"type": "Unigram", "unk_id": 0, "byte_fallback": False, "vocab": [
        ["<unk>", 0.0], ["h", -1.0], ["he", -1.5], ["l", -2.0], ["llo", -2.2], ["o", -3.0], ["▁", -2.5], ["a", -2.5]]},
    {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": VOCABULARY},
    {"type": "WordLevel", "vocab": VOCABULARY, "unk_token": "<unk>"},
]
BYTES = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
NORMALIZERS = [
    None, {"type": "NFC"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True, "strip_right": False}, {"type": "StripAccents"},
    {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "Nmt"},
    {"type": "Replace", "pattern": {"Regex": "l+"}, "content": "l"}, {"type": "ByteLevel"},
    {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]},
]
PRETOKENIZERS = [
    None, {**BYTES, "add_prefix_space": False}, {"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "BertPreTokenizer"},
    {"type": "Digits", "individual_digits": True}, {"type": "Punctuation", "behavior": "Isolated"}, METASPACE,
    {"type": "CharDelimiterSplit", "delimiter": "l"}, {"type": "UnicodeScripts"}, {"type": "FixedLength", "length": 3},
    {"type": "Split", "pattern": {"Regex": "\\s+"}, "behavior": "Removed", "invert": False},
    {"type": "Split", "pattern": {"String": "l"}, "behavior": "MergedWithPrevious", "invert": False},
    {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "Digits", "individual_digits": False}]},
]
TEXT = {"Sequence": {"id": "A", "type_id": 0}}
POSTPROCESSORS = [
    None, BYTES, {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, TEXT],
                  "pair": [TEXT, {"Sequence": {"id": "B", "type_id": 1}}],
                  "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [CLS], "tokens": ["[CLS]"]}}},
    {"type": "RobertaProcessing", "sep": ["[SEP]", SEP], "cls": ["[CLS]", CLS], "trim_offsets": True, "add_prefix_space": False},
    {"type": "BertProcessing", "sep": ["[SEP]", SEP], "cls": ["[CLS]", CLS]}, {"type": "Sequence", "processors": [BYTES]},
]
DECODERS = [
    None, BYTES, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}, METASPACE,
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "WordPiece", "prefix": "##", "cleanup": True},
    {"type": "BPEDecoder", "suffix": "</w>"}, {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True},
    {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
]
VALUES = [
    None, True, False, 0, 1, -1, 1.5, "", "x", "ab", [], {}, ["a"], [1], {"a": 1}, "Isolated", 10**10, 2**70, "first", "▁", "A", [[]],
    {"String": ""}, {"Regex": "("}, {"String": "a", "Regex": "b"}, {"Foo": "a"}, "String", ["a", 1], [1, "a"], ["a", 1, 2],
    "Whitespace", "NFC", "ByteLevel", "BPE", "Sequence",
]
NAMES = ["zz", "type", "extra", "invert", "str_rep", "add_prefix_space", "prepend_scheme", "split", "lowercase", "unk_id", "merges", "prefix"]


def added(r, size):
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    tokens = [{"id": VOCABULARY[token], "content": token, **flags} for token in r.sample(["<unk>", "[CLS]", "[SEP]"], r.randint(0, 2))]
    if r.random() < 0.5:
        tokens.append({"id": size, "content": "<x>", **{name: r.random() < 0.3 for name in flags}})
    return tokens


def places(value, path=()):
    """The paths of all members and elements, but for most of a vocabulary."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, member in value.items():
            if path[-1:] != ("vocab",) or len(value) < 6 or key in ("a", "hello"):
                yield from places(member, (*path, key))
    elif isinstance(value, list):
        for index, element in enumerate(value[:3]):
            yield from places(element, (*path, index))


def mutate(r, file):
    if r.random() < 0.03:
        file["zz"] = 1
        return
    every = list(places(file))
    part = r.choice(sorted({path[0] for path in every}))
    *way, last = r.choice([path for path in every if path[0] == part])
    parent = file
    for key in way:
        parent = parent[key]
    target, draw = parent[last], r.random()
    if draw < 0.35 and isinstance(parent, dict):
        del parent[last]
    elif 0.66 < draw < 0.75 and isinstance(target, dict) and part not in ("model", "added_tokens"):
        # serde reads a struct from the list of its members' values.
        parent[last] = [copy.deepcopy(value) for key, value in target.items() if key != "type" or r.random() < 0.3]
    elif draw > 0.75 and isinstance(target, dict):
        target[r.choice(NAMES)] = copy.deepcopy(r.choice(VALUES))
    elif draw > 0.75 and isinstance(target, list):
        target.insert(r.randint(0, len(target)), copy.deepcopy(r.choice(VALUES + target[:1])))
    else:
        parent[last] = copy.deepcopy(r.choice(VALUES))


def file(seed):
    """A `tokenizer.json`, mostly with something wrong."""
    r = random.Random(seed)
    draw = lambda kinds: copy.deepcopy(r.choice(kinds))
    model = draw(MODELS)
    made = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [] if model["type"] == "Unigram" else added(r, len(VOCABULARY)), "normalizer": draw(NORMALIZERS),
        "pre_tokenizer": draw(PRETOKENIZERS), "post_processor": draw(POSTPROCESSORS), "decoder": draw(DECODERS), "model": model,
    }
    if r.random() < 0.1:
        made["truncation"] = {"direction": "Right", "max_length": 512, "strategy": "LongestFirst", "stride": 0}
    if r.random() < 0.1:
        made["padding"] = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
                           "pad_token": "<unk>"}
    for _ in range(r.choice([0, 1, 1, 1, 1, 2])):
        mutate(r, made)
    return made
