"""Makes gguf-vocabularies.json: small GGUF vocabularies and the ids that llama.cpp gives texts (llama-cpp-python, vocab only).

  make_gguf_vocabularies.py OUT SEED TEXTS           gpt2, llama, bert
  make_gguf_vocabularies.py OUT SEED TEXTS COUNT     so many random ones of t5 and of rwkv, and a third as many of plamo2: gguf-unigram.json
"""
import base64, io, json, os, random, struct, sys, tempfile
import gguf, llama_cpp
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
import make_tokenizer_kinds as kinds

PRES = """default minicpm5 llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 deepseek-llm deepseek-coder deepseek-v3 spark2_5 youtu
falcon mpt starcoder gpt-2 phi-2 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 mellum modern-bert jais-2 jina-v1-en jina-v2-code roberta-bpe
refact command-r qwen2 deepseek-r1-qwen kormo f2llmv2 qwen35 stablelm2 olmo dbrx smaug-bpe poro-chat chatglm-bpe glm4 glm5 viking jais tekken smollm
codeshell bloom gpt3-finnish exaone exaone4 exaone-moe chameleon minerva-7b megrez gpt-4o llama4 kanana2 talkie granite-embed-multi-97m tiny_aya
cohere2moe superbpe trillion granite-docling bailingmoe bailingmoe2 llada-moe seed-coder hunyuan hunyuan-dense hy_v4 joyai-llm kimi-k2 ufakzeka
grok-2 afmoe laguna minimax-m2 solar-open mellum2""".split()
FIXED = ["", "\n", " ", "   ", "\t\n", "\n\n\n", " Hello, y'all!", "'era", "\n =", "33333", "3333333", "HELLO WoRLD'S don'T We'Ve", "abc123def 12 1234 12345",
         "$100.50 + 3^2 <=> ~|`x`", "a\u0301e\u0308 नमस्ते ไทย", "我想在apple工作1314151天～", "🚀 😶‍🌫️ ✅", "Cửa Việt ½", "x <|im_end|>  y<x><y> z"]

def write(path, model, tokens, pre=None, scores=None, types=None, merges=None, **more):
    w = gguf.GGUFWriter(path, "llama"); w.add_tokenizer_model(model)
    if pre: w.add_tokenizer_pre(pre)
    w.add_token_list(tokens)
    if scores is not None: w.add_token_scores(scores)
    if types is not None: w.add_token_types(types)
    if merges is not None: w.add_token_merges(merges)
    if "charsmap" in more: w.add_precompiled_charsmap(more.pop("charsmap"))
    for key, value in more.items(): (w.add_bool if isinstance(value, bool) else w.add_uint32)("tokenizer.ggml." + key, value)
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()

def ids(path, texts, special):
    vocabulary = llama_cpp.Llama(path, vocab_only=True, verbose=False)
    return [vocabulary.tokenize(text.encode(), add_bos=special, special=True) for text in texts]

def byte_pair(r, path, texts):
    corpus = [" ".join(kinds.word(r) for _ in range(20)) for _ in range(200)]
    t = Tokenizer(models.BPE()); t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=600, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    model = json.loads(t.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get); merges = [" ".join(m) for m in model["merges"]]
    types = [1] * len(tokens) + [3, 3, 4, 4, 3]; bos = len(tokens)
    tokens += ["<|endoftext|>", "<|im_end|>", "<x>", "<x><y>", "<y>"]
    results = {}
    for pre in PRES:
        write(path, "gpt2", tokens, pre, types=types, merges=merges, bos_token_id=bos, eos_token_id=bos + 1)
        results[pre] = ids(path, texts, False)
    return dict(model="gpt2", tokens=tokens, kinds=types, merges=merges, bos=bos, eos=bos + 1, ids=results)

def sentence_piece(r, path, texts, space):
    pieces = set()
    for _ in range(80):
        text = "▁" + "▁".join(kinds.word(r).replace(" ", "▁").replace("\0", "") for _ in range(10))
        for _ in range(20):
            start = r.randrange(len(text)); piece = text[start:start + r.randint(1, 6)]
            pieces.update(piece[:n] for n in range(1, len(piece) + 1))
    pieces = sorted({"▁"} | set(r.sample(sorted(pieces), 700)))
    tokens = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % b for b in range(256)] + pieces + ["<x>", "<|im_end|>"]
    types = [2, 3, 3] + [6] * 256 + [1] * len(pieces) + [4, 3]
    scores = [0.0] * 259 + [r.choice([-r.random() * 100, -float(r.randint(1, 20))]) for _ in pieces] + [0.0, 0.0]
    scores = [struct.unpack("f", struct.pack("f", s))[0] for s in scores]
    more = {} if space is None else {"add_space_prefix": space}
    write(path, "llama", tokens, scores=scores, types=types, bos_token_id=1, eos_token_id=2, unknown_token_id=0, **more)
    return dict(model="llama", tokens=tokens, kinds=types, scores=scores, bos=1, eos=2, unk=0, space=space, ids={"": ids(path, texts, True)})

def word_piece(r, path, texts):
    pieces = set()
    for _ in range(400):
        word = "▁" + "".join(kinds.word(r).lower().split()).replace("\0", "")[:30]
        pieces.update(word); pieces.add(word[:2])
        for _ in range(4):
            start = r.randrange(len(word)); pieces.add(word[start:start + r.randint(1, 7)])
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + sorted(pieces); types = [3] * 5 + [1] * len(pieces)
    write(path, "bert", tokens, types=types, bos_token_id=2, eos_token_id=3, unknown_token_id=1, seperator_token_id=3, padding_token_id=0)
    return dict(model="bert", tokens=tokens, kinds=types, bos=2, eos=3, unk=1, sep=3, ids={"": ids(path, texts, True)})

def charsmap(r, directory):
    """A table of replacements as SentencePiece compiles it from random rules."""
    import sentencepiece, sentencepiece.sentencepiece_model_pb2 as proto
    some = "AÉß①ﬁ\u3000\u00a0\u200b日本。、ａＢ\u0301 \tx"
    rules = {"".join(r.choice(some) for _ in range(r.choice([1, 1, 1, 2, 2, 3]))): "".join(r.choice(some + "abc ▁") for _ in range(r.choice([0, 1, 1, 2, 3]))) for _ in range(40)}
    path = os.path.join(directory, "rules.tsv"); hexadecimal = lambda text: " ".join("%X" % ord(c) for c in text)
    with open(path, "w") as file: file.writelines(f"{hexadecimal(old)}\t{hexadecimal(new)}\n" for old, new in sorted(rules.items()) if old != new)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["the quick brown fox jumps over the lazy dog"] * 40), model_writer=model, vocab_size=40,
        hard_vocab_limit=False, normalization_rule_tsv=path, minloglevel=3)
    return proto.ModelProto.FromString(model.getvalue()).normalizer_spec.precompiled_charsmap

def random_pieces(r, count):
    pieces = set()
    while len(pieces) < count:
        text = "▁" + "▁".join(kinds.word(r).replace(" ", "▁").replace("\0", "") for _ in range(5)); start = r.randrange(len(text))
        piece = text[start:start + r.randint(1, 6)]; pieces.update(piece[:n] for n in range(1, len(piece) + 1))
    return sorted(pieces)

def unigram(r, path, texts):
    pieces = random_pieces(r, r.choice([50, 200, 600])); user = ["<x>", "<x><y>", "é日"]; tokens = ["<pad>", "</s>", "<unk>"]; types = [3, 3, 2]
    if r.random() < .5: tokens.append("<s>"); types.append(3)
    for piece in pieces:
        if piece not in user: tokens.append(piece); types.append(5 if r.random() < .03 else 1)
    tokens += user[:r.randint(0, 3)]; types += [4] * (len(tokens) - len(types))
    scores = [struct.unpack("f", struct.pack("f", r.choice([-r.random() * 20, -float(r.randint(1, 9))])))[0] for _ in tokens]
    flags = {}
    for key in ["add_space_prefix", "remove_extra_whitespaces", "add_eos_token"]:
        if r.random() < .7: flags[key] = r.random() < .6
    more = dict(flags)
    if r.random() < .8: more["charsmap"] = charsmap(r, os.path.dirname(path))
    write(path, "t5", tokens, scores=scores, types=types, unknown_token_id=2, eos_token_id=1, padding_token_id=0, **more)
    return dict(model="t5", tokens=tokens, kinds=types, scores=scores, eos=1, unk=2, space=flags.get("add_space_prefix"), merges_spaces=flags.get("remove_extra_whitespaces"),
                adds_eos=flags.get("add_eos_token"), charsmap=base64.b64encode(more.get("charsmap", b"")).decode(), ids={"": ids(path, texts, True)})

def rwkv(r, path, texts):
    def escaped(data):
        try: text = data.decode()
        except UnicodeDecodeError: return "".join("\\x%02x" % b if b > 126 or b < 32 else "\\\\" if b == 92 else chr(b) for b in data)
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\x00")
    tokens = ["<s>"] + ["\\x%02x" % b if b > 126 or b < 32 else "\\\\" if b == 92 else chr(b) for b in range(256)]; seen = {bytes([b]) for b in range(256)}
    for piece in random_pieces(r, 400):
        data = piece.replace("▁", " ").encode(); start = r.randrange(len(data)) if r.random() < .3 else 0
        if data[start:] and data[start:] not in seen: seen.add(data[start:]); tokens.append(escaped(data[start:]))
    types = [3] + [1] * (len(tokens) - 1)
    write(path, "rwkv", tokens, types=types)
    return dict(model="rwkv", tokens=tokens, kinds=types, ids={"": ids(path, texts, True)})

def plamo(r, path, texts):
    pieces = random_pieces(r, r.choice([30, 200, 500])); user = ["<x>", "<x><y>", "é日"][:r.randint(0, 3)]
    tokens = ["<|plamo:unk|>", "<|plamo:bos|>", "<|plamo:eos|>"] + ["<0x%02X>" % b for b in range(256)]; types = [2, 3, 3] + [6] * 256
    for piece in pieces:
        piece = piece.replace("▁", " ")
        if piece not in user: tokens.append(piece); types.append(5 if r.random() < .03 else 1)
    tokens += user; types += [4] * len(user)
    scores = [struct.unpack("f", struct.pack("f", r.choice([-r.random() * 20, -float(r.randint(1, 4)), r.random(), -r.random() * 3000])))[0] for _ in tokens]
    write(path, "plamo2", tokens, scores=scores, types=types, bos_token_id=1, eos_token_id=2, unknown_token_id=0)
    return dict(model="plamo2", tokens=tokens, kinds=types, scores=scores, bos=1, eos=2, unk=0, ids={"": ids(path, texts, True)})

def more(out, seed, count, vocabularies):
    r = random.Random(int(seed)); result = []
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "v.gguf")
        for number in range(int(vocabularies)):
            texts = FIXED + [kinds.text(r, ["<x>", "<x><y>", "<s>", "</s>", "①ﬁ", "\u3000"]) for _ in range(int(count))]
            result.append(dict((rwkv if number % 4 == 3 else unigram)(r, path, texts), texts=texts))
        for _ in range(int(vocabularies) // 3):
            texts = FIXED + ["\ufeffab", "a\ufeffb"] + [kinds.text(r, ["<x>", "<x><y>", "<|plamo:eos|>", "①ﬁ", "<0x41>"]) for _ in range(int(count))]
            result.append(dict(plamo(r, path, texts), texts=texts))
    json.dump(result, open(out, "w"), ensure_ascii=True, separators=(",", ":"))

def main(out, seed, count, vocabularies=None):
    if vocabularies: return more(out, seed, count, vocabularies)
    r = random.Random(int(seed)); special = ["<|im_end|>", "<x>", "<x><y>", "<y>", "<s>", "[MASK]"]
    texts = FIXED + [kinds.text(r, special) for _ in range(int(count))]
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "v.gguf")
        vocabularies = [byte_pair(r, path, texts), sentence_piece(r, path, texts, None), sentence_piece(r, path, texts, False), word_piece(r, path, texts)]
    json.dump(dict(texts=texts, vocabularies=vocabularies), open(out, "w"), ensure_ascii=True, separators=(",", ":"))

if __name__ == "__main__": main(*sys.argv[1:])
