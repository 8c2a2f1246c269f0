public import OrderedCollections

extension DecoderArchitecture {
    /// The tensors a model of this description consists of: canonical names (those of Hugging Face) and shapes.
    ///
    /// Matrices are `[outputs, inputs]`. A tied head has no tensor of its own.
    public var tensorShapes: OrderedDictionary<String, [Int]> {
        var shapes: OrderedDictionary<String, [Int]> = ["model.embed_tokens.weight": [vocabularySize, hiddenSize]]
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            func add(_ norm: Norm) {
                if let path = path(of: norm) { addNorm(prefix + path, size: size(of: norm), to: &shapes) }
            }
            func add(_ projection: Projection) {
                let (outputs, inputs) = size(of: projection)
                shapes[prefix + projection.path + ".weight"] = [outputs, inputs]
                if hasBias(projection) { shapes[prefix + projection.path + ".bias"] = [outputs] }
            }
            add(.beforeAttention)
            projections.filter { !$0.isInMLP }.forEach(add)
            [.query, .key, .afterAttention, .beforeMLP].forEach(add)
            projections.filter(\.isInMLP).forEach(add)
            add(.afterMLP)
        }
        addNorm("model.norm", size: hiddenSize, to: &shapes)
        if !tiedHead { shapes["lm_head.weight"] = [vocabularySize, hiddenSize] }
        return shapes
    }

    /// Adds what a norm of hidden states, queries or keys consists of.
    private func addNorm(_ norm: String, size: Int, to shapes: inout OrderedDictionary<String, [Int]>) {
        guard normKind != .layerWithoutWeights else { return }
        shapes[norm + ".weight"] = [size]
        if normKind == .layer { shapes[norm + ".bias"] = [size] }
    }

    /// The linear layers of a decoder layer, in the order of their computation.
    public var projections: [Projection] {
        fusesWeights
            ? [.queryKeyValue, .output, .gateUp, .down] : [.query, .key, .value, .output, .gate, .up, .down]
    }

    /// Returns the outputs and inputs of a projection.
    public func size(of projection: Projection) -> (outputs: Int, inputs: Int) {
        switch projection {
        case .query: (queryWidth, hiddenSize)
        case .key, .value: (keyValueWidth, hiddenSize)
        case .output: (hiddenSize, queryWidth)
        case .gate, .up: (intermediateSize, hiddenSize)
        case .down: (hiddenSize, intermediateSize)
        case .queryKeyValue: (queryWidth + 2 * keyValueWidth, hiddenSize)
        case .gateUp: (2 * intermediateSize, hiddenSize)
        }
    }

    /// Returns whether a projection adds a bias.
    public func hasBias(_ projection: Projection) -> Bool {
        switch projection {
        case .query, .key, .value, .queryKeyValue: attentionBias != .none
        case .output: attentionBias == .all
        case .gate, .up, .down, .gateUp: mlpBias
        }
    }

    /// The matrices of a decoder layer; the raw values are the names adapters use.
    ///
    /// A layer has query, key, value, gate and up, or the fused ones in their place.
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
        /// Hidden state to queries, keys and values, in that order.
        case queryKeyValue = "qkv_proj"
        /// Hidden state to the MLP's gate and inside, in that order.
        case gateUp = "gate_up_proj"

        /// Whether it belongs to the MLP, not to attention.
        public var isInMLP: Bool {
            switch self {
            case .query, .key, .value, .output, .queryKeyValue: false
            case .gate, .up, .down, .gateUp: true
            }
        }

        /// The module's path within its layer, such as `self_attn.q_proj`.
        public var path: String { (isInMLP ? "mlp." : "self_attn.") + rawValue }
    }

    /// The norms a decoder layer may have.
    public enum Norm: Sendable, Hashable, CaseIterable {
        /// Of attention's input.
        case beforeAttention
        /// Of attention's output.
        case afterAttention
        /// Of the MLP's input.
        case beforeMLP
        /// Of the MLP's output.
        case afterMLP
        /// Of queries.
        case query
        /// Of keys.
        case key
    }

    /// Returns a norm's path within its layer, such as `input_layernorm`; nil when layers have none.
    public func path(of norm: Norm) -> String? {
        switch norm {
        case .beforeAttention: normPlacement == .after ? nil : "input_layernorm"
        case .afterAttention: normPlacement == .before ? nil : "post_attention_layernorm"
        case .beforeMLP:
            switch normPlacement {
            case .before: family == .vaultgemma ? "pre_feedforward_layernorm" : "post_attention_layernorm"
            case .after: nil
            case .around: "pre_feedforward_layernorm"
            }
        case .afterMLP: normPlacement == .before ? nil : "post_feedforward_layernorm"
        case .query: queryKeyNorm == .none ? nil : "self_attn.q_norm"
        case .key: queryKeyNorm == .none ? nil : "self_attn.k_norm"
        }
    }

    /// Returns how many numbers a norm is over.
    public func size(of norm: Norm) -> Int {
        switch norm {
        case .beforeAttention, .afterAttention, .beforeMLP, .afterMLP: hiddenSize
        case .query: queryKeyNorm == .eachHead ? headSize : queryWidth
        case .key: queryKeyNorm == .eachHead ? headSize : keyValueWidth
        }
    }
}
