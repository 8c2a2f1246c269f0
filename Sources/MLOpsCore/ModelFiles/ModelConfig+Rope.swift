internal import Foundation
internal import OrderedCollections

extension ModelConfig {
    /// Reads how many numbers of a head are turned: all, or the part `partial_rotary_factor` of some families.
    func rotarySize(
        headSize: Int, family: DecoderArchitecture.Family, default share: Double
    ) throws(ModelFileError) -> Int {
        let key = "partial_rotary_factor"
        if family == .gptj || family == .codegen {
            let size = try optionalSize("rotary_dim") ?? 64
            guard size <= headSize, size.isMultiple(of: 2) else {
                throw unsupported("'rotary_dim' \(size) of heads of \(headSize) is not supported")
            }
            return size
        }
        func given(_ place: JSONValue) throws(ModelFileError) -> Double? {
            guard let value = place[key], !value.isNull else { return nil }
            guard let number = value.double, number > 0, number <= 1 else {
                throw invalid("'\(key)' must be a number above 0 and at most 1, not \(value.text())")
            }
            return number
        }
        let parameters = try ropeParameters(family)?.value ?? [:]
        for value in parameters.object.map({ Array($0.values) }) ?? [] where value.object != nil {
            if let part = try given(value), part != 1 { throw unsupportedPart(part, family) }
        }
        var part = share
        if family == .gptNeoX {
            part = try positive("rotary_pct") ?? part
            guard part <= 1 else { throw invalid("'rotary_pct' must be at most 1") }
        }
        // Transformers reads no other key of GPT-NeoX outside the parameters.
        for place in family == .gptNeoX ? [parameters] : [members, parameters] { part = try given(place) ?? part }
        guard part != 1 else { return headSize }
        guard [.phi3, .stablelm, .gptNeoX, .phi, .glm, .glm4, .nemotron, .persimmon].contains(family) else {
            throw unsupportedPart(part, family)
        }
        let size = Int(Double(headSize) * part)
        guard size >= 2, size.isMultiple(of: 2) else {
            throw unsupported(
                "'\(key)' \(part) of heads of \(headSize) is not supported: \(size) numbers are not pairs")
        }
        return size
    }

    private func unsupportedPart(_ part: Double, _ family: DecoderArchitecture.Family) -> ModelFileError {
        unsupported("'partial_rotary_factor' \(part) is not supported in a \(family.rawValue) model; 1 is")
    }

    /// The key that describes the rotation, and its value: `rope_scaling` (before transformers 5) where it says something, else
    /// `rope_parameters`.
    private func ropeParameters(
        _ family: DecoderArchitecture.Family
    ) throws(ModelFileError) -> (name: String, value: JSONValue)? {
        let given = ["rope_scaling", "rope_parameters"].compactMap { name in
            value(name).flatMap { $0 == [:] ? nil : (name: name, value: $0) }
        }
        // There transformers puts the one into the other.
        guard given.count < 2 || !family.hasLocalRope else {
            throw unsupported(
                "'rope_scaling' beside 'rope_parameters' is not supported in a \(family.rawValue) model; remove one of them"
            )
        }
        return given.first
    }

    /// Reads the rotary embeddings of global and local layers.
    ///
    /// From `rope_parameters` (transformers 5), in Gemma 3 and OLMo 3 for each type of layer, or from `rope_theta` and
    /// `rope_scaling` (before), which do not speak of local layers: Gemma 3's have `rope_local_base_freq`.
    func ropes(
        family: DecoderArchitecture.Family, defaults: FamilyDefaults, maximumPositions: Int, rotarySize: Int
    ) throws(ModelFileError) -> (global: RotaryEmbedding, local: RotaryEmbedding) {
        let baseKey = family == .gptNeoX ? "rotary_emb_base" : "rope_theta"
        // They have no such key.
        let hasNoKeys = family == .gptj || family == .codegen
        let base = hasNoKeys ? defaults.ropeBase : try positive(baseKey) ?? defaults.ropeBase
        let localBase = family == .gemma3 ? try positive("rope_local_base_freq") ?? 10000 : defaults.ropeBase
        guard let (name, parameters) = try ropeParameters(family) else {
            // What the family's configuration class says, whatever stands in `rope_theta`.
            if value("rope_parameters") == nil, let rope = family.givenRope { return (rope, rope) }
            let global = RotaryEmbedding(base: base)
            return (global, family.hasLocalRope ? RotaryEmbedding(base: localBase) : global)
        }
        guard !hasNoKeys else { throw unsupported("'\(name)' is not supported in a \(family.rawValue) model") }
        guard let members = parameters.object else {
            throw invalid("'\(name)' must be an object, not \(parameters.text())")
        }
        func embedding(_ name: String, _ parameters: JSONValue, base: Double) throws(ModelFileError) -> RotaryEmbedding
        {
            try RopeReader(
                config: self, name: name, parameters: parameters, family: family, maximumPositions: maximumPositions,
                rotarySize: rotarySize
            ).rope(base: base)
        }
        if let (type, _) = members.first(where: { $0.value.object != nil }) {
            guard family.hasLocalRope, name == "rope_parameters" else {
                throw unsupported("'\(type)' in '\(name)' of a \(family.rawValue) model is not supported")
            }
        } else {
            guard !family.hasLocalRope || name == "rope_scaling" else {
                throw unsupported(
                    "'\(name)' without full_attention and sliding_attention is not supported in a \(family.rawValue) model"
                )
            }
            if family.hasLocalRope, parameters["rope_type"] == nil, let type = parameters["type"], type != "default" {
                throw unsupported(
                    "'type' \(type.text()) in 'rope_scaling' is not read by transformers in a \(family.rawValue) model; call it 'rope_type'"
                )
            }
            let global = try embedding(name, parameters, base: base)
            return (global, family.hasLocalRope ? RotaryEmbedding(base: localBase) : global)
        }
        for key in members.keys where !["full_attention", "sliding_attention"].contains(key) {
            throw unsupported("'\(key)' in '\(name)' of each layer type is not supported")
        }
        func rope(_ type: String, base: Double) throws(ModelFileError) -> RotaryEmbedding {
            guard let scaling = members[type], !scaling.isNull else { return RotaryEmbedding(base: base) }
            guard scaling.object != nil else { throw invalid("'\(type)' in '\(name)' must be an object") }
            return try embedding("\(name).\(type)", scaling, base: base)
        }
        return (try rope("full_attention", base: base), try rope("sliding_attention", base: localBase))
    }
}

extension DecoderArchitecture.Family {
    /// Whether layers with windows are turned in a way of their own.
    var hasLocalRope: Bool { self == .gemma3 || self == .olmo3 }

    /// The rotation of a configuration that says none, where it is not the plain one.
    var givenRope: RotaryEmbedding? {
        switch self {
        case .apertus, .cwm:
            RotaryEmbedding(
                base: self == .cwm ? 1_000_000 : 12_000_000,
                scaling: .llama3(
                    factor: self == .cwm ? 16 : 8, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                    originalPositions: 8192))
        case .ministral3:
            RotaryEmbedding(
                base: 1_000_000,
                scaling: .yarn(
                    RotaryEmbedding.YaRN(factor: 16, originalPositions: 16384, mscale: 1, mscaleAllDimensions: 1)))
        default: nil
        }
    }
}

/// Reading of one rotary embedding; every refusal names the key.
struct RopeReader {
    let config: ModelConfig
    /// Where the parameters stand, for messages.
    let name: String
    let parameters: JSONValue
    let family: DecoderArchitecture.Family
    let maximumPositions: Int
    let rotarySize: Int

    func rope(base: Double) throws(ModelFileError) -> RotaryEmbedding {
        let kind = parameters["rope_type"]?.string ?? parameters["type"]?.string ?? "default"
        if family == .hunyuan, kind == "dynamic", let alpha = try number("alpha") {
            // There a fixed alpha stretches the base, whatever the length; other keys beside it mean nothing.
            let d = Double(rotarySize)
            return RotaryEmbedding(base: (try number("rope_theta") ?? base) * pow(alpha, d / (d - 2)))
        }
        return RotaryEmbedding(
            base: try number("rope_theta") ?? base,
            // Phi-3 was first published with these names for LongRoPE.
            scaling: try scaling(family == .phi3 && ["su", "yarn"].contains(kind) ? "longrope" : kind))
    }

    private func number(_ key: String) throws(ModelFileError) -> Double? { try config.positive(key, in: parameters) }

    private func scaling(_ kind: String) throws(ModelFileError) -> RotaryEmbedding.Scaling {
        func required(_ key: String) throws(ModelFileError) -> Double {
            guard let value = try number(key) else {
                throw config.invalid("'\(name)' of type \(kind) needs '\(key)'")
            }
            return value
        }
        switch kind {
        case "default": return .none
        case "linear": return .linear(factor: try required("factor"))
        case "dynamic": return .dynamic(factor: try required("factor"), originalPositions: maximumPositions)
        case "llama3":
            let low = try required("low_freq_factor")
            let high = try required("high_freq_factor")
            guard high > low else {
                throw config.invalid("'\(name)': 'high_freq_factor' must be greater than 'low_freq_factor'")
            }
            return .llama3(
                factor: try required("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
                originalPositions: try originalPositions())
        case "yarn": return .yarn(try yarn())
        case "longrope": return .longrope(try longRoPE())
        default:
            throw config.unsupported(
                "'\(name)' of type '\(kind)' is not supported; default, linear, dynamic, llama3, yarn and longrope are")
        }
    }

    private func yarn() throws(ModelFileError) -> RotaryEmbedding.YaRN {
        var truncates = true
        // Transformers does not find the key where each layer type has parameters of its own.
        if !family.hasLocalRope, let value = parameters["truncate"], !value.isNull {
            guard let flag = value.bool else {
                throw config.invalid("'truncate' must be true or false, not \(value.text())")
            }
            truncates = flag
        }
        let positions = try originalPositions()
        return RotaryEmbedding.YaRN(
            factor: try number("factor") ?? Double(maximumPositions) / Double(positions), originalPositions: positions,
            betaFast: try number("beta_fast") ?? 32, betaSlow: try number("beta_slow") ?? 1,
            attentionFactor: try number("attention_factor"), mscale: try number("mscale"),
            mscaleAllDimensions: try number("mscale_all_dim"), truncates: truncates)
    }

    private func longRoPE() throws(ModelFileError) -> RotaryEmbedding.LongRoPE {
        let positions = try originalPositions()
        let factor = try number("factor") ?? Double(maximumPositions) / Double(positions)
        var attention = try number("attention_factor")
        if attention == nil {
            guard factor <= 1 || positions > 1 else {
                throw config.invalid("'original_max_position_embeddings' of longrope must be greater than 1")
            }
            attention = factor <= 1 ? 1 : (1 + log(factor) / log(Double(positions))).squareRoot()
        }
        return RotaryEmbedding.LongRoPE(
            shortFactors: try factors("short_factor"), longFactors: try factors("long_factor"),
            originalPositions: positions, attentionFactor: attention ?? 1)
    }

    private func factors(_ key: String) throws(ModelFileError) -> [Float] {
        guard let array = parameters[key]?.array else {
            throw config.invalid("'\(name)' of type longrope needs '\(key)', a list of numbers")
        }
        let numbers = array.compactMap { $0.double.map { Float($0) } }
        guard numbers.count == array.count, numbers.count == rotarySize / 2,
            numbers.allSatisfy({ $0.isNormal && $0 > 0 })
        else {
            throw config.invalid("'\(key)' must be a list of \(rotarySize / 2) numbers above 0")
        }
        return numbers
    }

    /// The positions of the first training: beside the scaling, in it, or those of the model.
    ///
    /// Phi-3's own configuration class has the key beside it, with a default; of Gemma 3's layer types each has its own.
    private func originalPositions() throws(ModelFileError) -> Int {
        let key = "original_max_position_embeddings"
        let beside = name.contains(".") ? nil : try config.positive(key)
        let inside = family == .phi3 ? 4096 : try number(key)
        guard let positions = Int(exactly: beside ?? inside ?? Double(maximumPositions)), positions <= 1 << 31
        else {
            throw config.invalid("'\(key)' is not a whole number")
        }
        return positions
    }
}
