public import MLOpsCore

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
    /// Whether s is alpha/√rank instead of alpha/rank.
    public var usesRankStabilizedScale: Bool
    /// How a new A is drawn.
    public var initialization: AdapterConfiguration.Initialization

    /// Creates a configuration; the defaults adapt all projections.
    public init(
        rank: Int = 16,
        alpha: Double = 32,
        dropout: Double = 0,
        targetModules: [String] = AdapterConfiguration.allProjections,
        usesRankStabilizedScale: Bool = false,
        initialization: AdapterConfiguration.Initialization = .standard
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targetModules = targetModules
        self.usesRankStabilizedScale = usesRankStabilizedScale
        self.initialization = initialization
    }

    /// Takes what a run's configuration says about the adapter.
    ///
    /// - Throws: ``AdapterError`` when it asks for a method this engine does not have.
    public init(_ configuration: AdapterConfiguration) throws(AdapterError) {
        guard !configuration.usesWeightDecomposition else {
            throw AdapterError(.unsupported, "use_dora: this engine trains plain LoRA. Set use_dora to false.")
        }
        self.init(
            rank: configuration.rank, alpha: configuration.alpha, dropout: configuration.dropout,
            targetModules: configuration.targetModules,
            usesRankStabilizedScale: configuration.usesRankStabilizedScale, initialization: configuration.initialization
        )
        try validate()
    }

    /// What the adapter's output is multiplied by.
    public var scale: Float {
        Float(alpha / (usesRankStabilizedScale ? Double(rank).squareRoot() : Double(rank)))
    }

    /// Checks the ranges of the values.
    ///
    /// - Throws: ``AdapterError`` naming the key of the first value out of range.
    public func validate() throws(AdapterError) {
        guard (1...4096).contains(rank) else {
            throw AdapterError(.invalidConfiguration, "lora_r is \(rank); it must be between 1 and 4096.")
        }
        guard alpha.isFinite, alpha > 0 else {
            throw AdapterError(.invalidConfiguration, "lora_alpha is \(alpha); it must be a number greater than 0.")
        }
        guard dropout >= 0, dropout < 1 else {
            throw AdapterError(
                .invalidConfiguration, "lora_dropout is \(dropout); it must be at least 0 and less than 1.")
        }
        guard !targetModules.isEmpty else {
            throw AdapterError(
                .invalidConfiguration, "lora_target_modules is empty. Name at least one of \(Self.projectionNames).")
        }
        switch initialization {
        case .standard, .gaussian: break
        case .pissa, .olora:
            throw AdapterError(
                .unsupported,
                "init_lora_weights: '\(initialization.rawValue)' is not supported by this engine. Use true or gaussian."
            )
        }
    }

    /// The seven names, for messages.
    static var projectionNames: String { AdapterConfiguration.allProjections.joined(separator: ", ") }

    /// Returns the configuration with the names that the weights of `architecture` have.
    ///
    /// Where query, key and value are one weight, naming the three names `qkv_proj`; gate and up the same way name
    /// `gate_up_proj`.
    ///
    /// - Throws: ``AdapterError`` when only some of the parts of one weight are named.
    public func fitted(to architecture: DecoderArchitecture) throws(AdapterError) -> LoRAConfiguration {
        guard architecture.fusesWeights else { return self }
        var fitted = self
        let fusions: [(Projection, [Projection])] = [
            (.queryKeyValue, [.query, .key, .value]), (.gateUp, [.gate, .up]),
        ]
        for (whole, parts) in fusions {
            let names = parts.map(\.rawValue)
            let named = names.filter(fitted.targetModules.contains)
            guard let first = named.first else { continue }
            guard named.count == names.count else {
                throw AdapterError(
                    .invalidConfiguration,
                    "lora_target_modules names '\(first)', but this model keeps \(names.joined(separator: ", ")) as one "
                        + "weight, '\(whole.rawValue)'. Name that.")
            }
            let place = fitted.targetModules.firstIndex(of: first) ?? 0
            if !fitted.targetModules.contains(whole.rawValue) { fitted.targetModules[place] = whole.rawValue }
            fitted.targetModules.removeAll(where: names.contains)
        }
        return fitted
    }
}
