internal import MLOpsCore

/// Which modules an adapter's configuration picks, and which ranks and scales it gives them: PEFT's `target_modules`,
/// `exclude_modules`, `layers_to_transform`, `layers_pattern`, `rank_pattern` and `alpha_pattern`, by its rules.
struct ModuleSelection {
    private let configuration: LoRAConfiguration
    private let layers: Set<Int>?
    private let ranks: ModulePatterns<Int>
    private let alphas: ModulePatterns<Double>
    private let targets: NameChoice
    private let exclusions: NameChoice

    /// Modules by the ends of their paths, or by an expression for the whole.
    private struct NameChoice {
        let names: [String]
        let expression: ModuleExpression?

        /// What of the names fits, or the expression itself.
        func matching(_ path: String) throws(ModelFileError) -> [String] {
            if let expression { return try expression.matches(path) ? [""] : [] }
            return names.filter { path == $0 || path.hasSuffix("." + $0) }
        }
    }

    /// - Throws: ``AdapterError`` naming a layer the model does not have, or a pattern that cannot be read.
    init(
        _ configuration: LoRAConfiguration, layerCount: Int, family: DecoderArchitecture.Family
    ) throws(AdapterError) {
        self.configuration = configuration
        layers = configuration.layersToTransform.map(Set.init)
        if let layer = configuration.layersToTransform?.first(where: { !(0..<layerCount).contains($0) }) {
            throw AdapterError(
                .invalidConfiguration,
                "layers_to_transform names layer \(layer), but this model has layers 0 to \(layerCount - 1).")
        }
        if let names = configuration.layersPattern, !names.isEmpty, !names.contains(family.layersName) {
            throw AdapterError(
                .invalidConfiguration,
                "layers_pattern is \(names.joined(separator: ", ")), but the layers of this model are called '\(family.layersName)'."
            )
        }
        do throws(ModelFileError) {
            targets = NameChoice(
                names: configuration.targetModules,
                expression: try configuration.targetPattern.map { (text) throws(ModelFileError) in
                    try ModuleExpression(text, key: "lora_target_modules")
                })
            exclusions = NameChoice(
                names: configuration.excludedModules ?? [],
                expression: try configuration.excludedPattern.map { (text) throws(ModelFileError) in
                    try ModuleExpression(text, key: "exclude_modules")
                })
            ranks = try ModulePatterns(configuration.rankPattern, key: "rank_pattern")
            alphas = try ModulePatterns(configuration.alphaPattern, key: "alpha_pattern")
        } catch {
            throw AdapterError(.invalidConfiguration, error.message)
        }
    }

    /// Whether modules of the layer get an adapter.
    func includes(_ layer: Int) -> Bool { layers?.contains(layer) ?? true }

    /// The targets that fit a module, and the exclusions that do.
    func matches(of path: String) throws(AdapterError) -> (targets: [String], exclusions: [String]) {
        do throws(ModelFileError) {
            let found = try targets.matching(path)
            return (found, found.isEmpty ? [] : try exclusions.matching(path))
        } catch {
            throw AdapterError(.invalidConfiguration, error.message)
        }
    }

    /// Refuses an expression that takes a module which can have no adapter, as PEFT does (and, of embeddings and head, this
    /// package).
    ///
    /// - Throws: ``AdapterError`` naming the module.
    func requireLinear(_ architecture: DecoderArchitecture) throws(AdapterError) {
        guard let text = configuration.targetPattern else { return }
        let family = architecture.family
        var others = ["model", "model.layers", "model.rotary_emb", "lm_head"]
        others += [family.embeddingPath, family.finalNormPath, family.headPath]
        for layer in 0..<architecture.layerCount {
            let norms = DecoderArchitecture.Norm.allCases.compactMap(architecture.path(of:))
            let path = family.path(ofLayer: layer)
            others += [path] + (norms + ["self_attn", "mlp", "mlp.act_fn"]).map { "\(path).\($0)" }
        }
        for path in others {
            let (targets, exclusions) = try matches(of: path)
            guard !targets.isEmpty, exclusions.isEmpty else { continue }
            throw AdapterError(
                .invalidConfiguration,
                "lora_target_modules '\(text.prefix(100))' matches '\(path)' too, which has no adapter here. Let the expression match "
                    + "only \(architecture.linearNames.joined(separator: ", ")) of the layers.")
        }
    }

    /// The rank of a module, and what its B·A is multiplied by.
    func rankAndScale(of path: String) throws(AdapterError) -> (rank: Int, scale: Float) {
        do throws(ModelFileError) {
            let rank = try ranks.value(of: path) ?? configuration.rank
            let alpha = try alphas.value(of: path) ?? configuration.alpha
            return (rank, configuration.scale(alpha: alpha, rank: rank))
        } catch {
            throw AdapterError(.invalidConfiguration, error.message)
        }
    }
}
