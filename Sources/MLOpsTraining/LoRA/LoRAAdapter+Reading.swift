public import Foundation
public import MLOpsCore

extension LoRAAdapter {
    /// Reads an adapter in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`.
    ///
    /// What the files ask for and this engine does not have is an error, never ignored.
    ///
    /// - Throws: ``AdapterError`` naming the key or tensor when the files do not hold a LoRA adapter of `architecture`;
    ///   ``TensorFileError`` when the tensors cannot be read.
    public init(contentsOf directory: URL, for architecture: DecoderArchitecture) throws {
        let file = try AdapterConfigurationFile(directory)
        let url = directory.appending(path: "adapter_model.safetensors")
        let tensors = try SafetensorsFile(contentsOf: url)
        let path = url.path(percentEncoded: false)
        var configuration = file.configuration
        if configuration.targetModules.isEmpty {
            // The file says which modules by a pattern or by layers: the tensors say it by name.
            configuration.targetModules = Self.modulePaths(tensors.names)
        }
        // PEFT lets a list name modules that the model does not have.
        let names = Set(architecture.projections.map(\.rawValue))
        let others = Set(AdapterConfiguration.allProjections + DecoderArchitecture.Projection.allCases.map(\.rawValue))
            .subtracting(names)
        if !names.isDisjoint(with: configuration.targetModules) {
            configuration.targetModules.removeAll(where: others.contains)
        }
        let layout = try LoRALayout(architecture, configuration: configuration)
        var parameters = [Float](repeating: 0, count: layout.parameterCount)
        var unread = Set(tensors.names)
        for module in layout.modules {
            for (name, range, shape) in [
                (module.tensorNameA, module.a, [module.rank, module.shape.inputs]),
                (module.tensorNameB, module.b, [module.shape.outputs, module.rank]),
            ] {
                guard let tensor = tensors[name] else {
                    throw AdapterError(
                        .invalidFile,
                        "'\(path)' has no tensor '\(name)', though adapter_config.json targets '\(module.projection.rawValue)'."
                    )
                }
                guard [.f32, .f16, .bf16].contains(tensor.elementType) else {
                    throw AdapterError(
                        .invalidFile,
                        "'\(path)': tensor '\(name)' is \(tensor.elementType.rawValue); F32, F16 and BF16 are read.")
                }
                guard tensor.shape == shape else {
                    throw AdapterError(
                        .invalidFile,
                        "'\(path)': tensor '\(name)' has the shape \(tensor.shape); rank \(module.rank) on this "
                            + "model needs \(shape). Is it an adapter of another base model?")
                }
                parameters.replaceSubrange(range, with: tensor.floats())
                unread.remove(name)
            }
        }
        if let name = unread.min() {
            throw AdapterError(
                .invalidFile,
                "'\(path)' has the tensor '\(name)', which is no part of a LoRA adapter with the target modules of "
                    + "adapter_config.json on this model.")
        }
        self.init(configuration: configuration, layout: layout, parameters: parameters)
    }

    /// The modules that tensors of an adapter belong to.
    private static func modulePaths(_ names: [String]) -> [String] {
        let prefix = LoRALayout.Module.tensorPrefix
        let paths = names.compactMap { name -> String? in
            guard name.hasPrefix(prefix), let end = name.range(of: ".lora_A.weight") else { return nil }
            return String(name[name.index(name.startIndex, offsetBy: prefix.count)..<end.lowerBound])
        }
        return paths.sorted()
    }
}

extension LoRALayout.Module {
    /// What PEFT writes before a module's path.
    static let tensorPrefix = "base_model.model."
    /// A's name in `adapter_model.safetensors`.
    var tensorNameA: String { "\(Self.tensorPrefix)\(path).lora_A.weight" }
    /// B's name in `adapter_model.safetensors`.
    var tensorNameB: String { "\(Self.tensorPrefix)\(path).lora_B.weight" }
}
