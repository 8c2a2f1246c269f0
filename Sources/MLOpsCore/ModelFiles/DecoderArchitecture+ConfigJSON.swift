extension DecoderArchitecture {
    /// Reads a description from a Hugging Face `config.json`.
    ///
    /// - Parameter path: the file's path, for messages.
    /// - Throws: ``ModelFileError`` naming the key when it is missing, impossible, or asks for something unsupported.
    public init(configJSON: JSONValue, path: String = "config.json") throws(ModelFileError) {
        guard let names = ModelConfig.FamilyNames(configJSON) else {
            try self.init(namedAsOthers: configJSON, path: path)
            return
        }
        do throws(ModelFileError) {
            try self.init(namedAsOthers: try names.renamed(configJSON, path: path), path: path)
        } catch {
            throw names.renamed(error)
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
        let keyValueHeadCount = try config.keyValueHeadCount(family, defaults, headCount: headCount)
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
        case .llama, .mistral, .ministral, .ministral3, .qwen2, .smollm3, .granite, .seedOSS, .internlm3,
            .iquestcoder, .cwm, .hyperclovax:
            break
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
        case .graniteHybrid: fusesGate = true
        case .helium, .ernie: turnsNeighbours = true
        case .hunyuan: (queryKeyNorm, rotationOrder) = (.eachHead, .turnedFirst)
        case .nemotron: (normKind, normOffset, gatesMLP) = (.layer, 1, false)
        case .arcee: gatesMLP = false
        case .nanochat:
            (normKind, normsEmbeddings, gatesMLP) = (.rootMeanSquareWithoutWeights, true, false)
            (queryKeyNorm, rotationOrder, turnsBackwards) = (.eachHead, .turnedFirst, true)
        case .apertus: (queryKeyNorm, gatesMLP) = (.eachHead, false)
        case .gpt2, .gptBigCode, .falcon, .opt, .gptj, .jais2, .bloom, .mpt:
            // Of one key for all heads, the two orders are the same.
            attentionFusion = [.gpt2, .mpt].contains(family) || keyValueHeadCount == 1 ? .sideBySide : .byHead
            if [.opt, .gptj, .jais2].contains(family) { attentionFusion = .none }
            (normKind, gatesMLP) = (.layer, false)
            if family == .mpt { normKind = .layerWithoutBias }
            if family == .bloom { (positionBias, normsEmbeddings) = (.bloom, true) }
            learnsPositions = !family.turnsPositions && family != .bloom && family != .mpt
            if family == .gptj { (isParallel, sharesNorm, turnsNeighbours, headBias) = (true, true, true, true) }
        case .gptNeo, .biogpt: (normKind, gatesMLP, learnsPositions) = (.layer, false, true)
        case .codegen:
            (attentionFusion, normKind, gatesMLP) = (.byQuarter, .layer, false)
            (isParallel, sharesNorm, turnsNeighbours, headBias) = (true, true, true, true)
        case .persimmon: (attentionFusion, normKind, gatesMLP) = (.byHead, .layer, false)
        case .gemma, .gemma2, .gemma3, .vaultgemma:
            normOffset = 1
            embeddingScale = Float(Double(hiddenSize).squareRoot())
            if family == .gemma2 || family == .gemma3 { normPlacement = .around }
            if family == .gemma3 { queryKeyNorm = .eachHead }
        }
    }
}
