extension DecoderArchitecture {
    /// Reads a description from a Hugging Face `config.json`.
    ///
    /// - Parameter path: the file's path, for messages.
    /// - Throws: ``ModelFileError`` naming the key when it is missing, impossible, or asks for something unsupported.
    public init(configJSON: JSONValue, path: String = "config.json") throws(ModelFileError) {
        guard configJSON["model_type"] == "gpt2" else {
            try self.init(namedAsOthers: configJSON, path: path)
            return
        }
        do throws(ModelFileError) {
            try self.init(namedAsOthers: try ModelConfig.renamed(configJSON, path: path), path: path)
        } catch {
            throw ModelConfig.renamed(error)
        }
    }

    /// Reads a description whose keys have the names that most families use.
    private init(namedAsOthers configJSON: JSONValue, path: String) throws(ModelFileError) {
        let config = ModelConfig(members: configJSON, path: path)
        guard configJSON.object != nil else { throw config.invalid("it is not a JSON object") }
        guard let type = configJSON["model_type"]?.string else {
            throw config.invalid("'model_type' is missing. Is this the directory of a model (or only of an adapter)?")
        }
        guard let family = Family(rawValue: type) else {
            let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
            throw config.unsupported("model_type '\(type)' is not supported; \(known) are")
        }
        try config.refuseFeatures()
        let defaults = FamilyDefaults(family)
        let hiddenSize = try config.size("hidden_size")
        let headCount = try config.size("num_attention_heads", limit: 1 << 20, default: defaults.headCount)
        let keyValueDefault = configJSON["num_key_value_heads"] == nil ? defaults.keyValueHeadCount : nil
        // GPT-NeoX has no such key.
        let keyValueHeadCount =
            family == .gptNeoX || family == .gpt2
            ? headCount : try config.optionalSize("num_key_value_heads") ?? keyValueDefault ?? headCount
        guard headCount.isMultiple(of: keyValueHeadCount) else {
            throw config.invalid(
                "'num_attention_heads' \(headCount) is not a multiple of 'num_key_value_heads' \(keyValueHeadCount)")
        }
        let givenSize = try config.optionalSize("head_dim", limit: 1 << 16)
        let givenOrDefault = configJSON["head_dim"] == nil ? defaults.headSize : givenSize
        if givenOrDefault == nil, !hiddenSize.isMultiple(of: headCount) {
            throw config.invalid("'hidden_size' \(hiddenSize) is not a multiple of 'num_attention_heads' \(headCount)")
        }
        let headSize = givenOrDefault ?? hiddenSize / headCount
        if defaults.headsFillModel, headSize * headCount != hiddenSize {
            throw config.unsupported(
                "'head_dim' \(headSize) is not supported in a \(type) model; 'hidden_size' / 'num_attention_heads' is")
        }
        guard headSize.isMultiple(of: 2) else {
            throw config.invalid("heads of \(headSize) cannot be turned in pairs; 'head_dim' must be even")
        }
        let maximumPositions = try config.optionalSize("max_position_embeddings") ?? defaults.maximumPositions
        let rotarySize = try config.rotarySize(headSize: headSize, family: family, default: defaults.rotaryShare)
        let ropes = try config.ropes(
            family: family, defaults: defaults, maximumPositions: maximumPositions, rotarySize: rotarySize)
        self.init(
            family: family,
            vocabularySize: try config.size("vocab_size", default: defaults.vocabularySize),
            hiddenSize: hiddenSize,
            intermediateSize: try config.size("intermediate_size"),
            layerCount: try config.size("num_hidden_layers", limit: 10_000),
            headCount: headCount,
            keyValueHeadCount: keyValueHeadCount,
            headSize: headSize,
            normEpsilon: Float(try config.normEpsilon(family) ?? defaults.normEpsilon),
            rope: ropes.global,
            activation: try config.activation(family, defaults),
            attentionBias: try config.attentionBias(family, defaults),
            mlpBias: try config.mlpBias(family, defaults),
            tiedHead: try config.flag("tie_word_embeddings", default: defaults.tiedHead),
            maximumPositions: maximumPositions
        )
        localRope = ropes.local
        paddingID = try config.paddingID(default: defaults.paddingID, vocabularySize: vocabularySize)
        self.rotarySize = rotarySize
        layerAttention = try config.layerAttention(
            family: family, layerCount: layerCount, hasLocalRope: ropes.local != ropes.global)
        applyStructure()
        try config.applyMultipliers(to: &self)
    }

    /// Sets what every model of the family shares: norms, fused weights, the scale of embeddings.
    mutating func applyStructure() {
        switch family {
        case .llama, .mistral, .ministral, .qwen2, .smollm3, .granite, .seedOSS: break
        case .qwen3: queryKeyNorm = .eachHead
        case .olmo: normKind = .layerWithoutWeights
        case .stablelm: normKind = .layer
        case .olmo2, .olmo3, .exaone4:
            normPlacement = .after
            queryKeyNorm = family == .exaone4 ? .eachHead : .allHeads
        case .phi3: (attentionFusion, fusesGate) = (.sideBySide, true)
        case .gptNeoX, .phi, .starcoder2:
            normKind = .layer
            gatesMLP = false
            if family == .gptNeoX { attentionFusion = .byHead }
            if family == .phi { (isParallel, sharesNorm, headBias) = (true, true, true) }
        case .cohere, .cohere2:
            normKind = .layerWithoutBias
            (isParallel, sharesNorm, turnsNeighbours) = (true, true, true)
        case .glm, .glm4:
            (turnsNeighbours, fusesGate) = (true, true)
            if family == .glm4 { normPlacement = .around }
        case .helium, .ernie: turnsNeighbours = true
        case .hunyuan: (queryKeyNorm, rotationOrder) = (.eachHead, .turnedFirst)
        case .nemotron: (normKind, normOffset, gatesMLP) = (.layer, 1, false)
        case .arcee: gatesMLP = false
        case .apertus: (queryKeyNorm, gatesMLP) = (.eachHead, false)
        case .gpt2:
            (normKind, attentionFusion) = (.layer, .sideBySide)
            (gatesMLP, learnsPositions) = (false, true)
        case .gemma, .gemma2, .gemma3, .vaultgemma:
            normOffset = 1
            embeddingScale = Float(Double(hiddenSize).squareRoot())
            if family == .gemma2 || family == .gemma3 { normPlacement = .around }
            if family == .gemma3 { queryKeyNorm = .eachHead }
        }
    }
}

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
        case .arcee:
            (maximumPositions, normEpsilon, activation) = (4096, 1e-5, .squaredReLU)
            mayHaveMLPBias = true
        case .seedOSS:
            (maximumPositions, headSize, keyValueHeadCount, paddingID) = (524_288, 128, 8, 1)
            mayHaveMLPBias = true
        }
    }
}
