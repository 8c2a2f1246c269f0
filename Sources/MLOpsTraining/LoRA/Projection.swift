public import MLOpsCore

/// One of the linear layers of a decoder layer.
public typealias Projection = DecoderArchitecture.Projection

extension DecoderArchitecture.Projection {
    /// The place in `allCases`.
    var index: Int {
        switch self {
        case .query: 0
        case .key: 1
        case .value: 2
        case .output: 3
        case .gate: 4
        case .up: 5
        case .down: 6
        case .queryKeyValue: 7
        case .gateUp: 8
        }
    }
}

/// How many numbers a linear layer takes and gives.
public struct LinearShape: Sendable, Hashable {
    /// Columns of the weight.
    public var inputs: Int
    /// Rows of the weight.
    public var outputs: Int

    /// Creates a shape.
    public init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
    }
}
