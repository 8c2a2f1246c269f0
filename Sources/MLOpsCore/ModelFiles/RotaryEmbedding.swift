/// Rotary position embedding: pairs (i, i + size / 2) of a head turn by position × base^(−2i / size), scaled, where
/// size is ``DecoderArchitecture/rotarySize``.
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
        /// Frequency i divided by factor i, of the short list up to the positions of the first training, else of the long one.
        case longrope(LongRoPE)
        /// Frequency i divided by factor i (what GGUF files store for `llama3`); `size / 2` of them.
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

    /// The parameters of LongRoPE.
    public struct LongRoPE: Sendable, Hashable {
        /// What the frequencies are divided by in sequences of at most `originalPositions`; `size / 2` numbers.
        public var shortFactors: [Float]
        /// What they are divided by in longer ones; `size / 2` numbers.
        public var longFactors: [Float]
        /// The positions of the first training.
        public var originalPositions: Int
        /// What cosine and sine are multiplied by.
        public var attentionFactor: Double

        /// Creates the parameters.
        public init(
            shortFactors: [Float], longFactors: [Float], originalPositions: Int, attentionFactor: Double
        ) {
            self.shortFactors = shortFactors
            self.longFactors = longFactors
            self.originalPositions = originalPositions
            self.attentionFactor = attentionFactor
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

    /// Whether a position's angles depend on how long its sequence is.
    public var dependsOnLength: Bool {
        switch scaling {
        case .dynamic, .longrope: true
        case .none, .linear, .llama3, .yarn, .frequencyFactors: false
        }
    }
}
