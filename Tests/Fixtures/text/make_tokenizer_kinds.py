"""Makes random tokenizers of every kind with what Hugging Face's tokenizers do with random texts: one JSON list.

  make_tokenizer_kinds.py OUT SEED COUNT CASES [CHARSMAPS]

Tiny vocabularies are trained and their options mutated: models, normalizers, pre-tokenizers, post-processors, decoders, added
tokens. CHARSMAPS is a JSON list of SentencePiece's precompiled maps in base64, which are too large for a fixture.
"""
import json, random, sys
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

A="abcdeABCDE  the of and in to it's don't I'm 've 12345 67.,!?'\"-_()\n\t\r"
U="éÉßñ\u0301\u0308\u0323\u0345 日本語京都はカタカナー 한국어각 עברית مرحبا हिन्दी ไทย Ωσς Ǆǅ ﬁ ½²Ⅷ İı ſK \u00a0\u2003\u3000\u200b\u200c\u200d\u2028\u0085\ufeff\ufffd\x00\x01\x07\x1f\x7f\u009f😀👩‍👩‍👧‍👦🇩🇪👍🏽▁▁Ġ\ue000\U000e0001\U0001d400\U00020000－，。「」"
WORDS="the quick brown fox jumps over lazy dog it's don't we'll tokenization unbelievable running 1234567 3.14 hello world Hello WORLD naïve café 日本語 東京都 привет мир 😀😀 foo_bar x=y; // comment\n    indented\n\n\tTab  two   three".split(' ')
def word(r): 
    k=r.random()
    if k<.5: return r.choice(WORDS)
    if k<.7: return ''.join(r.choice(A) for _ in range(r.randint(1,8)))
    if k<.85: return ''.join(r.choice(U) for _ in range(r.randint(1,6)))
    if k<.9: return ''.join(chr(c) for c in (r.choice([r.randrange(0x20,0x250),r.randrange(0x250,0x3000),r.randrange(0x3000,0xd800),r.randrange(0xe000,0x110000)]) for _ in range(r.randint(1,4))))
    if k<.95: return r.choice(A+U)*r.randint(1,12)
    return ''.join(r.choice('abcxyz') for _ in range(r.randint(20,150)))
def text(r,specials=()):
    n=r.choice([0,1,1,2,3,5,8,15]); parts=[]
    for _ in range(n):
        parts.append(r.choice(specials) if specials and r.random()<.15 else word(r))
        if r.random()<.8: parts.append(r.choice([' ',' ',' ',' ','  ','\n','\t','   ','']))
    return ''.join(parts)
def rnorm(r,depth=0):
    k=r.choice(['NFC','NFD','NFKC','NFKD','Lowercase','Strip','StripAccents','Replace','ReplaceR','Prepend','Nmt','Bert','ByteLevel','Seq','Pre'])
    if k in('NFC','NFD','NFKC','NFKD','Lowercase','StripAccents','Nmt','ByteLevel'): return {"type":k}
    if k=='Strip': return {"type":k,"strip_left":r.random()<.5,"strip_right":r.random()<.5}
    if k=='Replace': return {"type":"Replace","pattern":{"String":r.choice([" ","a","``","the","é","  "])},"content":r.choice(["▁","","\"","xy"])}
    if k=='ReplaceR': return {"type":"Replace","pattern":{"Regex":r.choice([" {2,}",r"\s+","[aeiou]",r"\p{L}{3}",r"^\s+|\s+$",r"\d"])},"content":r.choice(["▁","", " ","0"])}
    if k=='Prepend': return {"type":"Prepend","prepend":r.choice(["▁"," ","x"])}
    if k=='Bert': return {"type":"BertNormalizer","clean_text":r.random()<.7,"handle_chinese_chars":r.random()<.7,"strip_accents":r.choice([None,True,False]),"lowercase":r.random()<.5}
    if k=='Pre' and CHARSMAP: return {"type":"Precompiled","precompiled_charsmap":r.choice(CHARSMAP)}
    if k=='Seq' and depth<2: return {"type":"Sequence","normalizers":[rnorm(r,depth+1) for _ in range(r.randint(0,3))]}
    return {"type":"NFC"}
CHARSMAP = []  # filled from SentencePiece's when asked for
BEH=["Removed","Isolated","MergedWithPrevious","MergedWithNext","Contiguous"]
REG=[r"\s+",r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",r"\p{N}{1,3}",r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",r"[^\s]+",r"\w+|[^\w\s]+",r"[一-龥぀-ゟ゠-ヿ]+",r"\p{P}+"]
def rpre(r,depth=0):
    k=r.choice(['ByteLevel','ByteLevel','Whitespace','WhitespaceSplit','Split','Split','Punctuation','Digits','Metaspace','BertPreTokenizer','CharDelimiterSplit','UnicodeScripts','FixedLength','Seq','Seq'])
    if k=='ByteLevel': return {"type":k,"add_prefix_space":r.random()<.5,"trim_offsets":True,"use_regex":r.random()<.6}
    if k in('Whitespace','WhitespaceSplit','BertPreTokenizer','UnicodeScripts'): return {"type":k}
    if k=='Split': return {"type":k,"pattern":r.choice([{"String":r.choice([" ","a","the","▁"])},{"Regex":r.choice(REG)}]),"behavior":r.choice(BEH),"invert":r.random()<.3}
    if k=='Punctuation': return {"type":k,"behavior":r.choice(BEH)}
    if k=='Digits': return {"type":k,"individual_digits":r.random()<.5}
    if k=='Metaspace':
        return {"type":k,"replacement":r.choice("▁▁▁_é"),"prepend_scheme":r.choice(["always","first","never"]),"split":r.random()<.7}
    if k=='CharDelimiterSplit': return {"type":k,"delimiter":r.choice(" a-é")}
    if k=='FixedLength': return {"type":k,"length":r.randint(1,5)}
    if depth<2: return {"type":"Sequence","pretokenizers":[rpre(r,depth+1) for _ in range(r.randint(0,3))]}
    return {"type":"WhitespaceSplit"}
def rdec(r,depth=0):
    k=r.choice(['ByteLevel','ByteFallback','Fuse','Strip','Replace','Metaspace','WordPiece','BPEDecoder','CTC','Seq','Seq','Seq'])
    if k in('ByteFallback','Fuse'): return {"type":k}
    if k=='ByteLevel': return {"type":k,"add_prefix_space":True,"trim_offsets":True,"use_regex":True}
    if k=='Strip': return {"type":k,"content":r.choice(" ▁a"),"start":r.randint(0,2),"stop":r.randint(0,1)}
    if k=='Replace': return {"type":k,"pattern":r.choice([{"String":r.choice(["▁","a"," "])},{"Regex":r.choice([r"\s+","▁","[ab]"])}]),"content":r.choice([" ","","xy"])}
    if k=='Metaspace': return {"type":k,"replacement":"▁","prepend_scheme":r.choice(["always","first","never"]),"split":True}
    if k=='WordPiece': return {"type":k,"prefix":"##","cleanup":r.random()<.5}
    if k=='BPEDecoder': return {"type":k,"suffix":"</w>"}
    if k=='CTC': return {"type":k,"pad_token":r.choice(["a","<pad>"]),"word_delimiter_token":r.choice(["|","b"]),"cleanup":r.random()<.5}
    if depth<2: return {"type":"Sequence","decoders":[rdec(r,depth+1) for _ in range(r.randint(1,4))]}
    return {"type":"Fuse"}
def rpost(r,ids,depth=0):
    k=r.choice(['T','T','ByteLevel','Bert','Roberta','Seq'])
    tok=lambda: r.choice(ids)
    if k=='ByteLevel': return {"type":k,"add_prefix_space":True,"trim_offsets":r.random()<.5,"use_regex":True}
    if k=='T':
        a,b=tok(),tok(); sp={a[0]:{"id":a[0],"ids":[a[1]],"tokens":[a[0]]},b[0]:{"id":b[0],"ids":[b[1]],"tokens":[b[0]]}}
        S=lambda x:{"SpecialToken":{"id":x[0],"type_id":0}}; Q={"Sequence":{"id":"A","type_id":0}}
        single=r.choice([[S(a),Q],[S(a),Q,S(b)],[Q,S(b)],[Q],[Q,Q],[S(a),S(b),Q]])
        return {"type":"TemplateProcessing","single":single,"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":sp}
    if k in('Bert','Roberta'):
        a,b=tok(),tok(); d={"type":k+"Processing","sep":[b[0],b[1]],"cls":[a[0],a[1]]}
        if k=='Roberta': d.update(trim_offsets=True,add_prefix_space=False)
        return d
    if depth<1: return {"type":"Sequence","processors":[rpost(r,ids,depth+1) for _ in range(r.randint(1,2))]}
    return {"type":"ByteLevel","add_prefix_space":True,"trim_offsets":True,"use_regex":True}
def make(r):
    kind=r.choice(['BPE','BPE','BPE','Unigram','WordPiece','WordLevel'])
    corpus=[' '.join(word(r) for _ in range(r.randint(1,10))) for _ in range(60)]
    pre=rpre(r) if r.random()<.85 else None
    norm=rnorm(r) if r.random()<.6 else None
    sp=r.choice([["<unk>"],["<unk>","<s>","</s>"],["<unk>","<|im_end|>","[MASK]"],[]])
    vs=r.choice([40,80,150])
    if kind=='BPE':
        kw={}
        if r.random()<.3: kw['continuing_subword_prefix']='##'
        if r.random()<.3: kw['end_of_word_suffix']='</w>'
        t=Tokenizer(models.BPE(unk_token=r.choice([None,"<unk>"]) if sp else None))
        tr=trainers.BpeTrainer(vocab_size=vs,special_tokens=sp,show_progress=False,initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if r.random()<.4 else [],**kw)
    elif kind=='Unigram':
        t=Tokenizer(models.Unigram()); tr=trainers.UnigramTrainer(vocab_size=vs,special_tokens=sp,unk_token="<unk>" if sp else None,show_progress=False)
    elif kind=='WordPiece':
        t=Tokenizer(models.WordPiece(unk_token="<unk>")); tr=trainers.WordPieceTrainer(vocab_size=vs,special_tokens=sp,show_progress=False)
    else:
        t=Tokenizer(models.WordLevel(unk_token="<unk>")); tr=trainers.WordLevelTrainer(vocab_size=vs,special_tokens=sp,show_progress=False)
    base=json.loads(t.to_str()); base['pre_tokenizer']=pre; base['normalizer']=norm
    t=Tokenizer.from_str(json.dumps(base))
    t.train_from_iterator(corpus,tr)
    d=json.loads(t.to_str()); m=d['model']
    if kind=='BPE':
        m['fuse_unk']=r.random()<.5; m['ignore_merges']=r.random()<.3; m['byte_fallback']=r.random()<.3
        if m['byte_fallback'] and r.random()<.8:
            n=max(m['vocab'].values(),default=-1)+1
            for b in range(256):
                k='<0x%02X>'%b
                if r.random()<.99 and k not in m['vocab']: m['vocab'][k]=n; n+=1
    if kind=='Unigram':
        m['byte_fallback']=r.random()<.4
        if r.random()<.5: m['vocab']=[[a,round(b,r.choice([0,1]))] for a,b in m['vocab']]
        if m['byte_fallback']:
            have={a for a,_ in m['vocab']}
            for b in range(256):
                if '<0x%02X>'%b not in have: m['vocab'].append(['<0x%02X>'%b,0.0 if r.random()<.1 else -20.0])
        if m.get('unk_id') is not None and r.random()<.1: m['unk_id']=None
    if kind=='WordPiece': m['max_input_chars_per_word']=r.choice([100,5,20]);
    d['added_tokens']=d['added_tokens']
    t=Tokenizer.from_str(json.dumps(d))
    adds=[]
    for _ in range(r.randint(0,4)):
        c=r.choice(["<x>","<|a|>","foo"," sp","MASK","é","<s>","日本","the","🙂","ab","\n\n","Hello","don"])
        adds.append(AddedToken(c,single_word=r.random()<.3,lstrip=r.random()<.3,rstrip=r.random()<.3,normalized=r.random()<.4,special=r.random()<.3))
    for a in adds: (t.add_special_tokens if a.special else t.add_tokens)([a])
    d=json.loads(t.to_str())
    ids=list(t.get_vocab().items()) or [("a",0)]
    ids.sort()
    if r.random()<.6: d['post_processor']=rpost(r,ids)
    k=r.random()
    if k<.3: pass
    else: d['decoder']=rdec(r)
    s=json.dumps(d)
    return s,Tokenizer.from_str(s),[a.content for a in adds]+sp
def case(t,x,r):
    c={"text":x}
    try: e=t.encode(x,add_special_tokens=False); c['ids']=e.ids; c['offsets']=e.offsets
    except BaseException as err: c['error']=str(err)
    if 'ids' in c:
        try: c['ids_special']=t.encode(x).ids
        except BaseException as err: c['error']=str(err)
    ids=c.get('ids',[])
    k=r.random(); n=t.get_vocab_size()
    if k<.5: ids=[r.randrange(n) for _ in range(r.randint(0,8))] if n else []
    c['dec_ids']=ids
    try: c['skip']=t.decode(ids); c['all']=t.decode(ids,skip_special_tokens=False)
    except BaseException as err: c.pop('skip',None); c['dec_error']=str(err)
    return c
def main(out, seed, count, cases, charsmaps=None):
    if charsmaps: CHARSMAP.extend(json.load(open(charsmaps)))
    r = random.Random(int(seed)); batch = []
    while len(batch) < int(count):
        try: source, tokenizer, special = make(r)
        except BaseException: continue  # training refuses some combinations, the library panics on others
        batch.append({"json": source, "cases": [case(tokenizer, text(r, special), r) for _ in range(int(cases))]})
    json.dump(batch, open(out, "w"), ensure_ascii=True, separators=(",", ":"))

if __name__ == "__main__": main(*sys.argv[1:])
