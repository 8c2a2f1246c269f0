internal import OrderedCollections

/// The numbers of xIELU, which GGUF files of Apertus keep in their metadata, a list of each with a number for every layer.
package enum GGUFActivations {
    /// A number's key, its name in a checkpoint, and its shape there.
    package static let numbers: [(key: String, name: String, shape: [Int])] = [
        ("xielu.alpha_p", "alpha_p", [1]), ("xielu.alpha_n", "alpha_n", [1]), ("xielu.beta", "beta", []),
        ("xielu.eps", "eps", []),
    ]

    /// Returns the name of a number's tensor in a checkpoint.
    package static func name(_ name: String, layer: Int, _ architecture: DecoderArchitecture) -> String {
        "\(architecture.family.path(ofLayer: layer)).mlp.act_fn.\(name)"
    }
}

extension GGUFModelMetadata {
    /// Returns the tensors that a checkpoint has for the activation of each layer.
    ///
    /// - Throws: ``ModelFileError`` naming the key that is missing or does not fit.
    func activations(_ architecture: DecoderArchitecture) throws(ModelFileError) -> [String: TensorData] {
        guard architecture.activation == .xielu else { return [:] }
        var tensors: [String: TensorData] = [:]
        for (key, name, shape) in GGUFActivations.numbers {
            let values: [Float]
            switch file.metadata[key] {
            case .array(.float32(let list)): values = list
            // As llama.cpp reads it, a single number is every layer's.
            case .float32(let value): values = [Float](repeating: value, count: architecture.layerCount)
            default: throw invalid("metadata '\(key)' must be a list of binary32 numbers, one a layer")
            }
            guard values.count == architecture.layerCount else {
                throw invalid("metadata '\(key)' has \(values.count) numbers for \(architecture.layerCount) layers")
            }
            for (layer, value) in values.enumerated() {
                let name = GGUFActivations.name(name, layer: layer, architecture)
                tensors[name] = TensorData(name: name, shape: shape, floats: [value])
            }
        }
        return tensors
    }
}
