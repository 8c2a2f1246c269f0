/// The choices a description is made of.
extension DecoderArchitecture {
    /// The function inside the MLP, `down(activation(gate(x)) · up(x))` or, without gate, `down(activation(up(x)))`.
    public enum Activation: String, Sendable, Hashable, CaseIterable {
        /// x · sigmoid(x)
        case silu
        /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
        case geluTanh = "gelu_pytorch_tanh"
        /// x · Φ(x), Φ being the normal distribution function.
        case gelu
        /// max(x, 0)
        case relu
        /// max(x, 0)²
        case squaredReLU = "relu2"
        /// xIELU, which has two weights in each layer (Huang and Schlag, arXiv:2411.13010)
        case xielu
    }

    /// Whether query, key and value are one stored weight.
    public enum AttentionFusion: Sendable, Hashable {
        /// They are three.
        case none
        /// One: the rows of all queries, of all keys, of all values.
        case sideBySide
        /// One: of each head its query, its key and its value; where queries share keys, of each key all queries, the key and the
        /// value.
        case byHead
        /// One, in four parts of as many heads each: of a part its queries, its values, its keys.
        case byQuarter
    }

    /// A factor of each query, 1 + β·ln(1 + ⌊position / positions⌋), as in Llama 4.
    public struct QueryGrowth: Sendable, Hashable {
        /// β
        public var rate: Double
        /// Positions that have the factor 1.
        public var positions: Int

        /// Creates a description.
        public init(rate: Double, positions: Int) {
            self.rate = rate
            self.positions = positions
        }
    }

    /// Whether queries and keys are normed before they are turned.
    public enum RotationOrder: Sendable, Hashable {
        /// Norms, then turning.
        case normedFirst
        /// Turning, then norms.
        case turnedFirst
    }

    /// Which attention projections have a bias.
    public enum AttentionBias: Sendable, Hashable {
        /// None.
        case none
        /// Query, key and value.
        case queryKeyValue
        /// Output.
        case output
        /// Query, key, value and output.
        case all
    }

    /// Where a layer's norms stand.
    public enum NormPlacement: Sendable, Hashable {
        /// Before attention and before the MLP.
        case before
        /// After each of the two, before what they give is added to the residual stream.
        case after
        /// Before and after.
        case around
    }

    /// What the norms of hidden states do.
    public enum NormKind: Sendable, Hashable {
        /// They divide by the root of the mean square.
        case rootMeanSquare
        /// The same without weights.
        case rootMeanSquareWithoutWeights
        /// They take the mean off and divide by the deviation; with weights and biases.
        case layer
        /// That without biases.
        case layerWithoutBias
        /// That without weights and biases.
        case layerWithoutWeights
    }

    /// What queries and keys are normalised over before they are turned.
    public enum QueryKeyNorm: Sendable, Hashable {
        /// They are not.
        case none
        /// Each head by itself; all heads share the weights.
        case eachHead
        /// All heads together.
        case allHeads
    }
}
