internal import MLOpsCore
internal import OrderedCollections

/// A tensor of the model that an adapter holds a copy of and trains whole: PEFT's `modules_to_save`, and its `bias`; or the
/// vectors of some tokens, its `trainable_token_indices`.
public struct SavedTensor: Sendable, Hashable {
    /// Its name in the model's checkpoint; of tokens' vectors, one that no tensor there has.
    public let name: String
    /// Its shape.
    public let shape: [Int]
    /// Where its elements begin in the adapter's buffer.
    public internal(set) var offset: Int
    /// What it is to optimizers.
    let role: ParameterGroup.Role
    /// Whether it is the embedding and the head, which stay one matrix.
    let isTiedHead: Bool
    /// The tokens whose vectors it holds; nil: it is no such tensor.
    let tokens: TokenVectors?
    /// The names that PEFT gives it; more than one for a matrix that is embedding and head.
    let tensorNames: [String]

    /// Its elements in the adapter's buffer.
    public var range: Range<Int> { offset..<offset + shape.reduce(1, *) }

    init(
        name: String, shape: [Int], role: ParameterGroup.Role = .matrix, isTiedHead: Bool = false,
        tokens: TokenVectors? = nil, names: [String]
    ) {
        self.name = name
        self.shape = shape
        self.role = role
        self.isTiedHead = isTiedHead
        self.tokens = tokens
        offset = 0
        tensorNames = names.map { LoRALayout.Module.tensorPrefix + $0 }
    }
}

extension [SavedTensor] {
    /// Whether any of them is a decoder layer's.
    func coverLayers(of family: DecoderArchitecture.Family) -> Bool {
        let prefix = family.path(ofLayer: 0).dropLast()
        return contains { $0.name.hasPrefix(prefix) }
    }
}

extension LoRAConfiguration {
    /// The tensors of a model that are trained whole beside the matrices of `adaptedModules`.
    ///
    /// Of `modules_to_save` by the rule of PEFT: a module is one of them when its path ends in a name; its weight and its bias are
    /// tensors of their own. Embedding and head are copies of their own, also where they are one matrix, unless that is to be kept.
    /// Of `bias` every bias of the model, or those of the adapted modules.
    ///
    /// - Throws: ``AdapterError`` naming what is not there or cannot be trained.
    func savedTensors(
        of architecture: DecoderArchitecture, beside adaptedModules: [LoRALayout.Module]
    ) throws(AdapterError) -> [SavedTensor] {
        guard !savedModules.isEmpty || trainableTokens != nil || !keepsTiedHead || !architecture.tiedHead else {
            throw AdapterError(
                .invalidConfiguration,
                "ensure_weight_tying is for modules_to_save and trainable_token_indices, which name nothing here.")
        }
        let adapted = Set(adaptedModules.map(\.path))
        let named = try architecture.saveableModules(savedModules)
        let ends = [architecture.family.embeddingPath, architecture.family.headPath]
        let isTied = keepsTiedHead && architecture.tiedHead && named.contains { ends.contains($0.path) }
        guard !isTied || savesTiedHead else {
            throw AdapterError(
                .invalidConfiguration,
                "ensure_weight_tying keeps head and embedding one matrix where modules_to_save names 'lm_head' or 'embed_tokens', as "
                    + "in PEFT. Name one of them that this model has.")
        }
        let others = named.filter { !ends.contains($0.path) }
        let modules = isTied ? [architecture.savedEmbedding(tied: true)] + others : named
        var saved = modules.flatMap { $0.tensors(of: architecture) }
        let own = Set(saved.map(\.name))
        for (name, shape) in architecture.tensorShapes where bias != .none && name.hasSuffix(".bias") {
            let path = String(name.dropLast(5))
            guard bias == .all || adapted.contains(path) else { continue }
            guard !own.contains(name) else {
                throw AdapterError(
                    .invalidConfiguration,
                    "bias \(bias.rawValue) and modules_to_save both name '\(name)'. Leave one of them out.")
            }
            saved.append(
                SavedTensor(
                    name: name, shape: shape, role: .adapterVector,
                    names: [path + (adapted.contains(path) ? ".base_layer.bias" : ".bias")]))
        }
        return saved + (try tokenVectors(of: architecture, beside: saved))
    }

    /// Checks that every name in `modules_to_save` means modules that can be trained whole.
    ///
    /// - Throws: ``AdapterError`` naming one that does not.
    func requireSaveable(in architecture: DecoderArchitecture) throws(AdapterError) {
        _ = try architecture.saveableModules(savedModules)
    }

    /// Whether a linear layer inside the module `layer` is trained whole, and has no adapter then: `modules_to_save` names it or a
    /// module that holds it, by the end of its path.
    func savesWhole(_ path: String, below layer: String) -> Bool {
        !savedModules.isEmpty
            && savedModules.contains { path.isNamed($0) || path.holder(named: $0, from: layer) != nil }
    }

    /// Whether `modules_to_save` names embedding or head by the names by which PEFT knows them.
    var savesTiedHead: Bool {
        savedModules.contains { ["embed_tokens", "lm_head"].contains($0.split(separator: ".").last ?? "") }
    }

    /// Leaves out names of modules that a model does not have, or that have no weights there, which PEFT takes no notice of.
    mutating func forgetUnknownSavedModules(of architecture: DecoderArchitecture) {
        let parts = architecture.parts.filter { !$0.tensors(of: architecture).isEmpty }
        let paths = architecture.containers + architecture.holders + parts.flatMap(\.paths)
        savedModules = savedModules.filter { name in paths.contains { $0.isNamed(name) } }
        keepsTiedHead = keepsTiedHead && (savesTiedHead || trainableTokens != nil)
    }
}

/// A module that may be trained whole.
private struct SaveableModule {
    /// Its path in the checkpoint.
    let path: String
    /// Its path in transformers, and what it was called before; mostly the same.
    var paths: [String]
    var isLinear = false
    /// The decoder layer that it is in.
    var layer: String?
    /// Whether weight decay reaches it with LoRA+: norms that are none of torch's own.
    var decaysBesideAdapter = false
    var isTiedHead = false

    /// Its tensors; norms may have none.
    func tensors(of architecture: DecoderArchitecture) -> [SavedTensor] {
        ["weight", "bias"].compactMap { kind in
            let name = "\(path).\(kind)"
            guard let shape = architecture.tensorShapes[name] ?? (isTiedHead ? nil : headShape(kind, architecture))
            else { return nil }
            let vector: ParameterGroup.Role = kind == "weight" && decaysBesideAdapter ? .adapterNorm : .adapterVector
            return SavedTensor(
                name: name, shape: shape, role: shape.count > 1 ? .matrix : vector, isTiedHead: isTiedHead,
                names: paths.map { "\($0).\(kind)" })
        }
    }

    /// A head that is the embedding matrix has no tensor of its own in the model.
    private func headShape(_ kind: String, _ architecture: DecoderArchitecture) -> [Int]? {
        guard kind == "weight", path == architecture.family.headPath else { return nil }
        return [architecture.vocabularySize, architecture.hiddenSize]
    }
}

extension DecoderArchitecture {
    /// Embedding, with the head when they are to stay one.
    fileprivate func savedEmbedding(tied: Bool = false) -> SaveableModule {
        let path = family.embeddingPath
        return SaveableModule(path: path, paths: tied ? [path, family.headModule] : [path], isTiedHead: tied)
    }

    /// Every module with tensors, or that could have some.
    fileprivate var parts: [SaveableModule] {
        // Transformers 5 calls GPT-NeoX's head as others do, and its files still have the old name.
        let head = SaveableModule(
            path: family.headPath,
            paths: family.headModule == family.headPath ? [family.headPath] : [family.headModule, family.headPath])
        let isTorchs = normKind == .layer || family == .mpt
        func norm(_ path: String) -> SaveableModule {
            SaveableModule(path: path, paths: [path], decaysBesideAdapter: !isTorchs)
        }
        var parts = [savedEmbedding(), head]
        if learnsPositions { parts.append(SaveableModule(path: family.positionPath, paths: [family.positionPath])) }
        if normsEmbeddings { parts.append(norm(family.embeddingNormPath)) }
        for layer in 0..<layerCount {
            let prefix = family.path(ofLayer: layer) + "."
            let norms = OrderedSet(Norm.allCases.compactMap(path(of:)))
            var inside = norms.map { norm(prefix + $0) }
            inside += projections.map {
                SaveableModule(
                    path: prefix + family.path(of: $0), paths: [prefix + family.path(of: $0)], isLinear: true)
            }
            for i in inside.indices { inside[i].layer = family.path(ofLayer: layer) }
            parts += inside
        }
        return parts + [norm(family.finalNormPath)]
    }

    /// The paths of modules in the layers that hold others, all of which can be trained.
    fileprivate var holders: [String] {
        // OPT's layers hold those of the MLP themselves.
        let paths = projections.map { family.path(of: $0).split(separator: ".") }
        let inner = Set(paths.filter { $0.count > 1 }.map { String($0[0]) })
        return (0..<layerCount).flatMap { layer in inner.sorted().map { "\(family.path(ofLayer: layer)).\($0)" } }
            .filter { activation != .xielu || !$0.hasSuffix("mlp") }
    }

    /// The paths of modules that hold others, or nothing, and cannot be trained whole.
    fileprivate var containers: [String] {
        let root = family.embeddingPath.split(separator: ".").first.map(String.init) ?? "model"
        let layers = family.path(ofLayer: 0).dropLast(2)
        var paths = [root, String(layers), "\(root).rotary_emb"]
        if family == .opt { paths.append("model.decoder") }
        for layer in 0..<layerCount {
            let path = family.path(ofLayer: layer)
            paths += [path] + ["mlp.act_fn", "mlp.act", "activation_fn"].map { "\(path).\($0)" }
            if activation == .xielu { paths.append(path + ".mlp") }
        }
        return paths
    }

    /// The modules that `names` mean.
    fileprivate func saveableModules(_ names: [String]) throws(AdapterError) -> [SaveableModule] {
        guard !names.isEmpty else { return [] }
        func refused(_ name: String, _ reason: String) -> AdapterError {
            AdapterError(
                .invalidConfiguration,
                "modules_to_save names '\(name)', \(reason) Name modules with weights of their own, such as "
                    + "'\(family.embeddingPath)', '\(family.headModule)' or '\(family.finalNormPath)'.")
        }
        let parts = parts
        for name in names {
            if let other = containers.first(where: { $0.isNamed(name) }) {
                throw refused(name, "which also is '\(other)', a module of others.")
            }
            let paths = holders + parts.flatMap(\.paths)
            guard paths.contains(where: { $0.isNamed(name) }) else {
                throw refused(name, "which no module of this model is.")
            }
        }
        var found: [SaveableModule] = []
        for var part in parts {
            let own = names.first { name in part.paths.contains { $0.isNamed(name) } }
            let outer = part.layer.flatMap { layer in names.first { part.path.holder(named: $0, from: layer) != nil } }
            guard let name = own ?? outer else { continue }
            if let own, let outer {
                throw refused(own, "which is inside what '\(outer)' names too. Leave one of them out.")
            }
            guard !part.isLinear || !family.storesTransposed else {
                throw refused(name, "a linear layer, which is not supported in a \(family.rawValue) model.")
            }
            // Whoever names the old name has a file of the old name.
            part.paths = [part.paths.first { $0.isNamed(name) } ?? part.path]
            guard !part.tensors(of: self).isEmpty || own == nil else {
                throw refused(name, "which has no weights here.")
            }
            found.append(part)
        }
        return found
    }
}

extension String {
    /// Whether a name in `modules_to_save` means the module at this path.
    fileprivate func isNamed(_ name: String) -> Bool { hasSuffix(name) }

    /// The module below `layer` that holds the one at this path and that `name` means.
    fileprivate func holder(named name: String, from layer: String) -> Substring? {
        let end = layer.count + 1
        guard count > end else { return nil }
        let dots = indices.dropFirst(end).filter { self[$0] == "." }
        return dots.map { self[..<$0] }.first { $0.hasSuffix(name) }
    }
}
