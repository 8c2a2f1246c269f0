public import OrderedCollections

extension DecoderArchitecture {
    /// The tensors a model of this description consists of: canonical names (those of Hugging Face) and shapes.
    ///
    /// Matrices are `[outputs, inputs]`. A tied head has no tensor of its own.
    public var tensorShapes: OrderedDictionary<String, [Int]> {
        var shapes: OrderedDictionary<String, [Int]> = [
            family.embeddingPath + ".weight": [vocabularySize, hiddenSize]
        ]
        if learnsPositions {
            shapes[family.positionPath + ".weight"] = [maximumPositions + family.positionOffset, hiddenSize]
        }
        if normsEmbeddings { addNorm(family.embeddingNormPath, size: hiddenSize, to: &shapes) }
        for layer in 0..<layerCount {
            let prefix = family.path(ofLayer: layer) + "."
            func add(_ norm: Norm) {
                if let path = path(of: norm) { addNorm(prefix + path, size: size(of: norm), to: &shapes) }
            }
            func add(_ projection: Projection) {
                let (outputs, inputs) = size(of: projection)
                let path = prefix + family.path(of: projection)
                shapes[path + ".weight"] = [outputs, inputs]
                if hasBias(projection) { shapes[path + ".bias"] = [outputs] }
            }
            add(.beforeAttention)
            projections.filter { !$0.isInMLP }.forEach(add)
            [.query, .key, .afterAttention, .beforeMLP].forEach(add)
            projections.filter(\.isInMLP).forEach(add)
            if activation == .xielu {
                for (name, shape) in Self.activationTensors { shapes["\(prefix)mlp.act_fn.\(name)"] = shape }
            }
            add(.afterMLP)
        }
        addNorm(family.finalNormPath, size: hiddenSize, to: &shapes)
        if !tiedHead { shapes[family.headPath + ".weight"] = [vocabularySize, hiddenSize] }
        if headBias { shapes[family.headPath + ".bias"] = [vocabularySize] }
        return shapes
    }

    /// What xIELU consists of: two weights, and two numbers that are not trained.
    private static let activationTensors: OrderedDictionary<String, [Int]> = [
        "alpha_p": [1], "alpha_n": [1], "beta": [], "eps": [],
    ]

    /// Adds what a norm of hidden states, queries or keys consists of.
    private func addNorm(_ norm: String, size: Int, to shapes: inout OrderedDictionary<String, [Int]>) {
        guard normKind != .layerWithoutWeights, normKind != .rootMeanSquareWithoutWeights else { return }
        shapes[norm + ".weight"] = [size]
        if normKind == .layer { shapes[norm + ".bias"] = [size] }
    }

    /// The linear layers of a decoder layer, in the order of their computation.
    public var projections: [Projection] {
        let attention: [Projection] = attentionFusion == .none ? [.query, .key, .value] : [.queryKeyValue]
        return attention + [.output] + (!gatesMLP ? [.up] : fusesGate ? [.gateUp] : [.gate, .up]) + [.down]
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
        case .query, .key, .value, .queryKeyValue: attentionBias == .queryKeyValue || attentionBias == .all
        case .output: attentionBias == .output || attentionBias == .all
        case .gate, .up, .down, .gateUp: mlpBias
        }
    }

    /// The matrices of a decoder layer; the raw values are the names most families use.
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

    /// Returns how many numbers a norm is over.
    public func size(of norm: Norm) -> Int {
        switch norm {
        case .beforeAttention, .afterAttention, .beforeMLP, .afterMLP: hiddenSize
        case .query: queryKeyNorm == .eachHead ? headSize : queryWidth
        case .key: queryKeyNorm == .eachHead ? headSize : keyValueWidth
        }
    }
}
