/// What a decoder-only transformer is made of, as data.
///
/// One model reads this and computes; a new family is a new way to fill it in, not a new model.
public struct DecoderArchitecture: Sendable, Hashable {
    /// The families that can be described, by the name `config.json` and GGUF metadata use.
    public enum Family: String, Sendable, Hashable, CaseIterable {
        /// Llama and the many that share its shape (SmolLM2, TinyLlama, …).
        case llama
        /// Mistral without an effective sliding window.
        case mistral
        /// Qwen2 and 2.5: biases on query, key and value.
        case qwen2
    }

    /// The function inside the gated MLP, `down(activation(gate(x)) · up(x))`.
    public enum Activation: String, Sendable, Hashable, CaseIterable {
        /// x · sigmoid(x)
        case silu
    }

    /// Which attention projections have a bias.
    public enum AttentionBias: Sendable, Hashable {
        /// None.
        case none
        /// Query, key and value.
        case queryKeyValue
        /// Query, key, value and output.
        case all
    }

    /// The family the description was read from.
    public var family: Family
    /// Rows of the embedding and of the head.
    public var vocabularySize: Int
    /// The width of the residual stream.
    public var hiddenSize: Int
    /// The width inside the MLP.
    public var intermediateSize: Int
    /// Decoder layers.
    public var layerCount: Int
    /// Query heads.
    public var headCount: Int
    /// Key and value heads; each serves `headCount / keyValueHeadCount` query heads.
    public var keyValueHeadCount: Int
    /// The width of a head.
    public var headSize: Int
    /// ε of the RMS norms.
    public var normEpsilon: Float
    /// How positions turn queries and keys.
    public var rope: RotaryEmbedding
    /// The function inside the MLP.
    public var activation: Activation
    /// Which attention projections have a bias.
    public var attentionBias: AttentionBias
    /// Whether the MLP's projections have biases.
    public var mlpBias: Bool
    /// Whether the head is the embedding matrix.
    public var tiedHead: Bool
    /// The longest sequence the model was made for, in tokens.
    public var maximumPositions: Int

    /// Creates a description; the defaults are Llama's.
    public init(
        family: Family = .llama, vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layerCount: Int,
        headCount: Int,
        keyValueHeadCount: Int? = nil, headSize: Int? = nil, normEpsilon: Float = 1e-6, rope: RotaryEmbedding = .init(),
        activation: Activation = .silu, attentionBias: AttentionBias = .none, mlpBias: Bool = false,
        tiedHead: Bool = false,
        maximumPositions: Int = 2048
    ) {
        self.family = family
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount ?? headCount
        self.headSize = headSize ?? hiddenSize / headCount
        self.normEpsilon = normEpsilon
        self.rope = rope
        self.activation = activation
        self.attentionBias = attentionBias
        self.mlpBias = mlpBias
        self.tiedHead = tiedHead
        self.maximumPositions = maximumPositions
    }

    /// Columns of all query heads together.
    public var queryWidth: Int { headCount * headSize }

    /// Columns of all key (or value) heads together.
    public var keyValueWidth: Int { keyValueHeadCount * headSize }
}

/// Rotary position embedding: pairs (i, i + headSize / 2) of a head turn by position × base^(−2i / headSize), scaled.
public struct RotaryEmbedding: Sendable, Hashable {
    /// How the angles are stretched beyond the positions of the first training.
    ///
    /// The names and formulas are those of transformers' `modeling_rope_utils.py`.
    public enum Scaling: Sendable, Hashable {
        /// Not at all (`default`).
        case none
        /// Every frequency divided by `factor`.
        case linear(factor: Double)
        /// A base that grows with sequences longer than `originalPositions`.
        case dynamic(factor: Double, originalPositions: Int)
        /// Low frequencies divided by `factor`, high ones kept, those between blended.
        case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalPositions: Int)
        /// Interpolation below, extrapolation above a ramp of frequencies, with scaled attention.
        case yarn(YaRN)
        /// Frequency i divided by factor i (what GGUF files store for `llama3`); `headSize / 2` of them.
        case frequencyFactors([Float])
    }

    /// The parameters of YaRN.
    public struct YaRN: Sendable, Hashable {
        /// How many times longer the sequences became.
        public var factor: Double
        /// The positions of the first training.
        public var originalPositions: Int
        /// Rotations above which a frequency is kept.
        public var betaFast: Double
        /// Rotations below which a frequency is divided by `factor`.
        public var betaSlow: Double
        /// What cosine and sine are multiplied by; nil derives it from `factor`, `mscale` and `mscaleAllDimensions`.
        public var attentionFactor: Double?
        /// DeepSeek's numerator of the derived factor.
        public var mscale: Double?
        /// DeepSeek's denominator of the derived factor.
        public var mscaleAllDimensions: Double?
        /// Whether the ramp's ends are whole dimensions.
        public var truncates: Bool

        /// Creates the parameters.
        public init(
            factor: Double, originalPositions: Int, betaFast: Double = 32, betaSlow: Double = 1,
            attentionFactor: Double? = nil,
            mscale: Double? = nil, mscaleAllDimensions: Double? = nil, truncates: Bool = true
        ) {
            self.factor = factor
            self.originalPositions = originalPositions
            self.betaFast = betaFast
            self.betaSlow = betaSlow
            self.attentionFactor = attentionFactor
            self.mscale = mscale
            self.mscaleAllDimensions = mscaleAllDimensions
            self.truncates = truncates
        }
    }

    /// θ, the base of the geometric series of frequencies.
    public var base: Double
    /// How the angles are stretched.
    public var scaling: Scaling

    /// Creates a description.
    public init(base: Double = 10000, scaling: Scaling = .none) {
        self.base = base
        self.scaling = scaling
    }
}
