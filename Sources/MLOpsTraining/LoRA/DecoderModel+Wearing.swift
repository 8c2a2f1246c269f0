internal import MLOpsCore

/// The tensors that an adapter trains whole, by their names in a checkpoint.
private struct WornTensors {
    let adapter: LoRAAdapter
    let options: ComputeOptions
    private let tensors: [String: SavedTensor]

    init(_ adapter: LoRAAdapter, _ options: ComputeOptions) {
        self.adapter = adapter
        self.options = options
        tensors = Dictionary(
            adapter.layout.savedTensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Its memory is the adapter's.
    func data(_ name: String) -> TensorData? {
        tensors[name].map {
            TensorData(name: $0.name, shape: $0.shape, numbers: adapter.parameters, range: $0.range)
        }
    }

    func matrix(_ name: String) -> FrozenMatrix? { data(name).map { FrozenMatrix($0, options) } }

    func floats(_ name: String) -> [Float]? { tensors[name].map { Array(adapter.parameters[$0.range]) } }

    func contains(prefix: String) -> Bool { tensors.keys.contains { $0.hasPrefix(prefix) } }

    func norm(_ own: RowNorm, _ path: String, offset: Float) -> RowNorm {
        var kind = own.kind
        if case .centred = kind, let bias = floats(path + ".bias") { kind = .centred(bias: bias) }
        let weight = floats(path + ".weight").map { $0.map { $0 + offset } }
        return RowNorm(kind, weight: weight ?? own.weight, epsilon: own.epsilon)
    }
}

extension DecoderModel {
    /// The model with the tensors that an adapter holds whole.
    ///
    /// Matrices share the adapter's memory, so what is trained must not change while the result is in use.
    func wearing(_ adapter: LoRAAdapter?) -> DecoderModel {
        guard let adapter, !adapter.layout.savedTensors.isEmpty else { return self }
        var model = self
        var options = options
        options.packedWeights = .perUse
        let worn = WornTensors(adapter, options)
        let family = architecture.family
        let isTied = adapter.layout.savedTensors.contains(where: \.isTiedHead)
        model.embedding = worn.data(family.embeddingPath + ".weight") ?? embedding
        model.embeddingNorm = embeddingNorm.map {
            worn.norm($0, family.embeddingNormPath, offset: architecture.normOffset)
        }
        model.positions = worn.data(family.positionPath + ".weight") ?? positions
        model.head = LanguageHead(
            norm: worn.norm(head.norm, family.finalNormPath, offset: architecture.normOffset),
            weight: worn.matrix((isTied ? family.embeddingPath : family.headPath) + ".weight") ?? head.weight,
            bias: worn.floats(family.headPath + ".bias") ?? head.bias, bound: head.bound)
        for saved in adapter.layout.savedTensors {
            guard let tokens = saved.tokens, let vectors = worn.data(saved.name) else { continue }
            if tokens.isInEmbedding { model.tokenVectors = ReplacedEmbeddings(tokens, vectors) }
            if tokens.isInHead {
                model.head.tokenVectors = ReplacedLogits(tokens, vectors, of: model.head.weight.stored)
            }
        }
        model.layers = layers.map { layer in
            let path = family.path(ofLayer: layer.index) + "."
            return worn.contains(prefix: path) ? layer.wearing(worn, path, architecture) : layer
        }
        return model
    }
}

extension DecoderLayer {
    fileprivate func wearing(
        _ worn: WornTensors, _ prefix: String, _ architecture: DecoderArchitecture
    ) -> DecoderLayer {
        func norm(_ own: RowNorm?, _ kind: DecoderArchitecture.Norm) -> RowNorm? {
            guard let own, let path = architecture.path(of: kind) else { return own }
            return worn.norm(own, prefix + path, offset: architecture.normOffset)
        }
        func linear(_ own: AdaptedLinear) -> AdaptedLinear {
            let path = prefix + architecture.family.path(of: own.projection)
            return AdaptedLinear(
                layer: own.layer, projection: own.projection, weight: worn.matrix(path + ".weight") ?? own.weight,
                bias: worn.floats(path + ".bias") ?? own.bias)
        }
        return DecoderLayer(
            index: index,
            norms: Norms(
                beforeAttention: norm(norms.beforeAttention, .beforeAttention),
                afterAttention: norm(norms.afterAttention, .afterAttention),
                beforeMLP: norm(norms.beforeMLP, .beforeMLP), afterMLP: norm(norms.afterMLP, .afterMLP),
                query: norm(norms.query, .query), key: norm(norms.key, .key), valueBound: norms.valueBound),
            inputs: inputs.map(linear), output: linear(output), innerInputs: innerInputs.map(linear),
            down: linear(down), attention: attention, rotation: rotation, activation: activation,
            xielu: xielu, residualScale: residualScale, shape: shape)
    }
}
