internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// PEFT's `adapter_config.json`.
struct AdapterConfigurationFile {
    /// The adapter's shape, as the file says it.
    let configuration: LoRAConfiguration
    /// A key that asks for a training this engine does not have, and its value.
    let trainingOnly: (key: String, value: JSONValue)?
    private let settings: AdapterSettings

    static let name = "adapter_config.json"

    init(_ directory: URL) throws(AdapterError) {
        let url = directory.appending(path: Self.name)
        let path = url.path(percentEncoded: false)
        func invalid(_ reason: String) -> AdapterError { AdapterError(.invalidFile, "'\(path)': \(reason).") }
        let json: JSONValue
        let settings: AdapterSettings
        do {
            json = try JSONValue(parsing: WholeFile.read(url, limit: 1 << 24))
            settings = try AdapterSettings(json, path: path)
        } catch let error as FileError {
            throw AdapterError(error.code == .missing ? .missingFile : .storage(error.exitStatus), error.message)
        } catch let error as JSONError {
            throw invalid("line \(error.line), column \(error.column): \(error.reason)")
        } catch let error as ModelFileError {
            throw AdapterError(error.code == .unsupported ? .unsupported : .invalidFile, error.message)
        } catch {
            throw invalid("\(error)")
        }
        let names = json["target_modules"]
        guard !settings.targetModules.isEmpty || names?.string != nil || names?.array?.isEmpty == false else {
            throw invalid("'target_modules' must be a list of names")
        }
        configuration = LoRAConfiguration(
            rank: settings.rank, alpha: settings.alpha, dropout: settings.dropout,
            targetModules: settings.targetModules, targetPattern: settings.targetPattern,
            excludedModules: settings.excludedModules, excludedPattern: settings.excludedPattern,
            rankPattern: settings.rankPattern, alphaPattern: settings.alphaPattern,
            layersToTransform: settings.layersToTransform, layersPattern: settings.layersPattern,
            savedModules: settings.savedModules, keepsTiedHead: settings.keepsTiedHead,
            trainableTokens: settings.trainableTokens, bias: settings.bias, hasOutputBias: settings.hasOutputBias,
            usesRankStabilizedScale: settings.usesRankStabilizedScale,
            usesWeightDecomposition: settings.usesWeightDecomposition, initialization: settings.initialization)
        trainingOnly = settings.trainingOnly
        self.settings = settings
    }

    /// Refuses what the file says of how the weights of a model of the family are stored, when it is not so.
    func requireOrder(_ family: DecoderArchitecture.Family) throws(AdapterError) {
        do throws(ModelFileError) {
            try settings.requireOrder(storesTransposed: family.storesTransposed)
        } catch {
            throw AdapterError(.unsupported, error.message)
        }
    }

    private static func number(_ value: Double) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? .number(value)
    }

    /// The file's text for an adapter.
    static func text(
        _ configuration: LoRAConfiguration, family: DecoderArchitecture.Family, baseModel: String?
    ) -> String {
        func list<Element>(_ elements: [Element]?, _ json: (Element) -> JSONValue) -> JSONValue {
            elements.map { .array($0.map(json)) } ?? .null
        }
        let json: JSONValue = [
            "alpha_pattern": .object(configuration.alphaPattern.mapValues(number)),
            "auto_mapping": nil,
            "base_model_name_or_path": baseModel.map { .string($0) } ?? .null,
            "bias": .string(configuration.bias.rawValue),
            "ensure_weight_tying": .bool(configuration.keepsTiedHead),
            "exclude_modules": configuration.excludedPattern.map { .string($0) }
                ?? list(configuration.excludedModules) { .string($0) },
            "fan_in_fan_out": .bool(family.storesTransposed),
            "inference_mode": true,
            "init_lora_weights": configuration.initialization.json,
            "layers_pattern": list(configuration.layersPattern) { .string($0) },
            "layers_to_transform": list(configuration.layersToTransform) { .integer(Int64($0)) },
            "lora_alpha": number(configuration.alpha),
            "lora_bias": .bool(configuration.hasOutputBias),
            "lora_dropout": .number(configuration.dropout),
            "modules_to_save": configuration.savedModules.isEmpty
                ? .null : .array(configuration.savedModules.map { .string($0) }),
            "peft_type": "LORA",
            "r": .integer(Int64(configuration.rank)),
            "rank_pattern": .object(configuration.rankPattern.mapValues { .integer(Int64($0)) }),
            "revision": nil,
            "target_modules": configuration.targetPattern.map { .string($0) }
                ?? .array(configuration.targetModules.map { .string($0) }),
            "task_type": "CAUSAL_LM",
            "trainable_token_indices": configuration.trainableTokens?.json ?? .null,
            "use_dora": .bool(configuration.usesWeightDecomposition),
            "use_rslora": .bool(configuration.usesRankStabilizedScale),
        ]
        return json.text(.pretty) + "\n"
    }
}
