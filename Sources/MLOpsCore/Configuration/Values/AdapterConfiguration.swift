/// The shape and the start of a low-rank adapter, as the configuration says it (keys `lora_…`).
public struct AdapterConfiguration: Sendable, Hashable {
    /// How the matrices of a new adapter are filled.
    public enum Initialization: String, Sendable, Hashable, Codable, CaseIterable {
        /// A uniform, B zero: the adapter starts by changing nothing. YAML `true`, as in PEFT.
        case standard = "true"
        /// A normal, B zero.
        case gaussian
        /// From the principal singular vectors of the base weight.
        case pissa
        /// From a QR factorisation of the base weight.
        case olora
    }

    /// The names of the seven projections of a decoder layer.
    public static let allProjections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

    /// Columns of A, rows of B (key `lora_r`).
    public var rank: Int
    /// What the adapter's output is multiplied by, before division by the rank (key `lora_alpha`).
    public var alpha: Double
    /// The share of an adapter's inputs that is set to zero in training, in 0..<1 (key `lora_dropout`).
    public var dropout: Double
    /// Names of the linear layers that get an adapter (key `lora_target_modules`).
    public var targetModules: [String]
    /// Whether the output is divided by the rank's square root instead of the rank (key `use_rslora`).
    public var usesRankStabilizedScale: Bool
    /// Whether the weight's magnitude is trained beside its direction (key `use_dora`).
    public var usesWeightDecomposition: Bool
    /// How a new adapter is filled (key `init_lora_weights`).
    public var initialization: Initialization
    /// An adapter to start from instead of a new one: its directory (key `init_adapter`).
    public var initialAdapter: String?

    /// Creates a configuration; what is not named has its documented default.
    public init(
        rank: Int = 16,
        alpha: Double = 32,
        dropout: Double = 0.05,
        targetModules: [String] = AdapterConfiguration.allProjections,
        usesRankStabilizedScale: Bool = false,
        usesWeightDecomposition: Bool = false,
        initialization: Initialization = .standard,
        initialAdapter: String? = nil
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targetModules = targetModules
        self.usesRankStabilizedScale = usesRankStabilizedScale
        self.usesWeightDecomposition = usesWeightDecomposition
        self.initialization = initialization
        self.initialAdapter = initialAdapter
    }

    /// What the adapter's output is multiplied by: alpha / rank, or alpha / √rank.
    public var scale: Double {
        alpha / (usesRankStabilizedScale ? Double(rank).squareRoot() : Double(rank))
    }
}
