public import OrderedCollections

extension DecoderArchitecture {
    /// The tensors a model of this description consists of: canonical names (those of Hugging Face) and shapes.
    ///
    /// Matrices are `[outputs, inputs]`. A tied head has no tensor of its own.
    public var tensorShapes: OrderedDictionary<String, [Int]> {
        var shapes: OrderedDictionary<String, [Int]> = ["model.embed_tokens.weight": [vocabularySize, hiddenSize]]
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            shapes[prefix + "input_layernorm.weight"] = [hiddenSize]
            for projection in Projection.allCases {
                if projection == .gate { shapes[prefix + "post_attention_layernorm.weight"] = [hiddenSize] }
                let (outputs, inputs) = size(of: projection)
                shapes[prefix + projection.path + ".weight"] = [outputs, inputs]
                if hasBias(projection) { shapes[prefix + projection.path + ".bias"] = [outputs] }
            }
        }
        shapes["model.norm.weight"] = [hiddenSize]
        if !tiedHead { shapes["lm_head.weight"] = [vocabularySize, hiddenSize] }
        return shapes
    }

    /// Returns the outputs and inputs of a projection.
    public func size(of projection: Projection) -> (outputs: Int, inputs: Int) {
        switch projection {
        case .query: (queryWidth, hiddenSize)
        case .key, .value: (keyValueWidth, hiddenSize)
        case .output: (hiddenSize, queryWidth)
        case .gate, .up: (intermediateSize, hiddenSize)
        case .down: (hiddenSize, intermediateSize)
        }
    }

    /// Returns whether a projection adds a bias.
    public func hasBias(_ projection: Projection) -> Bool {
        switch projection {
        case .query, .key, .value: attentionBias != .none
        case .output: attentionBias == .all
        case .gate, .up, .down: mlpBias
        }
    }

    /// The seven matrices of a decoder layer; the raw values are the names adapters use.
    public enum Projection: String, Sendable, Hashable, CaseIterable, Codable {
        /// Hidden state to queries.
        case query = "q_proj"
        /// Hidden state to keys.
        case key = "k_proj"
        /// Hidden state to values.
        case value = "v_proj"
        /// Heads back to the hidden state.
        case output = "o_proj"
        /// Hidden state to the MLP's gate.
        case gate = "gate_proj"
        /// Hidden state to the MLP's inside.
        case up = "up_proj"
        /// The MLP's inside back to the hidden state.
        case down = "down_proj"

        /// The module's path within its layer, such as `self_attn.q_proj`.
        public var path: String {
            switch self {
            case .query, .key, .value, .output: "self_attn.\(rawValue)"
            case .gate, .up, .down: "mlp.\(rawValue)"
            }
        }
    }
}
