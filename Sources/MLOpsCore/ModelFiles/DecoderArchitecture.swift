/// What a decoder-only transformer is made of, as data.
///
/// One model reads this and computes; a new family is a new way to fill it in, not a new model.
public struct DecoderArchitecture: Sendable, Hashable {
    /// What a layer's attention sees, and how positions turn its queries and keys.
    public struct LayerAttention: Sendable, Hashable {
        /// Kinds of turning.
        public enum Rotation: Sendable, Hashable, CaseIterable {
            /// By ``DecoderArchitecture/rope``.
            case global
            /// By ``DecoderArchitecture/localRope``.
            case local
            /// Not at all.
            case none
        }

        /// How many keys a query sees at most, its own included; nil: all before it.
        public var window: Int?
        /// How positions turn queries and keys.
        public var rotation: Rotation

        /// Creates a description; the default sees everything.
        public init(window: Int? = nil, rotation: Rotation = .global) {
            self.window = window
            self.rotation = rotation
        }
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
    /// ε of the norms.
    public var normEpsilon: Float
    /// How positions turn queries and keys.
    public var rope: RotaryEmbedding
    /// How they do in layers whose rotation is `local`.
    public var localRope: RotaryEmbedding
    /// How many numbers of a head are turned, its first ones.
    public var rotarySize: Int
    /// What differs between the attentions of the layers, one element a layer.
    public var layerAttention: [LayerAttention]
    /// Where the norms of a layer stand.
    public var normPlacement: NormPlacement
    /// What the norms of hidden states do.
    public var normKind: NormKind
    /// What is added to the stored weights of every norm.
    public var normOffset: Float
    /// What queries and keys are normalised over.
    public var queryKeyNorm: QueryKeyNorm
    /// c of min(max(x, −c), c), which bounds queries, keys and values as the projections give them; nil: no bound.
    public var projectionBound: Float?
    /// Whether query, key and value are one stored weight.
    public var attentionFusion: AttentionFusion
    /// Whether gate and up are one stored weight.
    public var fusesGate: Bool
    /// Whether the MLP has a gate; without one it is down(activation(up(x))).
    public var gatesMLP: Bool
    /// Whether the MLP's input is attention's, not what attention gave.
    public var isParallel: Bool
    /// Whether the MLP's input has attention's norm.
    public var sharesNorm: Bool
    /// Whether positions turn neighbours (2i, 2i + 1) of a head, not its halves (i, i + size/2).
    public var turnsNeighbours: Bool
    /// Whether positions turn heads by their negative angles.
    public var turnsBackwards: Bool
    /// Whether queries and keys are turned before or after their norms.
    public var rotationOrder: RotationOrder
    /// Whether a learned vector of each position is added to the embeddings.
    public var learnsPositions: Bool
    /// Whether embeddings are normed before the first layer.
    public var normsEmbeddings: Bool
    /// What the scores of each head gain with the position of their key (ALiBi); nil: nothing.
    public var positionBias: PositionBias?
    /// How queries grow with their positions; nil: they do not.
    public var queryGrowth: QueryGrowth?
    /// Whether the head adds a bias.
    public var headBias: Bool
    /// What attention scores are multiplied by; nil: 1/√headSize.
    public var attentionScale: Double?
    /// c of c·tanh(score/c), which bounds attention scores; nil: no bound.
    public var attentionSoftcap: Float?
    /// What embeddings are multiplied by.
    public var embeddingScale: Float
    /// What the outputs of attention and MLP are multiplied by before they are added to the residual stream.
    public var residualScale: Float
    /// What logits are divided by.
    public var logitDivisor: Float
    /// c of c·tanh(logit/c), which bounds logits; nil: no bound.
    public var logitSoftcap: Float?
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
    /// The token that pads: where it stands in a text, its embedding learns nothing, as in torch; nil: every one learns.
    public var paddingID: Int?

    /// Creates a description; the defaults, and what is not named here, are Llama's.
    public init(
        family: Family = .llama, vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layerCount: Int,
        headCount: Int,
        keyValueHeadCount: Int? = nil, headSize: Int? = nil, normEpsilon: Float = 1e-6, rope: RotaryEmbedding = .init(),
        activation: Activation = .silu, attentionBias: AttentionBias = .none, mlpBias: Bool = false,
        tiedHead: Bool = false,
        maximumPositions: Int = 2048
    ) {
        layerAttention = Array(repeating: LayerAttention(), count: layerCount)
        localRope = rope
        rotarySize = headSize ?? hiddenSize / headCount
        normPlacement = .before
        normKind = .rootMeanSquare
        normOffset = 0
        queryKeyNorm = .none
        attentionFusion = .none
        fusesGate = false
        gatesMLP = true
        isParallel = false
        sharesNorm = false
        turnsNeighbours = false
        turnsBackwards = false
        rotationOrder = .normedFirst
        learnsPositions = false
        normsEmbeddings = false
        headBias = false
        embeddingScale = 1
        residualScale = 1
        logitDivisor = 1
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

    /// The longest sequence the model computes well: a growing base of the rotary embedding stretches it.
    public var contextLength: Int {
        guard case .dynamic(let factor, _) = rope.scaling, factor > 1 else { return maximumPositions }
        return Int(min(Double(maximumPositions) * factor, 2_147_483_648))
    }

    /// Whether a position's angles depend on how long its sequence is, in any layer.
    public var angleDependsOnLength: Bool {
        layerAttention.contains {
            switch $0.rotation {
            case .global: rope.dependsOnLength
            case .local: localRope.dependsOnLength
            case .none: false
            }
        }
    }

    /// Whether queries and keys are something else than what the projections give, before they are turned.
    public var changesQueries: Bool { queryKeyNorm != .none || projectionBound != nil }

    /// The width of a head as attention takes it: with ALiBi, a number more is what scores gain, and one makes the width even.
    package var attendedHeadSize: Int { headSize + (positionBias == nil ? 0 : 2) }

    /// Columns of all keys (or values) as attention takes them.
    package var attendedKeyWidth: Int { keyValueHeadCount * attendedHeadSize }

    /// Columns of all query heads together.
    public var queryWidth: Int { headCount * headSize }

    /// Columns of all key (or value) heads together.
    public var keyValueWidth: Int { keyValueHeadCount * headSize }
}
