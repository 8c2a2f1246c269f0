"""Makes tiktoken.json: a small file of ranks and the ids that tiktoken gives texts with every known pattern.

  make_tiktoken.py OUT SEED TEXTS
"""
import base64, json, random, sys
import tiktoken
from tiktoken_ext import openai_public
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
import make_tokenizer_kinds as kinds

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

def patterns():
    """The patterns in the installed package, without fetching its files of ranks."""
    openai_public.load_tiktoken_bpe = lambda *a, **k: {}
    found = {name: getattr(openai_public, name)()["pat_str"] for name in ["r50k_base", "p50k_base", "cl100k_base", "o200k_base"]}
    return found | {"llama3": LLAMA3}

def main(out, seed, count):
    r = random.Random(int(seed))
    corpus = [" ".join(kinds.word(r) for _ in range(20)) for _ in range(200)]
    t = Tokenizer(models.BPE()); t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=700, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    alphabet = {}
    extra = 0
    for b in range(256):
        if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or 0xAE <= b <= 0xFF: alphabet[chr(b)] = b
        else: alphabet[chr(256 + extra)] = b; extra += 1
    tokens = sorted(t.get_vocab(), key=t.get_vocab().get)
    ranks = {bytes(alphabet[c] for c in token): rank for rank, token in enumerate(tokens)}
    special = {"<|endoftext|>": len(ranks), "<|im_end|>": len(ranks) + 5}
    texts = ["", " ", "  \n\n ", "don't I'LL", "1234567", "a\u0301 ½ 日本語"] + [kinds.text(r, list(special)) for _ in range(int(count))]
    results = {}
    for name, pattern in patterns().items():
        encoding = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)
        results[name] = [encoding.encode(text, allowed_special="all") for text in texts]
    lines = "".join("%s %d\n" % (base64.b64encode(token).decode(), rank) for token, rank in ranks.items())
    json.dump(dict(ranks=lines, special=special, texts=texts, ids=results), open(out, "w"), ensure_ascii=True, separators=(",", ":"))

if __name__ == "__main__": main(*sys.argv[1:])
