/// One of the seven linear layers of a decoder layer.
public enum Projection: String, Sendable, Hashable, Codable, CaseIterable {
    /// Queries of the attention.
    case query = "q_proj"
    /// Keys of the attention.
    case key = "k_proj"
    /// Values of the attention.
    case value = "v_proj"
    /// The attention's way back to the residual stream.
    case output = "o_proj"
    /// The gate of the feed-forward network.
    case gate = "gate_proj"
    /// What the gate lets through.
    case up = "up_proj"
    /// The feed-forward network's way back to the residual stream.
    case down = "down_proj"

    /// The module's path in a Hugging Face checkpoint, `model.layers.3.self_attn.q_proj`.
    public func path(layer: Int) -> String {
        let block =
            switch self {
            case .query, .key, .value, .output: "self_attn"
            case .gate, .up, .down: "mlp"
            }
        return "model.layers.\(layer).\(block).\(rawValue)"
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
