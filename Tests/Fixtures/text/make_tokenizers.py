"""Makes tokenizer cases with Hugging Face's tokenizers: directories NAME/{tokenizer.json, cases.json}.

  make_tokenizers.py OUT            tiny trained vocabularies, a few hundred cases in all (what is committed)
  make_tokenizers.py OUT BASE N     the vocabulary of BASE (a tokenizer.json) with every division, N random texts each
"""
import json, random, sys, unicodedata
from pathlib import Path
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
CASED = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
GPT4O = (r"[^\r\n\p{L}\p{N}]?" + CASED + r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
         r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"]

def split(*patterns, behavior="isolated", invert=False):
    return [pre_tokenizers.Split(Regex(p), behavior, invert) for p in patterns]

def bytelevel(regex=False, space=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=space, use_regex=regex)

SHAPES = {
    "smollm2": (None, [pre_tokenizers.Digits(individual_digits=True), bytelevel(True)]),
    "gpt2": (None, [bytelevel(True, True)]),
    "llama3": (None, split(LLAMA3) + [bytelevel()]),
    "qwen2": (normalizers.NFC(), split(QWEN2) + [bytelevel()]),
    "gpt4o": (normalizers.NFKC(), split(GPT4O) + [bytelevel()]),
    "deepseek": (normalizers.Sequence([]), split(*DEEPSEEK) + [bytelevel()]),
    "merged": (normalizers.NFD(), [pre_tokenizers.Split("-", "merged_with_previous"), pre_tokenizers.Split(Regex("[aeiou]+"), "merged_with_next"),
               pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.Digits(), bytelevel(False, True)]),
}
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
WORDS = ["don't", "I'LL", "we've", "it'ſ", "'S", " hello", "  world", "\n", "\r\n", "\r\r\n", "\t", " \n ", "   ", " " * 40, "\u00a0", "\u2028", "\u3000",
         "\u200b", "\u200d", "0123456789", "1,000,000.50", "½", "²", "１２３", "٣٤", "Ⅷ", "e\u0301", "é", "Å", "Å", "ﬁ", "İ", "ß", "Σας", "日本語テキスト", "한국어", "각",
         "हिन्दी", "ไทย", "עברית", "العربية", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "🛡", "\u0300", "z͑ͫ̓ͪ̂ͫ", "def f(x):\n    return x**2\n", "{\"a\": [1, 2]}", "#include <x>", "a_b-c.d",
         "snake_case", "camelCase", "HTTPServer", "http://x.y/z?q=1#f", "—", "“q”", "...", "!!!\n", "//\n", "€", "$5", "<|im_end|>", "<|im_start|>", "<|im_", "<tool>",
         " <tool> ", "<word>", "x<word>", "<norm>é", "\x00", "\x7f", "\x85", "\ufeff", "\uffff", "\U0010fffd", "ｶﾞ", "ab" * 60, "a" * 200, "ة", "\u09cb", "\u0cca"]

def texts(count, seed):
    rng = random.Random(seed)
    def scalar():
        while True:
            c = chr(rng.choice([rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0x3000), rng.randrange(0x10000), rng.randrange(0x20000), rng.randrange(0x110000)]))
            # Later versions of Unicode give meaning to what is unassigned in others.
            if not 0xD800 <= ord(c) < 0xE000 and unicodedata.category(c) != "Cn":
                return c
    out = [""] + WORDS
    while len(out) < count:
        kind = rng.randrange(4)
        if kind == 0: out.append("".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 12))))
        elif kind == 1: out.append("".join(scalar() for _ in range(rng.randrange(1, 40))))
        elif kind == 2: out.append("".join(rng.choice([" ", "\n", "\r", "\t", "a", "é", "'", "s", "1", "-", "\u0301", "日"]) for _ in range(rng.randrange(1, 60))))
        else: out.append(" ".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 12))))
    return out[:count]

def shape(tokenizer, name):
    normalizer, steps = SHAPES[name]
    if normalizer: tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps) if len(steps) > 1 else steps[0]
    tokenizer.decoder = decoders.ByteLevel()

def finish(tokenizer, name, out, count):
    tokenizer.add_tokens([AddedToken("<tool>", lstrip=True, rstrip=True, normalized=False), AddedToken("<word>", single_word=True, normalized=False),
                          AddedToken("<norm>é", normalized=True)])
    bos, eos = (tokenizer.token_to_id(t) for t in ("<|im_start|>", "<|im_end|>"))
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(
        single="<|im_start|> $A <|im_end|>", pair=None, special_tokens=[("<|im_start|>", bos), ("<|im_end|>", eos)])])
    directory = Path(out) / name
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    cases = []
    for text in texts(count, name):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": ids, "ids_special": tokenizer.encode(text).ids, "decoded": tokenizer.decode(ids),
                      "decoded_all": tokenizer.decode(ids, skip_special_tokens=False)})
        # Any slice of ids decodes, whole characters or not.
        part = ids[1:-1]
        cases[-1].update(part=part, decoded_part=tokenizer.decode(part, skip_special_tokens=False))
    (directory / "cases.json").write_text(json.dumps(cases, ensure_ascii=False, separators=(",", ":")))

if len(sys.argv) > 3:
    for name in SHAPES:
        base = json.loads(Path(sys.argv[2]).read_text())
        for key in ("normalizer", "post_processor"): base[key] = None
        base["model"]["ignore_merges"] = name == "llama3"
        tokenizer = Tokenizer.from_str(json.dumps(base))
        shape(tokenizer, name)
        finish(tokenizer, name, sys.argv[1], int(sys.argv[3]))
else:
    for name in SHAPES:
        tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama3"))
        shape(tokenizer, name)
        tokenizer.train_from_iterator([w * 3 for w in WORDS if "<" not in w], trainers.BpeTrainer(
            vocab_size=420, special_tokens=CONTROL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
        finish(tokenizer, name, sys.argv[1], 110)
