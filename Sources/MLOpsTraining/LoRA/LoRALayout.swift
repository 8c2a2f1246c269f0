public import MLOpsCore
internal import OrderedCollections

/// Where every A, B and magnitude of an adapter lies in its one flat buffer, and behind them the tensors that are trained whole.
///
/// Layers follow each other, in a layer the projections in the order of ``Projection/allCases``, and A before B before, with
/// DoRA, the magnitude m, or, with `lora_bias`, the bias of B:
/// ```
/// │ layer 0 q: A (r × in) │ B (out × r) │ m (out) │ layer 0 k: A │ B │ m │ … │ layer n−1 down: A │ B │ m │ embedding │ head │ … │
/// ```
/// Optimizer, norm and checkpoint then are loops over one array.
public struct LoRALayout: Sendable, Hashable {
    /// One adapted linear layer.
    public struct Module: Sendable, Hashable {
        /// The decoder layer, counted from 0.
        public let layer: Int
        /// Which of its linear layers.
        public let projection: Projection
        /// The linear layer's shape.
        public let shape: LinearShape
        /// Rows of A, columns of B.
        public let rank: Int
        /// What B·A is multiplied by.
        public let scale: Float
        /// Whether there is a magnitude.
        public let isDecomposed: Bool
        /// Whether B has a bias.
        public let hasBias: Bool
        /// Where A, `rank × inputs` row by row, begins.
        public let offset: Int
        /// The module's path in a Hugging Face checkpoint.
        public let path: String

        /// The elements of A.
        public var a: Range<Int> { offset..<(offset + rank * shape.inputs) }
        /// The elements of B, `outputs × rank` row by row.
        public var b: Range<Int> { a.upperBound..<(a.upperBound + shape.outputs * rank) }
        /// The norms of the rows of the effective weight, `outputs` of them; empty without DoRA.
        public var magnitude: Range<Int> { b.upperBound..<b.upperBound + (isDecomposed ? shape.outputs : 0) }
        /// The bias of B, `outputs` numbers; empty without `lora_bias`.
        public var bias: Range<Int> { magnitude.upperBound..<end }
        /// Where the module's elements end.
        public var end: Int { magnitude.upperBound + (hasBias ? shape.outputs : 0) }
    }

    /// The adapted linear layers, in the order of the buffer.
    public let modules: [Module]
    /// The tensors that are trained whole; mostly none.
    public private(set) var savedTensors: [SavedTensor] = []
    /// Elements of the buffer.
    public private(set) var parameterCount: Int
    /// Those of them that belong to ``modules``.
    public let moduleParameterCount: Int
    let layerCount: Int
    /// The family whose names the modules have.
    let family: DecoderArchitecture.Family
    private let indices: [Int?]

    /// The greatest rank of all modules.
    public var maximumRank: Int { modules.reduce(1) { max($0, $1.rank) } }

    /// Lays out an adapter with `configuration` for a model of `layerCount` layers whose projections have the given shapes.
    ///
    /// - Parameters:
    ///   - projections: those that a layer has; by default seven weights that are not fused.
    ///   - family: the family whose names they have.
    /// - Throws: ``AdapterError`` naming the target that matches no module, or the value that is out of range.
    public init(
        layerCount: Int, configuration: LoRAConfiguration,
        projections: [Projection] = [.query, .key, .value, .output, .gate, .up, .down],
        family: DecoderArchitecture.Family = .llama,
        shape: (Projection) -> LinearShape
    ) throws(AdapterError) {
        try configuration.validate()
        let selection = try ModuleSelection(configuration, layerCount: layerCount, family: family)
        let names = configuration.targetPattern.map { _ in [] } ?? configuration.targetModules
        var unmatched = Set(names)
        let exclusions = configuration.excludedPattern == nil ? configuration.excludedModules ?? [] : []
        var unused = Set(exclusions)
        var modules: [Module] = []
        var indices: [Int?] = []
        var offset = 0
        for layer in 0..<layerCount {
            for projection in Projection.allCases {
                let path = family.path(of: projection, layer: layer)
                let (targets, excluding) =
                    projections.contains(projection) ? try selection.matches(of: path) : ([], [])
                guard !targets.isEmpty else {
                    indices.append(nil)
                    continue
                }
                unmatched.subtract(targets)
                unused.subtract(excluding)
                guard selection.includes(layer), excluding.isEmpty,
                    !configuration.savesWhole(path, below: family.path(ofLayer: layer))
                else {
                    indices.append(nil)
                    continue
                }
                let (rank, scale) = try selection.rankAndScale(of: path)
                let module = Module(
                    layer: layer, projection: projection, shape: shape(projection), rank: rank, scale: scale,
                    isDecomposed: configuration.usesWeightDecomposition, hasBias: configuration.hasOutputBias,
                    offset: offset, path: path)
                offset = module.end
                indices.append(modules.count)
                modules.append(module)
            }
        }
        if let name = names.first(where: unmatched.contains) {
            throw AdapterError(
                .invalidConfiguration,
                "lora_target_modules names '\(name)', which no linear layer of this model matches. Name some of "
                    + projections.map(family.name(of:)).joined(separator: ", ") + "."
            )
        }
        if let name = exclusions.first(where: unused.contains) {
            throw AdapterError(
                .invalidConfiguration, "exclude_modules names '\(name)', which no targeted linear layer matches.")
        }
        if modules.isEmpty, let text = configuration.targetPattern {
            throw AdapterError(
                .invalidConfiguration,
                "lora_target_modules '\(text.prefix(100))' is a regular expression for whole names such as "
                    + "\(family.path(of: projections[0], layer: 0)), and leaves no linear layer here. Names alone go in a list."
            )
        }
        guard !modules.isEmpty else {
            throw AdapterError(
                .invalidConfiguration,
                "lora_target_modules, exclude_modules, layers_to_transform and modules_to_save together leave no linear layer. Name a "
                    + "module of one of these layers."
            )
        }
        self.layerCount = layerCount
        self.family = family
        self.modules = modules
        self.indices = indices
        parameterCount = offset
        moduleParameterCount = offset
    }

    /// This layout with other tensors behind the modules.
    func with(_ tensors: [SavedTensor]) -> LoRALayout {
        var layout = self
        layout.parameterCount = moduleParameterCount
        layout.savedTensors = tensors.map { tensor in
            var placed = tensor
            placed.offset = layout.parameterCount
            layout.parameterCount = placed.range.upperBound
            return placed
        }
        return layout
    }

    /// Lays out an adapter with `configuration` for a model of `architecture`.
    ///
    /// - Throws: ``AdapterError`` naming the target that matches no module, or the value that is out of range.
    public init(_ architecture: DecoderArchitecture, configuration: LoRAConfiguration) throws(AdapterError) {
        try ModuleSelection(configuration, layerCount: architecture.layerCount, family: architecture.family)
            .requireLinear(architecture)
        try configuration.requireSaveable(in: architecture)
        let modules = try LoRALayout(
            layerCount: architecture.layerCount, configuration: configuration, projections: architecture.projections,
            family: architecture.family
        ) { projection in
            let size = architecture.size(of: projection)
            return LinearShape(inputs: size.inputs, outputs: size.outputs)
        }
        self = modules.with(try configuration.savedTensors(of: architecture, beside: modules.modules))
    }

    /// Refuses patterns of ranks and alphas that stand for no module here: whoever wrote them meant another name.
    ///
    /// Of a new adapter alone. What PEFT saved may have such patterns, and they change nothing.
    ///
    /// - Throws: ``AdapterError`` naming the pattern.
    func requireUse(ofPatternsIn configuration: LoRAConfiguration) throws(AdapterError) {
        let patterns =
            configuration.rankPattern.keys.map { ("rank_pattern", $0) }
            + configuration.alphaPattern.keys.map { ("alpha_pattern", $0) }
        for (key, pattern) in patterns {
            var isUsed = false
            do throws(ModelFileError) {
                let one = try ModulePatterns([pattern: true], key: key)
                for module in modules where !isUsed { isUsed = try one.value(of: module.path) != nil }
            } catch {
                throw AdapterError(.invalidConfiguration, error.message)
            }
            guard isUsed else {
                throw AdapterError(
                    .invalidConfiguration,
                    "\(key) names '\(pattern.prefix(100))', which matches no module with an adapter here. Name one of those, such as "
                        + "\(modules[0].path), or the end of one.")
            }
        }
    }

    /// Returns the place of an adapted linear layer, nil when it has no adapter.
    public func module(layer: Int, _ projection: Projection) -> Module? {
        precondition((0..<layerCount).contains(layer), "layer \(layer) of \(layerCount)")
        return indices[layer * Projection.allCases.count + projection.index].map { modules[$0] }
    }
}
