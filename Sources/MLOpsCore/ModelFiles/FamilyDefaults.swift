/// What a `config.json` of a family means when it leaves a key out, as transformers' configuration classes say it.
struct FamilyDefaults {
    var maximumPositions = 2048
    var headSize: Int?
    /// Where published configurations leave out what is the default.
    var vocabularySize, headCount, keyValueHeadCount: Int?
    var normEpsilon = 1e-6
    var tiedHead = false
    var activation = DecoderArchitecture.Activation.silu
    var ropeBase = 10000.0
    var mayHaveAttentionBias = true
    var mayHaveMLPBias = false
    /// How much of a head is turned.
    var rotaryShare = 1.0
    /// `pad_token_id`.
    var paddingID: Int?
    /// Whether all heads together are as wide as the model.
    var headsFillModel = false

    init(_ family: DecoderArchitecture.Family) {
        switch family {
        case .llama, .granite: mayHaveMLPBias = true
        case .graniteHybrid: break
        case .mistral, .ministral:
            (maximumPositions, keyValueHeadCount) = (131072, 8)
            mayHaveAttentionBias = false
        case .qwen2:
            (maximumPositions, keyValueHeadCount) = (32768, 32)
            mayHaveAttentionBias = false
        case .qwen3: (maximumPositions, headSize, keyValueHeadCount) = (32768, 128, 32)
        case .gemma, .gemma2, .vaultgemma:
            (maximumPositions, headSize, keyValueHeadCount) = (8192, 256, family == .gemma ? 16 : 4)
            (tiedHead, activation, paddingID) = (true, .geluTanh, 0)
        case .gemma3:
            (maximumPositions, headSize) = (131072, 256)
            (vocabularySize, headCount, keyValueHeadCount) = (262208, 8, 4)
            (tiedHead, activation, paddingID) = (true, .geluTanh, 0)
            ropeBase = 1_000_000
        case .phi3:
            (maximumPositions, normEpsilon, paddingID) = (4096, 1e-5, 32000)
            mayHaveAttentionBias = false
        case .smollm3:
            (maximumPositions, tiedHead, keyValueHeadCount) = (32768, true, 4)
            (ropeBase, paddingID) = (2_000_000, 128_004)
            mayHaveMLPBias = true
        case .olmo, .olmo2: (normEpsilon, paddingID) = (1e-5, 1)
        case .olmo3:
            (normEpsilon, paddingID) = (1e-5, 1)
            ropeBase = 500_000
        case .exaone4:
            (normEpsilon, keyValueHeadCount) = (1e-5, 32)
            mayHaveAttentionBias = false
        case .stablelm:
            (maximumPositions, normEpsilon, keyValueHeadCount) = (4096, 1e-5, 32)
            rotaryShare = 0.25
        case .gptNeoX, .phi:
            (normEpsilon, ropeBase, headsFillModel) = (1e-5, 10000, true)
            (activation, rotaryShare) = family == .gptNeoX ? (.gelu, 0.25) : (.geluTanh, 0.5)
        case .starcoder2:
            (maximumPositions, normEpsilon, activation, tiedHead) = (4096, 1e-5, .geluTanh, true)
            keyValueHeadCount = 2
        case .cohere, .cohere2:
            (maximumPositions, normEpsilon, tiedHead, paddingID) = (8192, 1e-5, true, 0)
            if family == .cohere { ropeBase = 500_000 }
            headsFillModel = family == .cohere2
        case .glm, .glm4:
            (maximumPositions, headSize, keyValueHeadCount, paddingID) = (131_072, 128, 2, 151_329)
            (normEpsilon, rotaryShare) = (1.5625e-7, 0.5)
        case .helium:
            (maximumPositions, headSize, keyValueHeadCount, paddingID) = (4096, 128, 20, 3)
            (normEpsilon, ropeBase, headsFillModel) = (1e-8, 100_000, true)
            mayHaveMLPBias = true
        case .ernie:
            (maximumPositions, headSize, keyValueHeadCount, paddingID) = (131_072, 128, 2, 0)
            (normEpsilon, ropeBase, tiedHead) = (1e-5, 500_000, true)
        case .hunyuan: (normEpsilon, paddingID) = (1e-5, 0)
        case .nemotron:
            (maximumPositions, normEpsilon, activation, rotaryShare) = (4096, 1e-5, .squaredReLU, 0.5)
            mayHaveMLPBias = true
        case .apertus:
            (maximumPositions, normEpsilon, activation, paddingID) = (65536, 1e-5, .xielu, 3)
            ropeBase = 12_000_000
        case .gpt2:
            (maximumPositions, vocabularySize, headCount) = (1024, 50257, 12)
            (normEpsilon, tiedHead, activation, headsFillModel) = (1e-5, true, .geluTanh, true)
        case .falcon:
            (normEpsilon, tiedHead, activation, headsFillModel) = (1e-5, true, .gelu, true)
        case .bloom, .mpt:
            (normEpsilon, tiedHead, headsFillModel) = (1e-5, true, true)
            activation = family == .bloom ? .geluTanh : .gelu
        case .opt:
            (normEpsilon, tiedHead, activation, headsFillModel) = (1e-5, true, .relu, true)
            paddingID = 1
        case .gptj, .gptBigCode:
            (normEpsilon, activation, headsFillModel) = (1e-5, .geluTanh, true)
            (maximumPositions, tiedHead) = family == .gptj ? (2048, false) : (1024, true)
        case .internlm3, .iquestcoder:
            (maximumPositions, normEpsilon, headSize, mayHaveMLPBias) = (131_072, 1e-5, 128, true)
            keyValueHeadCount = family == .internlm3 ? 2 : 8
            if family == .internlm3 { (maximumPositions, paddingID) = (32768, 2) }
        case .cwm, .ministral3:
            (maximumPositions, normEpsilon, headSize, keyValueHeadCount) = (131_072, 1e-5, 128, 8)
            (mayHaveAttentionBias, mayHaveMLPBias) = (false, family == .cwm)
            if family == .cwm { ropeBase = 1_000_000 } else { (maximumPositions, paddingID) = (262_144, 11) }
        case .hyperclovax: mayHaveMLPBias = true
        case .gptNeo: (normEpsilon, tiedHead, activation, headsFillModel) = (1e-5, true, .geluTanh, true)
        case .codegen: (normEpsilon, activation, headsFillModel) = (1e-5, .geluTanh, true)
        case .biogpt:
            (normEpsilon, tiedHead, activation, headsFillModel) = (1e-5, true, .gelu, true)
            (maximumPositions, paddingID) = (1024, 1)
        case .persimmon:
            (maximumPositions, normEpsilon, activation, headsFillModel) = (16384, 1e-5, .squaredReLU, true)
            rotaryShare = 0.5
        case .nanochat: (activation, paddingID) = (.squaredReLU, 1)
        case .jais2: (maximumPositions, normEpsilon, activation) = (8192, 1e-5, .squaredReLU)
        case .arcee:
            (maximumPositions, normEpsilon, activation) = (4096, 1e-5, .squaredReLU)
            mayHaveMLPBias = true
        case .seedOSS:
            (maximumPositions, headSize, keyValueHeadCount, paddingID) = (524_288, 128, 8, 1)
            mayHaveMLPBias = true
        }
    }
}
