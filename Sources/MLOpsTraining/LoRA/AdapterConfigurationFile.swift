internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// PEFT's `adapter_config.json`.
struct AdapterConfigurationFile {
    /// The adapter's shape; without target modules when the file gives a pattern or picks layers.
    let configuration: LoRAConfiguration

    static let name = "adapter_config.json"

    /// Values with which a key of the file changes nothing; any other is a method this engine does not have.
    private static let harmless: [String: [JSONValue]] = [
        "bias": ["none"], "fan_in_fan_out": [false], "lora_bias": [false], "use_qalora": [false],
        "modules_to_save": [.array([])],
        "layer_replication": [], "alora_invocation_tokens": [], "trainable_token_indices": [], "target_parameters": [],
        "use_bdlora": [], "arrow_config": [], "megatron_config": [],
    ]

    init(_ directory: URL) throws(AdapterError) {
        let url = directory.appending(path: Self.name)
        let path = url.path(percentEncoded: false)
        func invalid(_ reason: String) -> AdapterError { AdapterError(.invalidFile, "'\(path)': \(reason).") }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: WholeFile.read(url, limit: 1 << 24))
        } catch let error as FileError {
            throw AdapterError(error.code == .missing ? .missingFile : .storage(error.exitStatus), error.message)
        } catch let error as JSONError {
            throw invalid(error.message)
        } catch {
            throw invalid("\(error)")
        }
        guard json.object != nil else { throw invalid("it must hold an object") }
        if let kind = json["peft_type"], kind.string != "LORA" {
            throw AdapterError(.unsupported, "'\(path)': peft_type \(kind.text()) is not supported; \"LORA\" is.")
        }
        for (key, values) in Self.harmless.sorted(by: { $0.key < $1.key }) {
            if let value = json[key], !value.isNull, !values.contains(value) {
                throw AdapterError(.unsupported, "'\(path)': '\(key)' \(value.text()) is not supported.")
            }
        }
        guard let rank = json["r"]?.int else { throw invalid("'r' must be a whole number") }
        guard let alpha = json["lora_alpha"]?.double else { throw invalid("'lora_alpha' must be a number") }
        var configuration = LoRAConfiguration(rank: rank, alpha: alpha, targetModules: [])
        if let value = json["lora_dropout"], !value.isNull {
            guard let dropout = value.double else { throw invalid("'lora_dropout' must be a number") }
            configuration.dropout = dropout
        }
        func flag(_ key: String) throws(AdapterError) -> Bool {
            guard let value = json[key], !value.isNull else { return false }
            guard let flag = value.bool else { throw invalid("'\(key)' must be true or false") }
            return flag
        }
        configuration.usesRankStabilizedScale = try flag("use_rslora")
        configuration.usesWeightDecomposition = try flag("use_dora")
        configuration.rankPattern = try Self.table("rank_pattern", json, invalid, "whole numbers", \.int)
        configuration.alphaPattern = try Self.table("alpha_pattern", json, invalid, "numbers", \.double)
        // Starts that leave the base weights alone are of no consequence once an adapter is there.
        let forgettable: [JSONValue] = ["orthogonal", "eva", "mica"]
        if let value = json["init_lora_weights"], !value.isNull, !forgettable.contains(value) {
            guard
                let initialization = AdapterConfiguration.Initialization(
                    rawValue: value.bool.map { $0 ? "true" : "false" } ?? value.string ?? "")
            else {
                throw AdapterError(.unsupported, "'\(path)': 'init_lora_weights' \(value.text()) is not supported.")
            }
            configuration.initialization = initialization
        }
        let excluded = json["exclude_modules"].map { !$0.isNull && $0 != .array([]) } ?? false
        if !excluded, let names = json["target_modules"]?.array {
            configuration.targetModules = try Self.names(names, "target_modules", invalid).sorted()
            if let value = json["layers_to_transform"], !value.isNull, value != .array([]) {
                let layers = (value.array ?? [value]).map(\.int)
                guard !layers.contains(nil) else { throw invalid("'layers_to_transform' must be whole numbers") }
                configuration.layersToTransform = layers.compactMap(\.self)
            }
            if let value = json["layers_pattern"], !value.isNull, value != .array([]), value != "" {
                configuration.layersPattern = try Self.names(value.array ?? [value], "layers_pattern", invalid)
            }
        } else if !excluded, json["target_modules"]?.string == nil {
            throw invalid("'target_modules' must be a list of names")
        }
        self.configuration = configuration
    }

    private static func names(
        _ values: [JSONValue], _ key: String, _ invalid: (String) -> AdapterError
    ) throws(AdapterError) -> [String] {
        let names = values.map(\.string)
        guard !names.contains(nil) else { throw invalid("'\(key)' must be a list of names") }
        return names.compactMap(\.self)
    }

    private static func table<Value>(
        _ key: String, _ json: JSONValue, _ invalid: (String) -> AdapterError, _ kind: String,
        _ value: (JSONValue) -> Value?
    ) throws(AdapterError) -> OrderedDictionary<String, Value> {
        guard let entry = json[key], !entry.isNull else { return [:] }
        guard let members = entry.object else { throw invalid("'\(key)' must be an object") }
        let values = members.compactMapValues(value)
        guard values.count == members.count else { throw invalid("'\(key)' must give \(kind)") }
        return values
    }

    private static func number(_ value: Double) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? .number(value)
    }

    /// The file's text for an adapter.
    static func text(_ configuration: LoRAConfiguration, baseModel: String?) -> String {
        func list<Element>(_ elements: [Element]?, _ json: (Element) -> JSONValue) -> JSONValue {
            elements.map { .array($0.map(json)) } ?? .null
        }
        let json: JSONValue = [
            "alpha_pattern": .object(configuration.alphaPattern.mapValues(number)),
            "auto_mapping": nil,
            "base_model_name_or_path": baseModel.map { .string($0) } ?? .null,
            "bias": "none",
            "fan_in_fan_out": false,
            "inference_mode": true,
            "init_lora_weights": configuration.initialization.json,
            "layers_pattern": list(configuration.layersPattern) { .string($0) },
            "layers_to_transform": list(configuration.layersToTransform) { .integer(Int64($0)) },
            "lora_alpha": number(configuration.alpha),
            "lora_dropout": .number(configuration.dropout),
            "modules_to_save": nil,
            "peft_type": "LORA",
            "r": .integer(Int64(configuration.rank)),
            "rank_pattern": .object(configuration.rankPattern.mapValues { .integer(Int64($0)) }),
            "revision": nil,
            "target_modules": .array(configuration.targetModules.map { .string($0) }),
            "task_type": "CAUSAL_LM",
            "use_dora": .bool(configuration.usesWeightDecomposition),
            "use_rslora": .bool(configuration.usesRankStabilizedScale),
        ]
        return json.text(.pretty) + "\n"
    }
}
