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

    /// Creates a configuration; the defaults adapt all seven projections.
    public init(
        rank: Int = 16,
        alpha: Double = 32,
        dropout: Double = 0,
        targetModules: [String] = Projection.allCases.map(\.rawValue),
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
    static var projectionNames: String { Projection.allCases.map(\.rawValue).joined(separator: ", ") }
}
