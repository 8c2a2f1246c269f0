internal import MLOpsCore

/// A tensor of the model that an adapter holds a copy of and trains whole: PEFT's `modules_to_save`.
public struct SavedTensor: Sendable, Hashable {
    /// Its name in the model's checkpoint.
    public let name: String
    /// Its shape.
    public let shape: [Int]
    /// Where its elements begin in the adapter's buffer.
    public internal(set) var offset: Int
    /// The head's name, when the tensor is the head too: it is saved once more under that.
    public let headName: String?

    /// Its elements in the adapter's buffer.
    public var range: Range<Int> { offset..<offset + shape.reduce(1, *) }

    /// The names that PEFT gives it.
    var tensorNames: [String] { [name, headName].compactMap { $0 }.map { LoRALayout.Module.tensorPrefix + $0 } }
}

extension LoRAConfiguration {
    /// The tensors of a model that `modules_to_save` names, by the rule of PEFT: a module is one of them when its path ends in the
    /// name. Embedding and head are copies of their own, also where they are one matrix, unless that is to be kept.
    ///
    /// - Throws: ``AdapterError`` naming what is not there or cannot be trained.
    func savedTensors(of architecture: DecoderArchitecture) throws(AdapterError) -> [SavedTensor] {
        guard !savedModules.isEmpty else {
            guard !keepsTiedHead || !architecture.tiedHead else {
                throw AdapterError(
                    .invalidConfiguration, "ensure_weight_tying is for modules_to_save, which names nothing here.")
            }
            return []
        }
        let family = architecture.family
        guard family != .gptNeoX, family != .gpt2, !architecture.headBias else {
            throw AdapterError(
                .invalidConfiguration,
                "modules_to_save is not supported for \(family.rawValue) models. Leave it out, or use method full.")
        }
        let (embedding, head) = (family.embeddingPath, family.headPath)
        let others = architecture.otherPaths
        for name in savedModules {
            if let other = others.first(where: { $0.hasSuffix(name) }) {
                throw AdapterError(
                    .invalidConfiguration,
                    "modules_to_save names '\(name)', which also is '\(other)'. Only the embedding and the head are supported: "
                        + "name '\(embedding)' or '\(head)'.")
            }
            guard embedding.hasSuffix(name) || head.hasSuffix(name) else {
                throw AdapterError(
                    .invalidConfiguration,
                    "modules_to_save names '\(name)', which no module of this model is. Name '\(embedding)' or '\(head)'."
                )
            }
        }
        let isTied = keepsTiedHead && architecture.tiedHead
        let paths =
            isTied ? [embedding] : [embedding, head].filter { path in savedModules.contains(where: path.hasSuffix) }
        let shape = [architecture.vocabularySize, architecture.hiddenSize]
        return paths.map {
            SavedTensor(name: $0 + ".weight", shape: shape, offset: 0, headName: isTied ? head + ".weight" : nil)
        }
    }
}

extension LoRAConfiguration {
    /// Leaves out names of modules that a model does not have, which PEFT takes no notice of.
    mutating func forgetUnknownSavedModules(of architecture: DecoderArchitecture) {
        let paths = architecture.otherPaths + [architecture.family.embeddingPath, architecture.family.headPath]
        savedModules = savedModules.filter { name in paths.contains { $0.hasSuffix(name) } }
        keepsTiedHead = keepsTiedHead && !savedModules.isEmpty
    }
}

extension DecoderArchitecture {
    /// The paths of all modules but the embedding and the head.
    fileprivate var otherPaths: [String] {
        let norms = Norm.allCases.compactMap(path(of:))
        var paths = [family.finalNormPath, "model", "model.layers", "model.rotary_emb"]
        for layer in 0..<layerCount {
            let path = family.path(ofLayer: layer)
            paths +=
                [path]
                + (norms + projections.map(family.path(of:)) + ["self_attn", "mlp", "mlp.act_fn"]).map {
                    "\(path).\($0)"
                }
        }
        return paths
    }
}

extension DecoderModel {
    /// The model with the embedding and the head that an adapter holds.
    ///
    /// They share the adapter's memory, so what is trained must not change while the result is in use.
    func wearing(_ adapter: LoRAAdapter?) -> DecoderModel {
        guard let adapter, !adapter.layout.savedTensors.isEmpty else { return self }
        var model = self
        var options = options
        options.packedWeights = .perUse
        let headName = architecture.family.headPath + ".weight"
        for tensor in adapter.layout.savedTensors {
            let data = TensorData(
                name: tensor.name, shape: tensor.shape, numbers: adapter.parameters, range: tensor.range)
            if tensor.name != headName { model.embedding = data }
            if tensor.name == headName || tensor.headName != nil {
                model.head = head.with(FrozenMatrix(data, options))
            }
        }
        return model
    }
}
