internal import OrderedCollections

extension ModelConfig {
    /// Reads the rotary embedding from `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling` (before).
    func rope(maximumPositions: Int) throws(ModelFileError) -> RotaryEmbedding {
        let parameters = value("rope_parameters")
        let name = parameters == nil ? "rope_scaling" : "rope_parameters"
        let scaling = parameters ?? value("rope_scaling")
        let base = try firstPositive("rope_theta", in: [parameters, self.members]) ?? 10000
        guard let scaling else { return RotaryEmbedding(base: base) }
        guard let members = scaling.object else { throw invalid("'\(name)' must be an object, not \(scaling.text())") }
        guard !members.values.contains(where: { $0.object != nil }) else {
            throw unsupported("'\(name)' of each layer type is not supported")
        }
        if let part = members["partial_rotary_factor"], !part.isNull, part.double != 1 {
            throw unsupported("'partial_rotary_factor' \(part.text()) is not supported; 1 is")
        }
        let kind = members["rope_type"]?.string ?? members["type"]?.string ?? "default"
        return RotaryEmbedding(base: base, scaling: try self.scaling(kind, scaling, name, maximumPositions))
    }

    private func firstPositive(_ key: String, in places: [JSONValue?]) throws(ModelFileError) -> Double? {
        for place in places {
            if let place, let value = try positive(key, in: place) { return value }
        }
        return nil
    }

    private func scaling(
        _ kind: String, _ scaling: JSONValue, _ name: String, _ maximumPositions: Int
    ) throws(ModelFileError) -> RotaryEmbedding.Scaling {
        func required(_ key: String) throws(ModelFileError) -> Double {
            guard let value = try positive(key, in: scaling) else {
                throw invalid("'\(name)' of type \(kind) needs '\(key)'")
            }
            return value
        }
        /// The positions of the first training: beside the scaling, in it, or those of the model.
        func originalPositions() throws(ModelFileError) -> Int {
            let key = "original_max_position_embeddings"
            let value = try firstPositive(key, in: [scaling, members]) ?? Double(maximumPositions)
            guard let positions = Int(exactly: value), positions <= 1 << 31 else {
                throw invalid("'\(key)' is not a whole number")
            }
            return positions
        }
        switch kind {
        case "default": return .none
        case "linear": return .linear(factor: try required("factor"))
        case "dynamic": return .dynamic(factor: try required("factor"), originalPositions: try originalPositions())
        case "llama3":
            let low = try required("low_freq_factor")
            let high = try required("high_freq_factor")
            guard high > low else {
                throw invalid("'\(name)': 'high_freq_factor' must be greater than 'low_freq_factor'")
            }
            return .llama3(
                factor: try required("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
                originalPositions: try originalPositions())
        case "yarn":
            var truncates = true
            if let value = scaling["truncate"], !value.isNull {
                guard let flag = value.bool else {
                    throw invalid("'truncate' must be true or false, not \(value.text())")
                }
                truncates = flag
            }
            return .yarn(
                RotaryEmbedding.YaRN(
                    factor: try required("factor"), originalPositions: try originalPositions(),
                    betaFast: try positive("beta_fast", in: scaling) ?? 32,
                    betaSlow: try positive("beta_slow", in: scaling) ?? 1,
                    attentionFactor: try positive("attention_factor", in: scaling),
                    mscale: try positive("mscale", in: scaling),
                    mscaleAllDimensions: try positive("mscale_all_dim", in: scaling),
                    truncates: truncates))
        default:
            throw unsupported(
                "'\(name)' of type '\(kind)' is not supported; default, linear, dynamic, llama3 and yarn are")
        }
    }
}
