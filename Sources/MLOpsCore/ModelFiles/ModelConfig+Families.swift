internal import Foundation

extension ModelConfig {
    /// Reads the function inside the MLP.
    func activation(
        _ family: DecoderArchitecture.Family, _ defaults: FamilyDefaults
    ) throws(ModelFileError) -> DecoderArchitecture.Activation {
        let key = [.gemma2, .gemma3, .vaultgemma].contains(family) ? "hidden_activation" : "hidden_act"
        guard let name = try text(key) else { return defaults.activation }
        switch name {
        case "silu", "swish": return .silu
        case "gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_python_tanh": return .geluTanh
        // The first Gemma models were published with this name for the approximation by tanh.
        case "gelu" where family == .gemma: return .geluTanh
        case "gelu", "gelu_python": return .gelu
        case "relu": return .relu
        case "relu2": return .squaredReLU
        case "xielu" where family == .apertus: return .xielu
        default:
            throw unsupported("'\(key)' \(name) is not supported; silu, gelu, gelu_pytorch_tanh, relu and relu2 are")
        }
    }

    /// Reads ε of the norms; nil where the file does not say it, or the family has one of its own.
    func normEpsilon(_ family: DecoderArchitecture.Family) throws(ModelFileError) -> Double? {
        switch family {
        case .olmo, .opt, .biogpt: nil
        case .stablelm, .gptNeoX, .phi, .cohere, .cohere2, .jais2, .persimmon: try positive("layer_norm_eps")
        case .starcoder2: try positive("norm_epsilon")
        case .gpt2, .gptBigCode, .gptj, .falcon, .bloom, .mpt, .gptNeo, .codegen: try positive("layer_norm_epsilon")
        case .nemotron: try positive("norm_eps")
        default: try positive("rms_norm_eps")
        }
    }

    /// Reads which projections of attention have biases.
    func attentionBias(
        _ family: DecoderArchitecture.Family, _ defaults: FamilyDefaults
    ) throws(ModelFileError) -> DecoderArchitecture.AttentionBias {
        switch family {
        case .qwen2: return .queryKeyValue
        case .phi, .gpt2, .gptBigCode, .bloom, .biogpt, .persimmon: return .all
        case .gptj, .mpt, .codegen: return .none
        case .gptNeo: return .output
        case .opt: return try flag("enable_bias", default: true) ? .all : .none
        case .falcon: return try flag("bias") ? .all : .none
        case .jais2: return try flag("attention_bias", default: true) ? .all : .none
        case .gptNeoX: return try flag("attention_bias", default: true) ? .all : .none
        case .starcoder2, .ernie: return try flag("use_bias", default: family == .starcoder2) ? .all : .none
        case .glm, .glm4: return try flag("attention_bias", default: true) ? .queryKeyValue : .none
        case .helium: return try flag("attention_bias") ? .queryKeyValue : .none
        case .stablelm: return try flag("use_qkv_bias") ? .queryKeyValue : .none
        case .seedOSS:
            let ofInputs = try flag("attention_bias", default: true)
            guard try flag("attention_out_bias") else { return ofInputs ? .queryKeyValue : .none }
            guard ofInputs else { throw unsupported("'attention_out_bias' without 'attention_bias' is not supported") }
            return .all
        default:
            guard defaults.mayHaveAttentionBias else { return .none }
            return try flag("attention_bias") ? .all : .none
        }
    }

    /// Reads whether the MLP's projections have biases.
    func mlpBias(
        _ family: DecoderArchitecture.Family, _ defaults: FamilyDefaults
    ) throws(ModelFileError) -> Bool {
        switch family {
        case .phi, .gptNeoX, .gpt2, .gptBigCode, .gptj, .bloom, .gptNeo, .codegen, .biogpt, .persimmon: true
        case .opt: try flag("enable_bias", default: true)
        case .falcon: try flag("bias")
        case .jais2: try flag("mlp_bias", default: true)
        case .starcoder2, .ernie: try flag("use_bias", default: family == .starcoder2)
        default: defaults.mayHaveMLPBias ? try flag("mlp_bias") : false
        }
    }

    /// Reads which layers see how far, and which of them are turned by positions.
    func layerAttention(
        family: DecoderArchitecture.Family, layerCount: Int, hasLocalRope: Bool
    ) throws(ModelFileError) -> [DecoderArchitecture.LayerAttention] {
        let isTurned =
            switch family {
            case .smollm3: try turnedLayers(layerCount)
            case .graniteHybrid: Array(repeating: try hasRotation(), count: layerCount)
            default: Array(repeating: family.turnsPositions, count: layerCount)
            }
        let isSliding = try slidingLayers(family: family, layerCount: layerCount, isTurned: isTurned)
        var window: Int?
        let hasWindows = family == .exaone4 && (members["sliding_window"] == nil || value("sliding_window") != nil)
        if isSliding.contains(true) {
            // Absent, it is what the family's configuration class says; `null` is no window.
            let isGiven = members["sliding_window"] != nil || family == .smollm3
            let missing = family == .cwm ? 8192 : family == .gptNeo ? 256 : 4096
            window = isGiven ? try optionalSize("sliding_window") : missing
            guard window != nil else {
                throw invalid("'layer_types' asks for sliding_attention, but there is no 'sliding_window'")
            }
        }
        return zip(isSliding, isTurned).map { isSliding, isTurned in
            // Beside layers with windows, those of EXAONE 4 without one have no positions; of Cohere 2 they never have.
            let isFree = family == .cohere2 || hasWindows
            let isTurned = isTurned && (isSliding || !isFree)
            return DecoderArchitecture.LayerAttention(
                window: isSliding ? window : nil,
                rotation: !isTurned ? .none : isSliding && hasLocalRope ? .local : .global)
        }
    }

    private func slidingLayers(
        family: DecoderArchitecture.Family, layerCount: Int, isTurned: [Bool]
    ) throws(ModelFileError) -> [Bool] {
        let layers = 0..<layerCount
        let types = try layerTypes(layerCount, family)
        let never = Array(repeating: false, count: layerCount)
        switch family {
        case .llama, .granite, .graniteHybrid, .olmo, .olmo2, .gemma, .stablelm, .seedOSS, .gptNeoX, .phi, .cohere,
            .glm, .glm4,
            .helium, .ernie, .hunyuan, .nemotron, .arcee, .apertus, .gpt2, .gptBigCode, .gptj, .falcon, .opt,
            .bloom, .mpt, .internlm3, .iquestcoder, .hyperclovax, .jais2, .codegen, .biogpt, .persimmon,
            .nanochat:
            if types?.contains(true) == true {
                throw unsupported("'layer_types' with sliding_attention is not supported in a \(family.rawValue) model")
            }
            return never
        case .mistral, .phi3, .starcoder2, .ministral3:
            let slides =
                members["sliding_window"] == nil ? family == .mistral : try optionalSize("sliding_window") != nil
            if let types, types.contains(!slides) {
                throw unsupported("'layer_types' that differ are not supported in a \(family.rawValue) model")
            }
            return layers.map { _ in slides }
        case .qwen2, .qwen3:
            guard try flag("use_sliding_window"), members["sliding_window"] == nil || value("sliding_window") != nil
            else {
                if types?.contains(true) == true {
                    throw invalid("'layer_types' asks for sliding_attention, but 'use_sliding_window' does not")
                }
                return never
            }
            let first = try optionalCount("max_window_layers") ?? 28
            return types ?? layers.map { $0 >= first }
        case .ministral:
            return types ?? layers.map { _ in members["sliding_window"] == nil || value("sliding_window") != nil }
        case .gemma2, .vaultgemma: return types ?? layers.map { $0.isMultiple(of: 2) }
        case .gptNeo: return try localLayers(layerCount)
        case .cwm: return types ?? layers.map { !$0.isMultiple(of: 4) }
        case .olmo3: return types ?? layers.map { !($0 + 1).isMultiple(of: 4) }
        case .exaone4, .cohere2:
            guard members["sliding_window"] == nil || value("sliding_window") != nil else { return types ?? never }
            let pattern = try types == nil ? optionalSize("sliding_window_pattern") ?? 4 : 1
            return types ?? layers.map { !($0 + 1).isMultiple(of: pattern) }
        case .gemma3:
            let pattern = try optionalSize("sliding_window_pattern") ?? 6
            return types ?? layers.map { !($0 + 1).isMultiple(of: pattern) }
        case .smollm3:
            let slides = try flag("use_sliding_window") && value("sliding_window") != nil
            return types ?? isTurned.map { slides && !$0 }
        }
    }

    /// Which layers `layer_types` calls sliding; nil when it is not there.
    private func layerTypes(
        _ layerCount: Int, _ family: DecoderArchitecture.Family
    ) throws(ModelFileError) -> [Bool]? {
        let isHybrid = family == .graniteHybrid
        let key = isHybrid && value("layer_types") == nil ? "layers_block_type" : "layer_types"
        guard let value = value(key) else {
            guard !isHybrid else {
                throw unsupported(
                    "'layer_types' is missing: all layers would be state-space layers, which are not supported")
            }
            return nil
        }
        guard let types = value.array, types.count == layerCount else {
            throw invalid("'\(key)' must be a list of \(layerCount) names, one a layer")
        }
        var isSliding: [Bool] = []
        for type in types {
            switch type {
            case "full_attention": isSliding.append(false)
            // What IBM's files call it, and transformers renames.
            case "attention" where isHybrid: isSliding.append(false)
            case "sliding_attention": isSliding.append(true)
            default:
                let known = isHybrid ? "full_attention is" : "full_attention and sliding_attention are"
                throw unsupported("\(type.text()) in '\(key)' is not supported; \(known)")
            }
        }
        return isSliding
    }

    /// Whether a Granite 4 turns queries and keys; no position is said by leaving the key out, too.
    private func hasRotation() throws(ModelFileError) -> Bool {
        let kind = try text("position_embedding_type") ?? "nope"
        guard kind == "rope" || kind == "nope" else {
            throw unsupported("'position_embedding_type' \(kind) is not supported; rope and nope are")
        }
        return kind == "rope"
    }

    /// Which layers of GPT-Neo see a window: `attention_types` lists runs of names, and how often each is repeated.
    private func localLayers(_ layerCount: Int) throws(ModelFileError) -> [Bool] {
        let runs = value("attention_types") ?? [[["global", "local"], 12]]
        let wrong = invalid(
            "'attention_types' must be a list of pairs, names of layers (global, local) and how often they come, for "
                + "\(layerCount) layers together")
        var isLocal: [Bool] = []
        guard let runs = runs.array else { throw wrong }
        for run in runs {
            guard let pair = run.array, pair.count == 2, let names = pair[0].array, let times = pair[1].int,
                (0...layerCount).contains(times), names.allSatisfy({ $0 == "global" || $0 == "local" }),
                names.count <= layerCount, isLocal.count + times * names.count <= layerCount
            else { throw wrong }
            for _ in 0..<times { isLocal += names.map { $0 == "local" } }
        }
        guard isLocal.count == layerCount else { throw wrong }
        return isLocal
    }

    /// Which layers of SmolLM3 are turned by positions: those with 1 in `no_rope_layers`, or all but every fourth.
    private func turnedLayers(_ layerCount: Int) throws(ModelFileError) -> [Bool] {
        guard let layers = try wholeNumbers("no_rope_layers") else {
            let interval = try optionalSize("no_rope_layer_interval") ?? 4
            return (1...layerCount).map { !$0.isMultiple(of: interval) }
        }
        guard layers.count >= layerCount else {
            throw invalid("'no_rope_layers' has \(layers.count) numbers for \(layerCount) layers")
        }
        return layers.prefix(layerCount).map { $0 != 0 }
    }

    /// A whole number of at least 0.
    private func optionalCount(_ key: String) throws(ModelFileError) -> Int? {
        value(key) == 0 ? 0 : try optionalSize(key)
    }
}
