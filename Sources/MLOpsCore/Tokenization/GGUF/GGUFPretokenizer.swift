/// The division of text that a name in `tokenizer.ggml.pre` stands for.
///
/// The names and what they mean are llama.cpp's; each is the pre-tokenizer of the models it was made for, now and then with
/// its own idea of letters. What a family's `tokenizer.json` says instead is kept beside it, for writing one.
struct GGUFPretokenizer {
    /// How llama.cpp divides a text.
    let pretokenizer: Pretokenizer
    /// How the family's `tokenizer.json` divides it.
    let original: Pretokenizer
    /// What the family's `tokenizer.json` does before that, and llama.cpp does not.
    var originalNormalizer: Normalizer?
    /// See ``BytePairModel``.
    let ignoresMerges: Bool
    /// Whether a text begins with BOS when the file does not say.
    let addsBOS: Bool
    /// Whether spaces are written `▁` and pieces are characters, not bytes.
    let isSentencePiece: Bool

    /// Finds the division called `name`.
    ///
    /// - Throws: ``TokenizerError`` naming it when it is not known.
    init(named name: String, origin: String) throws(TokenizerError) {
        guard let patterns = Self.patterns(of: name) else {
            throw TokenizerError(
                .unsupported,
                "\(origin): the pre-tokenizer \"\(name)\" (tokenizer.ggml.pre) is not supported. Use a model with another tokenizer."
            )
        }
        pretokenizer = try Self.division(patterns, .version15)
        original = try Self.division(Self.originalPatterns(of: name) ?? patterns, .version16)
        if ["qwen2", "deepseek-r1-qwen"].contains(name) { originalNormalizer = .form(.nfc) }
        ignoresMerges = Self.wholeWords.contains(name)
        addsBOS = Self.beginning.contains(name)
        isSentencePiece = Self.sentencePiece.contains(name)
    }

    private static func division(
        _ patterns: [String], _ unicode: ReferenceUnicode.Version
    ) throws(TokenizerError) -> Pretokenizer {
        var steps: [Pretokenizer] = []
        for pattern in patterns {
            let pattern = try Pattern(pattern, unicode: unicode, dialect: .perl)
            steps.append(.split(.pattern(pattern), .isolated, inverted: false))
        }
        return .sequence(steps)
    }

    /// Names whose words are tokens as they are when the vocabulary has them.
    private static let wholeWords: Set<String> = [
        "minicpm5", "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
        "jina-v5-nano", "youtu", "glm4", "glm5", "tekken", "granite-embed-multi-97m",
    ]
    /// Names with BOS in front unless the file says otherwise.
    private static let beginning: Set<String> = [
        "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
        "tekken", "chameleon", "gemma4", "granite-embed-multi-311m",
    ]
    /// Names of vocabularies that came from SentencePiece.
    private static let sentencePiece: Set<String> = ["gemma4", "granite-embed-multi-311m", "sarvam-moe"]

    private static func patterns(of name: String) -> [String]? {
        switch name {
        case "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum",
            "modern-bert", "jina-v1-en", "jina-v2-code", "roberta-bpe", "mpt", "olmo", "jais", "trillion",
            "granite-docling", "exaone4":
            [Pretokenizer.gpt2Pattern]
        case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2":
            [#"\p{N}"#, Pretokenizer.gpt2Pattern]
        case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
            "dbrx", "smaug-bpe", "chatglm-bpe", "glm4", "glm5":
            [GGUFPatterns.llama3]
        case "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2":
            [GGUFPatterns.qwen2]
        case "qwen35": [GGUFPatterns.qwen35]
        case "jais-2": [GGUFPatterns.jais2]
        case "deepseek-llm": GGUFPatterns.deepseekLLM
        case "deepseek-coder": GGUFPatterns.deepseekCoder
        case "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4": GGUFPatterns.deepseek3
        case "spark2_5": GGUFPatterns.spark
        case "youtu": GGUFPatterns.youtu
        case "falcon": GGUFPatterns.falcon
        case "poro-chat", "bloom", "gpt3-finnish": [GGUFPatterns.bloom]
        case "viking": [GGUFPatterns.bloom, #"\p{N}"#]
        case "tekken": [GGUFPatterns.tekken]
        case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2": [GGUFPatterns.gpt4o]
        case "granite-embed-multi-97m": [GGUFPatterns.graniteEmbedding]
        case "chameleon": GGUFPatterns.chameleon
        case "tiny_aya", "cohere2moe": GGUFPatterns.tinyAya
        case "kimi-k2": [GGUFPatterns.kimiK2]
        case "superbpe": GGUFPatterns.superBPE
        case "bailingmoe", "bailingmoe2", "llada-moe": [GGUFPatterns.bailing]
        case "seed-coder": [GGUFPatterns.seedCoder]
        case "ufakzeka": [GGUFPatterns.ufakzeka]
        case "afmoe": GGUFPatterns.afmoe
        case "laguna": [GGUFPatterns.lines, GGUFPatterns.qwen2]
        case "exaone-moe": [GGUFPatterns.exaoneMoE]
        case "minicpm5": GGUFPatterns.miniCPM5
        case "gemma4", "granite-embed-multi-311m", "sarvam-moe": [GGUFPatterns.lines]
        case "default": GGUFPatterns.fallback
        default: nil
        }
    }

    /// The patterns of the family's own tokenizer where they are not llama.cpp's.
    private static func originalPatterns(of name: String) -> [String]? {
        switch patterns(of: name) {
        case [GGUFPatterns.llama3]: [GGUFPatterns.originalLlama3]
        case [GGUFPatterns.qwen2]: [GGUFPatterns.originalQwen2]
        case [GGUFPatterns.tekken]: [GGUFPatterns.originalTekken]
        case [GGUFPatterns.gpt4o]: [GGUFPatterns.originalGPT4o]
        default: nil
        }
    }
}
