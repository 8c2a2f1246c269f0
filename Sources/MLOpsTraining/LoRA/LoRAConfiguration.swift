public import MLOpsCore
public import OrderedCollections

/// The shape of a low-rank adapter: y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ on each targeted linear layer.
public struct LoRAConfiguration: Sendable, Hashable {
    /// Rows of A, columns of B.
    public var rank: Int
    /// The numerator of the scale s.
    public var alpha: Double
    /// The share of the inputs of A that is zero in a training step, in 0..<1.
    public var dropout: Double
    /// Names of the targeted modules, matched as PEFT matches them: a module is targeted when its path is the name or ends in
    /// `.` and the name.
    public var targetModules: [String]
    /// A regular expression for the whole paths of the targeted modules, or `all-linear` for every linear layer; it goes before
    /// ``targetModules``.
    public var targetPattern: String?
    /// Names, matched in the same way, of modules that are not targeted all the same; nil: none.
    public var excludedModules: [String]?
    /// A regular expression for their whole paths, which goes before ``excludedModules``.
    public var excludedPattern: String?
    /// Ranks of their own, by patterns of module names; the first that matches counts.
    public var rankPattern: OrderedDictionary<String, Int>
    /// Alphas of their own, by patterns of module names.
    public var alphaPattern: OrderedDictionary<String, Double>
    /// The decoder layers that get an adapter, counted from 0; nil: all.
    public var layersToTransform: [Int]?
    /// What the numbers of these layers follow in a module's path; nil: anything.
    public var layersPattern: [String]?
    /// Names of modules that are trained whole, by the ends of their paths: embedding, head, norms, linear layers, which then have
    /// no adapter, and modules that hold some of them.
    public var savedModules: [String]
    /// Whether a head that is the embedding matrix stays it when that is trained.
    public var keepsTiedHead: Bool
    /// Tokens whose vectors are trained beside the adapter.
    public var trainableTokens: TrainableTokens?
    /// Which biases of the model are trained beside the adapter.
    public var bias: AdapterConfiguration.Bias
    /// Whether B has a bias, which is multiplied by s too.
    public var hasOutputBias: Bool
    /// Whether s is alpha/√rank instead of alpha/rank.
    public var usesRankStabilizedScale: Bool
    /// Whether each row of the effective weight has a trained norm (DoRA).
    public var usesWeightDecomposition: Bool
    /// How a new adapter is filled.
    public var initialization: AdapterConfiguration.Initialization

    /// Creates a configuration; the defaults adapt all projections.
    public init(
        rank: Int = 16,
        alpha: Double = 32,
        dropout: Double = 0,
        targetModules: [String] = AdapterConfiguration.allProjections,
        targetPattern: String? = nil,
        excludedModules: [String]? = nil,
        excludedPattern: String? = nil,
        rankPattern: OrderedDictionary<String, Int> = [:],
        alphaPattern: OrderedDictionary<String, Double> = [:],
        layersToTransform: [Int]? = nil,
        layersPattern: [String]? = nil,
        savedModules: [String] = [],
        keepsTiedHead: Bool = false,
        trainableTokens: TrainableTokens? = nil,
        bias: AdapterConfiguration.Bias = .none,
        hasOutputBias: Bool = false,
        usesRankStabilizedScale: Bool = false,
        usesWeightDecomposition: Bool = false,
        initialization: AdapterConfiguration.Initialization = .standard
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targetModules = targetModules
        self.targetPattern = targetPattern
        self.excludedModules = excludedModules
        self.excludedPattern = excludedPattern
        self.rankPattern = rankPattern
        self.alphaPattern = alphaPattern
        self.layersToTransform = layersToTransform
        self.layersPattern = layersPattern
        self.savedModules = savedModules
        self.keepsTiedHead = keepsTiedHead
        self.trainableTokens = trainableTokens
        self.bias = bias
        self.hasOutputBias = hasOutputBias
        self.usesRankStabilizedScale = usesRankStabilizedScale
        self.usesWeightDecomposition = usesWeightDecomposition
        self.initialization = initialization
    }

    /// Takes what a run's configuration says about the adapter.
    ///
    /// - Throws: ``AdapterError`` naming a value out of range.
    public init(_ configuration: AdapterConfiguration) throws(AdapterError) {
        self.init(
            rank: configuration.rank, alpha: configuration.alpha, dropout: configuration.dropout,
            targetModules: configuration.targetModules, targetPattern: configuration.targetPattern,
            excludedModules: configuration.excludedModules, excludedPattern: configuration.excludedPattern,
            rankPattern: configuration.rankPattern,
            alphaPattern: configuration.alphaPattern, layersToTransform: configuration.layersToTransform,
            layersPattern: configuration.layersPattern, savedModules: configuration.savedModules ?? [],
            keepsTiedHead: configuration.keepsTiedHead, trainableTokens: configuration.trainableTokens,
            bias: configuration.bias, hasOutputBias: configuration.hasOutputBias,
            usesRankStabilizedScale: configuration.usesRankStabilizedScale,
            usesWeightDecomposition: configuration.usesWeightDecomposition,
            initialization: configuration.initialization)
        try validate()
    }

    /// What the adapter's output is multiplied by, unless a pattern says otherwise.
    public var scale: Float { scale(alpha: alpha, rank: rank) }

    /// alpha/rank, or alpha/√rank.
    func scale(alpha: Double, rank: Int) -> Float {
        Float(alpha / (usesRankStabilizedScale ? Double(rank).squareRoot() : Double(rank)))
    }

    /// Checks the ranges of the values.
    ///
    /// - Throws: ``AdapterError`` naming the key of the first value out of range.
    public func validate() throws(AdapterError) {
        guard (1...4096).contains(rank) else {
            throw AdapterError(.invalidConfiguration, "lora_r is \(rank); it must be between 1 and 4096.")
        }
        if let (pattern, rank) = rankPattern.elements.first(where: { !(1...4096).contains($0.value) }) {
            throw AdapterError(
                .invalidConfiguration, "rank_pattern of '\(pattern)' is \(rank); it must be between 1 and 4096.")
        }
        if let (pattern, alpha) = alphaPattern.elements.first(where: { !($0.value > 0 && $0.value.isFinite) }) {
            throw AdapterError(
                .invalidConfiguration, "alpha_pattern of '\(pattern)' is \(alpha); it must be greater than 0.")
        }
        guard alpha.isFinite, alpha > 0 else {
            throw AdapterError(.invalidConfiguration, "lora_alpha is \(alpha); it must be a number greater than 0.")
        }
        guard dropout >= 0, dropout < 1 else {
            throw AdapterError(
                .invalidConfiguration, "lora_dropout is \(dropout); it must be at least 0 and less than 1.")
        }
        guard !targetModules.isEmpty || targetPattern?.isEmpty == false else {
            throw AdapterError(
                .invalidConfiguration, "lora_target_modules is empty. Name at least one of \(Self.projectionNames).")
        }
        if hasOutputBias {
            guard !usesWeightDecomposition else {
                throw AdapterError(.invalidConfiguration, "lora_bias does not go with use_dora, nor does it in PEFT.")
            }
            guard initialization == .standard || initialization == .random else {
                throw AdapterError(
                    .invalidConfiguration,
                    "lora_bias goes with init_lora_weights true or false alone, as in PEFT, not with "
                        + "\(initialization.rawValue).")
            }
        }
        guard targetPattern == nil || layersToTransform == nil || takesAllLinear else {
            throw AdapterError(
                .invalidConfiguration,
                "layers_to_transform beside a regular expression in lora_target_modules is not supported, nor is it in PEFT. "
                    + "Write the layers into the expression.")
        }
    }

    /// Whether every linear layer is targeted, whatever the model calls it.
    var takesAllLinear: Bool { targetPattern?.lowercased() == AdapterConfiguration.allLinear }

    /// Takes the order of patterns from a configuration that has the same ones.
    mutating func takePatternOrder(of other: LoRAConfiguration) {
        func ordered<Value: Equatable>(
            _ own: OrderedDictionary<String, Value>, _ others: OrderedDictionary<String, Value>
        ) -> OrderedDictionary<String, Value> {
            own.count == others.count && own.allSatisfy { others[$0.key] == $0.value } ? others : own
        }
        rankPattern = ordered(rankPattern, other.rankPattern)
        alphaPattern = ordered(alphaPattern, other.alphaPattern)
    }

    /// The seven names, for messages.
    static var projectionNames: String { AdapterConfiguration.allProjections.joined(separator: ", ") }

    /// Returns the configuration with the names that the weights of `architecture` have.
    ///
    /// `all-linear` names all of them, and so does the default where names are not Llama's. Where query, key and value are one weight, naming the three names `qkv_proj`; gate and up the same way name
    /// `gate_up_proj`.
    ///
    /// - Throws: ``AdapterError`` when only some of the parts of one weight are named.
    public func fitted(to architecture: DecoderArchitecture) throws(AdapterError) -> LoRAConfiguration {
        var fitted = self
        // The default names those of Llama; where a family calls them otherwise, it means them all.
        let isDefault = targetPattern == nil && Set(targetModules) == Set(AdapterConfiguration.allProjections)
        if takesAllLinear || (isDefault && !Set(architecture.linearNames).isSuperset(of: targetModules)) {
            fitted.targetPattern = nil
            fitted.targetModules = architecture.linearNames
        }
        guard fitted.targetPattern == nil else { return fitted }
        let fusions: [(Projection, [Projection])] = [
            (.queryKeyValue, [.query, .key, .value]), (.gateUp, [.gate, .up]),
        ]
        for (whole, parts) in fusions where architecture.projections.contains(whole) {
            let names = parts.map(\.rawValue)
            let named = names.filter(fitted.targetModules.contains)
            guard let first = named.first else { continue }
            guard named.count == names.count else {
                throw AdapterError(
                    .invalidConfiguration,
                    "lora_target_modules names '\(first)', but this model keeps \(names.joined(separator: ", ")) as one "
                        + "weight, '\(architecture.family.name(of: whole))'. Name that.")
            }
            let place = fitted.targetModules.firstIndex(of: first) ?? 0
            let name = architecture.family.name(of: whole)
            if !fitted.targetModules.contains(name) { fitted.targetModules[place] = name }
            fitted.targetModules.removeAll(where: names.contains)
        }
        return fitted
    }
}
