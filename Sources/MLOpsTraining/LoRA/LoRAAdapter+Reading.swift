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
        let adapter = try LoRAAdapter(contentsOf: directory, besideMovedWeightsOf: architecture)
        let initialization = adapter.configuration.initialization
        guard !initialization.movesBaseWeights else {
            throw AdapterError(
                .unsupported,
                "'\(directory.path(percentEncoded: false))' holds an adapter for what 'init_lora_weights' \(initialization.rawValue) "
                    + "left of the base weights, not for the base model. Save it with path_initial_model_for_weight_conversion, "
                    + "or go on training it with init_adapter.")
        }
        try adapter.requireFinite(in: directory)
        self = adapter
    }

    /// Checks that no number of an adapter read from `directory` is infinite or none at all.
    ///
    /// - Throws: ``AdapterError`` naming the tensor.
    func requireFinite(in directory: URL) throws(AdapterError) {
        let saved = layout.savedTensors.map { ($0.tensorNames[0], $0.range, $0.shape) }
        for (name, range, _) in layout.modules.flatMap(\.tensors) + saved
        where !parameters[range].allSatisfy(\.isFinite) {
            throw AdapterError(
                .invalidFile,
                "'\(directory.path(percentEncoded: false))': tensor '\(name)' holds a number that is not finite. Its training "
                    + "diverged, or the file is damaged: use an earlier checkpoint.")
        }
    }

    /// Reads an adapter that may be one for changed base weights.
    ///
    /// - Parameter configured: what it was made with, where that is known. PEFT's file sorts patterns, of which the first that
    ///   matches counts; the same ones in `configured` have the order in which they were applied.
    init(
        contentsOf directory: URL, besideMovedWeightsOf architecture: DecoderArchitecture,
        configured: LoRAConfiguration? = nil
    ) throws {
        let file = try AdapterConfigurationFile(directory)
        try file.requireOrder(architecture.family)
        let url = directory.appending(path: "adapter_model.safetensors")
        let tensors = try SafetensorsFile(contentsOf: url)
        let path = url.path(percentEncoded: false)
        var configuration = file.configuration
        if let configured { configuration.takePatternOrder(of: configured) }
        if configuration.targetPattern != nil || configuration.excludedPattern != nil {
            let named = Self.modulePaths(tensors.names)
            let layout = try? LoRALayout(architecture, configuration: configuration)
            // What an expression means in Python, and not here, the tensors say by name.
            if layout?.modules.map(\.path).sorted() != named {
                (configuration.targetPattern, configuration.targetModules) = (nil, named)
                (configuration.excludedPattern, configuration.excludedModules) = (nil, nil)
                (configuration.layersToTransform, configuration.layersPattern) = (nil, nil)
            }
        } else {
            // PEFT lets lists name modules that the model does not have.
            let paths = (0..<architecture.layerCount).flatMap { layer in
                architecture.projections.map { architecture.family.path(of: $0, layer: layer) }
            }
            func known(_ names: [String], among paths: [String]) -> [String] {
                names.filter { name in paths.contains { $0 == name || $0.hasSuffix("." + name) } }
            }
            let targets = known(configuration.targetModules, among: paths)
            if !targets.isEmpty { configuration.targetModules = targets }
            if let excluded = configuration.excludedModules {
                let targeted = paths.filter { path in !known(targets, among: [path]).isEmpty }
                let names = known(excluded, among: targeted)
                configuration.excludedModules = names.isEmpty ? nil : names
            }
        }
        // PEFT takes the head's name out where the two are kept one, and the embedding's may be one that it does not know them by; the
        // file holds both.
        if configuration.keepsTiedHead, architecture.tiedHead, !configuration.savesTiedHead,
            tensors.names.contains(LoRALayout.Module.tensorPrefix + architecture.family.headModule + ".weight")
        {
            configuration.savedModules.append(architecture.family.headModule)
        }
        configuration.forgetUnknownSavedModules(of: architecture)
        let layout = try LoRALayout(architecture, configuration: configuration)
        var parameters = [Float](repeating: 0, count: layout.parameterCount)
        var unread = Set(tensors.names)
        for module in layout.modules {
            for (name, range, shape) in module.tensors {
                guard let tensor = tensors[name] else {
                    throw AdapterError(
                        .invalidFile,
                        "'\(path)' has no tensor '\(name)', though adapter_config.json targets '\(architecture.family.name(of: module.projection))'."
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
        for saved in layout.savedTensors {
            let copies = try saved.tensorNames.map { name in
                unread.remove(name)
                return try Self.numbers(name, of: saved, in: tensors, path: path)
            }
            guard copies.allSatisfy({ $0 == copies[0] }) else {
                throw AdapterError(
                    .invalidFile,
                    "'\(path)' holds different tensors \(saved.tensorNames.joined(separator: " and ")), though "
                        + "ensure_weight_tying says that they are one.")
            }
            parameters.replaceSubrange(saved.range, with: copies[0])
        }
        if let name = unread.min() {
            throw AdapterError(
                .invalidFile,
                "'\(path)' has the tensor '\(name)', which is no part of a LoRA adapter with the target modules of "
                    + "adapter_config.json on this model.")
        }
        self.init(configuration: configuration, layout: layout, parameters: parameters)
    }

    /// The numbers of a tensor that was trained whole.
    private static func numbers(
        _ name: String, of saved: SavedTensor, in tensors: SafetensorsFile, path: String
    ) throws(AdapterError) -> [Float] {
        guard let tensor = tensors[name], [.f32, .f16, .bf16].contains(tensor.elementType) else {
            throw AdapterError(
                .invalidFile,
                "'\(path)' has no tensor '\(name)' of real numbers, though adapter_config.json asks for it "
                    + "('modules_to_save', 'bias', 'trainable_token_indices').")
        }
        guard tensor.shape == saved.shape else {
            throw AdapterError(
                .invalidFile,
                "'\(path)': tensor '\(name)' has the shape \(tensor.shape), and this model's is \(saved.shape). Is it an "
                    + "adapter of another base model, or of one with another vocabulary?")
        }
        return tensor.floats()
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
    /// The name of B's bias in `adapter_model.safetensors`.
    var tensorNameBias: String { "\(Self.tensorPrefix)\(path).lora_B.bias" }
    /// The magnitude's name in `adapter_model.safetensors`.
    var tensorNameMagnitude: String { "\(Self.tensorPrefix)\(path).lora_magnitude_vector" }

    /// The tensors of the module as PEFT names and shapes them, and their places in the buffer.
    var tensors: [(name: String, range: Range<Int>, shape: [Int])] {
        let matrices = [
            (tensorNameA, a, [rank, shape.inputs]), (tensorNameB, b, [shape.outputs, rank]),
        ]
        let magnitudes = isDecomposed ? [(tensorNameMagnitude, magnitude, [shape.outputs])] : []
        return matrices + magnitudes + (hasBias ? [(tensorNameBias, bias, [shape.outputs])] : [])
    }
}
