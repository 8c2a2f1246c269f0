public import OrderedCollections

/// The shape and the start of a low-rank adapter, as the configuration says it (keys `lora_…`).
public struct AdapterConfiguration: Sendable, Hashable {
    /// How the matrices of a new adapter are filled; the raw values are PEFT's.
    public enum Initialization: Sendable, Hashable, Codable, RawRepresentable {
        /// A uniform, B zero: the adapter starts by changing nothing. YAML `true`, as in PEFT.
        case standard
        /// A and B uniform: the adapter starts by changing something, for tests. YAML `false`, as in PEFT.
        case random
        /// A normal, B zero.
        case gaussian
        /// From the principal singular vectors of the base weight.
        case pissa
        /// From approximate principal singular vectors, found in so many power iterations: `pissa_niter_4`.
        case pissaFast(iterations: Int)
        /// From a QR factorisation of the base weight.
        case olora

        /// The words of the fixed ones.
        public static let words = ["true", "false", "gaussian", "pissa", "olora"]
        /// What the number of iterations follows.
        public static let fastStem = "pissa_niter_"

        /// Reads PEFT's word, nil when it is none of these.
        public init?(rawValue: String) {
            switch rawValue {
            case "true": self = .standard
            case "false": self = .random
            case "gaussian": self = .gaussian
            case "pissa": self = .pissa
            case "olora": self = .olora
            default:
                guard rawValue.hasPrefix(Self.fastStem),
                    let count = Int(rawValue.dropFirst(Self.fastStem.count)), (0...1000).contains(count)
                else { return nil }
                self = .pissaFast(iterations: count)
            }
        }

        /// PEFT's word.
        public var rawValue: String {
            switch self {
            case .standard: "true"
            case .random: "false"
            case .gaussian: "gaussian"
            case .pissa: "pissa"
            case .pissaFast(let iterations): "\(Self.fastStem)\(iterations)"
            case .olora: "olora"
            }
        }

        /// Whether the adapter starts with a part of the base weight, which training then takes out of it.
        public var movesBaseWeights: Bool {
            switch self {
            case .standard, .random, .gaussian: false
            case .pissa, .pissaFast, .olora: true
            }
        }

        /// As JSON and YAML have it: true, false or a word.
        public var json: JSONValue {
            switch self {
            case .standard: true
            case .random: false
            default: .string(rawValue)
            }
        }
    }

    /// Which biases of the model are trained; the raw values are PEFT's.
    public enum Bias: String, Sendable, Hashable, Codable, CaseIterable {
        /// None.
        case none
        /// Every one.
        case all
        /// Those of the linear layers that have an adapter.
        case loraOnly = "lora_only"
    }

    /// PEFT's word for every linear layer but the head.
    public static let allLinear = "all-linear"

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
    /// `all-linear`, or a regular expression for the whole paths of these layers, which goes before ``targetModules`` (the same key,
    /// as text).
    public var targetPattern: String?
    /// Names of those that get none all the same; nil: none (key `exclude_modules`).
    public var excludedModules: [String]?
    /// A regular expression for their whole paths, which goes before ``excludedModules`` (the same key, as text).
    public var excludedPattern: String?
    /// Ranks of their own, by patterns of module names (key `rank_pattern`).
    public var rankPattern: OrderedDictionary<String, Int>
    /// Alphas of their own, by patterns of module names (key `alpha_pattern`).
    public var alphaPattern: OrderedDictionary<String, Double>
    /// The decoder layers that get an adapter, counted from 0; nil: all (key `layers_to_transform`).
    public var layersToTransform: [Int]?
    /// What the numbers of ``layersToTransform`` follow in a module's path; nil: anything (key `layers_pattern`).
    public var layersPattern: [String]?
    /// Names of modules that are trained whole and saved with the adapter, such as embedding, head or norms; nil: none (key
    /// `modules_to_save`).
    public var savedModules: [String]?
    /// Whether a head that is the embedding matrix stays the same matrix when that is trained (key `ensure_weight_tying`).
    public var keepsTiedHead: Bool
    /// Tokens whose vectors are trained beside the adapter; nil: none (key `trainable_token_indices`).
    public var trainableTokens: TrainableTokens?
    /// Which biases of the model are trained beside the adapter (key `bias`).
    public var bias: Bias
    /// Whether the adapter's output has a bias of its own (key `lora_bias`).
    public var hasOutputBias: Bool
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
        targetPattern: String? = nil,
        excludedModules: [String]? = nil,
        excludedPattern: String? = nil,
        rankPattern: OrderedDictionary<String, Int> = [:],
        alphaPattern: OrderedDictionary<String, Double> = [:],
        layersToTransform: [Int]? = nil,
        layersPattern: [String]? = nil,
        savedModules: [String]? = nil,
        keepsTiedHead: Bool = false,
        trainableTokens: TrainableTokens? = nil,
        bias: Bias = .none,
        hasOutputBias: Bool = false,
        usesRankStabilizedScale: Bool = false,
        usesWeightDecomposition: Bool = false,
        initialization: Initialization = .standard,
        initialAdapter: String? = nil
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
        self.initialAdapter = initialAdapter
    }

    /// ``targetModules`` as YAML has them: none where there is a pattern.
    var namedModules: [String]? {
        get { targetModules.isEmpty ? nil : targetModules }
        set { targetModules = newValue ?? [] }
    }

    /// What the adapter's output is multiplied by: alpha / rank, or alpha / √rank.
    public var scale: Double {
        alpha / (usesRankStabilizedScale ? Double(rank).squareRoot() : Double(rank))
    }
}
