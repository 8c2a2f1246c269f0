/// The division of text that a name in `tokenizer.ggml.pre` stands for.
///
/// The names and what they mean are llama.cpp's; each is the pre-tokenizer of the models it was made for.
struct GGUFPretokenizer {
    let pretokenizer: Pretokenizer
    var normalizer: Normalizer?
    var ignoresMerges = false
    /// Whether a text begins with BOS when the file does not say.
    var addsBOS = false

    init(named name: String, origin: String) throws(TokenizerError) {
        let patterns: [String]
        switch name {
        case "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "mpt",
            "olmo", "jais",
            "trillion", "granite-docling", "exaone4", "roberta-bpe":
            patterns = [Pretokenizer.gpt2Pattern]
        case "smollm", "starcoder", "refact", "command-r", "codeshell", "minerva-7b":
            patterns = [#"\p{N}"#, Pretokenizer.gpt2Pattern]
        case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2":
            patterns = [Self.llama3]
            ignoresMerges = true
            addsBOS = true
        case "dbrx", "smaug-bpe", "glm4", "chatglm-bpe":
            patterns = [Self.llama3]
        case "qwen2", "deepseek-r1-qwen", "megrez", "stablelm2", "hunyuan":
            patterns = [Self.qwen2]
            // The tokenizer.json of these families puts text into Unicode's composed form; the file does not say it.
            if name == "qwen2" || name == "deepseek-r1-qwen" { normalizer = .form(.nfc) }
        case "tekken":
            patterns = [Self.tekken]
            ignoresMerges = true
            addsBOS = true
        case "gpt-4o", "llama4":
            patterns = [Self.gpt4o]
        case "default":
            patterns = [
                #"[\p{P}\$\+<=>\^~\|]+"#, #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"#,
                #"\p{N}+"#,
                "[0-9][0-9][0-9]",
            ]
        default:
            throw TokenizerError(
                .unsupported, "\(origin): the pre-tokenizer \"\(name)\" (tokenizer.ggml.pre) is not supported.")
        }
        var steps: [Pretokenizer] = []
        for pattern in patterns { steps.append(.split(.pattern(try Pattern(pattern)), .isolated, inverted: false)) }
        pretokenizer = .sequence(steps)
    }

    /// Llama 3's: digits in threes.
    static let llama3 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    /// Qwen 2's: digits one by one.
    static let qwen2 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    /// Mistral's Tekken: words by case, digits one by one.
    static let tekken =
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    /// GPT-4o's: words by case with their English suffixes, digits in threes.
    static let gpt4o =
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
}
