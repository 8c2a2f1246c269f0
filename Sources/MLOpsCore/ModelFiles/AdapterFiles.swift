public import Foundation
public import OrderedCollections

/// A low-rank adapter on disk, in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`.
///
/// Opening proves that every module has its pair of matrices and that the configuration asks for nothing whose effect
/// would be lost: a module's effective weight is W′ = W + scale · B · A, or with magnitudes m (DoRA) m ∘ W′ / ‖W′‖ by rows.
public struct AdapterFiles: Sendable {
    /// What an adapter adds to one weight.
    public struct Module: Sendable {
        /// The module's name in the base model, such as `model.layers.0.self_attn.q_proj`.
        public let name: String
        /// The first matrix, `[rank, inputs]`.
        public let a: TensorData
        /// The second matrix, `[outputs, rank]`.
        public let b: TensorData
        /// What B · A is multiplied by: alpha / rank, or alpha / √rank.
        public let scale: Float
        /// The norm of each row of the effective weight, `[outputs]`, of a DoRA adapter.
        public var magnitude: TensorData?
        /// The bias of B, `[outputs]`, which is multiplied by ``scale`` too, of an adapter with `lora_bias`.
        public var bias: TensorData?

        /// Rows of A.
        public var rank: Int { a.shape[0] }

        /// Checks that every number is finite.
        ///
        /// - Throws: ``ModelFileError`` naming the tensor of one that is not.
        package func requireFinite() throws(ModelFileError) {
            for tensor in [a, b, magnitude, bias].compactMap(\.self) where !tensor.floats().allSatisfy(\.isFinite) {
                throw ModelFileError(
                    .invalid,
                    "The adapter's tensor '\(tensor.name)' holds a number that is not finite. Its training diverged, or the "
                        + "file is damaged: use an earlier checkpoint.")
            }
        }
    }

    /// The directory.
    public let url: URL
    /// `adapter_config.json`.
    public let configuration: JSONValue
    /// The modules, in the order of their names.
    public let modules: OrderedDictionary<String, Module>

    /// Tensors that take the place of the base model's, by their names there (`modules_to_save`, `bias`).
    public let savedTensors: [String: TensorData]

    /// Vectors that take the place of some tokens' in a tensor of the base model.
    public struct TokenVectors: Sendable {
        /// The tokens, each once.
        public let tokens: [Int]
        /// Their vectors, `[tokens, hidden]`.
        public let vectors: TensorData
    }

    /// The vectors of tokens (`trainable_token_indices`), by the module's name in the base model.
    public let tokenVectors: [String: TokenVectors]
    /// What `adapter_config.json` says about them.
    public let trainableTokens: TrainableTokens?

    /// The base model's name or path, as the trainer of the adapter called it.
    public var baseModelName: String? { configuration["base_model_name_or_path"]?.string }

    /// Opens the adapter in `directory`, or in `model/` or `adapter/` inside it (a run, a checkpoint).
    ///
    /// - Throws: ``ModelFileError``: 66 when something is missing, 65 when it is wrong or unsupported.
    public init(contentsOf directory: URL) throws(ModelFileError) {
        let places = [directory, directory.appending(path: "model"), directory.appending(path: "adapter")]
        guard let url = places.first(where: { Self.exists($0.appending(path: "adapter_config.json")) }) else {
            throw ModelFileError(
                .missing,
                "'\(directory.path(percentEncoded: false))' has no adapter_config.json. Name an adapter or a run.")
        }
        self.url = url
        let configURL = url.appending(path: "adapter_config.json")
        guard let config = try ModelDocument.json(configURL) else {
            throw ModelFileError(.missing, "'\(configURL.path(percentEncoded: false))' is missing.")
        }
        configuration = config
        let settings = try AdapterSettings(config, path: configURL.path(percentEncoded: false))
        guard !settings.initialization.movesBaseWeights else {
            throw ModelFileError(
                .unsupported,
                "'\(configURL.path(percentEncoded: false))': 'init_lora_weights' \(settings.initialization.rawValue) says that the "
                    + "adapter belongs to what was left of the base weights, not to the base model. Save it with PEFT's "
                    + "path_initial_model_for_weight_conversion.")
        }
        let weights = url.appending(path: "adapter_model.safetensors")
        let file: SafetensorsFile
        do throws(TensorFileError) {
            file = try SafetensorsFile(contentsOf: weights)
        } catch {
            throw ModelFileError(error)
        }
        let path = weights.path(percentEncoded: false)
        savedTensors = Self.savedTensors(of: file, settings)
        tokenVectors = try Self.tokenVectors(of: file, settings, path: path)
        trainableTokens = settings.trainableTokens
        let others = Set(savedTensors.values.map(\.name)).union(tokenVectors.values.map(\.vectors.name))
        modules = try Self.modules(of: file, settings, path: path, besides: others)
        // Only GPT-2 has layers of this name.
        try settings.requireOrder(storesTransposed: modules.keys.allSatisfy { $0.hasPrefix("transformer.h.") })
        for tensor in savedTensors.values where !tensor.elementType.isReal {
            throw ModelFileError(
                .invalid, "'\(path)': tensor '\(tensor.name)' is \(tensor.elementType.rawValue), no real numbers.")
        }
    }

    /// The tensors that are no part of a low-rank product and that `modules_to_save` or `bias` means. With `ensure_weight_tying` a head
    /// is there too that it need not name.
    private static func savedTensors(of file: SafetensorsFile, _ settings: AdapterSettings) -> [String: TensorData] {
        var saved: [String: TensorData] = [:]
        for name in file.names where !name.contains(".lora_") {
            let plain = name.hasPrefix("base_model.model.") ? String(name.dropFirst(17)) : name
            let isHead =
                plain.hasSuffix(".weight") && DecoderArchitecture.Family.headModules.contains(String(plain.dropLast(7)))
            guard settings.saves(plain) || (settings.keepsTiedHead && isHead) else { continue }
            // A linear layer is inside the adapter's module in PEFT.
            saved[plain.replacing(".base_layer.bias", with: ".bias")] = file[name]
        }
        return saved
    }

    /// The tensors `MODULE.token_adapter.trainable_tokens_delta`.
    private static func tokenVectors(
        of file: SafetensorsFile, _ settings: AdapterSettings, path: String
    ) throws(ModelFileError) -> [String: TokenVectors] {
        var found: [String: TokenVectors] = [:]
        for name in file.names where name.hasSuffix(Self.tokenVectorsEnd) {
            guard let tensor = file[name] else { continue }
            let plain = name.hasPrefix("base_model.model.") ? String(name.dropFirst(17)) : name
            let module = String(plain.dropLast(Self.tokenVectorsEnd.count))
            guard let tokens = settings.tokens(of: module) else { continue }
            guard tensor.elementType.isReal, tensor.shape.count == 2, tensor.shape[0] == tokens.count,
                Set(tokens).count == tokens.count
            else {
                throw ModelFileError(
                    .invalid,
                    "'\(path)': tensor '\(name)' is \(tensor.elementType.rawValue) \(tensor.shape), but trainable_token_indices "
                        + "gives '\(module)' \(tokens.count) tokens; it must have a row for each, and no token twice.")
            }
            found[module] = TokenVectors(tokens: tokens, vectors: tensor)
        }
        guard settings.trainableTokens == nil || !found.isEmpty else {
            throw ModelFileError(
                .invalid,
                "'\(path)' has no tensor '…\(Self.tokenVectorsEnd)', though adapter_config.json asks for it "
                    + "('trainable_token_indices').")
        }
        return found
    }

    /// What follows a module's name in the name of its tokens' vectors.
    package static let tokenVectorsEnd = ".token_adapter.trainable_tokens_delta"

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path(percentEncoded: false))
    }

    /// Pairs the matrices: `base_model.model.NAME.lora_A.weight` and `….lora_B.weight`.
    private static func modules(
        of file: SafetensorsFile, _ settings: AdapterSettings, path: String, besides saved: Set<String>
    ) throws(ModelFileError) -> OrderedDictionary<String, Module> {
        func invalid(_ reason: String) -> ModelFileError { ModelFileError(.invalid, "'\(path)': \(reason).") }
        var pairs: [String: (a: TensorData?, b: TensorData?)] = [:]
        var magnitudes: [String: TensorData] = [:]
        var biases: [String: TensorData] = [:]
        for name in file.names where !saved.contains(name) {
            guard let tensor = file[name] else { continue }
            let plain = name.hasPrefix("base_model.model.") ? String(name.dropFirst(17)) : name
            // PEFT leaves the adapter's own name out when it saves; `.default` is there in states saved by hand.
            let parts = plain.replacing(".default.weight", with: ".weight")
                .replacing(".default.bias", with: ".bias")
            if parts.hasSuffix(".lora_A.weight") {
                pairs[String(parts.dropLast(14)), default: (nil, nil)].a = tensor
            } else if parts.hasSuffix(".lora_B.weight") {
                pairs[String(parts.dropLast(14)), default: (nil, nil)].b = tensor
            } else if settings.usesWeightDecomposition, parts.hasSuffix(".lora_magnitude_vector") {
                magnitudes[String(parts.dropLast(22))] = tensor
            } else if settings.hasOutputBias, parts.hasSuffix(".lora_B.bias") {
                biases[String(parts.dropLast(12))] = tensor
            } else {
                throw ModelFileError(
                    .unsupported,
                    "'\(path)': tensor '\(name)' is not part of a plain low-rank adapter, so it cannot be applied.")
            }
        }
        guard !pairs.isEmpty else { throw invalid("it has no tensors") }
        var modules: OrderedDictionary<String, Module> = [:]
        for (name, pair) in pairs.sorted(by: { $0.key < $1.key }) {
            guard let a = pair.a, let b = pair.b else {
                throw invalid("module '\(name)' has no lora_\(pair.a == nil ? "A" : "B")")
            }
            guard a.shape.count == 2, b.shape.count == 2, a.shape[0] == b.shape[1], a.shape[0] > 0,
                a.elementType.isReal, b.elementType.isReal
            else {
                throw invalid("module '\(name)' has an A of \(a.shape) and a B of \(b.shape), which do not fit")
            }
            let rank = try settings.rank(of: name)
            guard rank == a.shape[0] else {
                throw invalid("module '\(name)' has rank \(a.shape[0]), but adapter_config.json says \(rank)")
            }
            var module = Module(name: name, a: a, b: b, scale: try settings.scale(of: name, rank: rank))
            if settings.usesWeightDecomposition {
                guard let magnitude = magnitudes.removeValue(forKey: name), magnitude.elementType.isReal,
                    magnitude.elementCount == b.shape[0]
                else {
                    throw invalid(
                        "module '\(name)' has no lora_magnitude_vector of \(b.shape[0]) numbers, though use_dora is true"
                    )
                }
                module.magnitude = magnitude
            }
            if settings.hasOutputBias {
                guard let bias = biases.removeValue(forKey: name), bias.elementType.isReal, bias.shape == [b.shape[0]]
                else {
                    throw invalid(
                        "module '\(name)' has no lora_B.bias of \(b.shape[0]) numbers, though lora_bias is true")
                }
                module.bias = bias
            }
            modules[name] = module
        }
        if let name = biases.keys.min() { throw invalid("'\(name)' has a lora_B.bias and no lora_A") }
        if let name = magnitudes.keys.min() { throw invalid("'\(name)' has a lora_magnitude_vector and no lora_A") }
        return modules
    }
}
