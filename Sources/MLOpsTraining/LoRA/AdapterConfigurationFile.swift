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
        "bias": ["none"], "fan_in_fan_out": [false], "use_dora": [false], "lora_bias": [false], "use_qalora": [false],
        "modules_to_save": [.array([])], "rank_pattern": [.object([:])], "alpha_pattern": [.object([:])],
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
        if let value = json["use_rslora"], !value.isNull {
            guard let flag = value.bool else { throw invalid("'use_rslora' must be true or false") }
            configuration.usesRankStabilizedScale = flag
        }
        let picksLayers = ["layers_to_transform", "exclude_modules"].contains { key in
            json[key].map { !$0.isNull && $0 != .array([]) } ?? false
        }
        if !picksLayers, let names = json["target_modules"]?.array {
            configuration.targetModules = try names.map { (name) throws(AdapterError) in
                guard let name = name.string else { throw invalid("'target_modules' must be a list of names") }
                return name
            }.sorted()
        } else if !picksLayers, json["target_modules"]?.string == nil {
            throw invalid("'target_modules' must be a list of names")
        }
        self.configuration = configuration
    }

    /// The file's text for an adapter.
    static func text(_ configuration: LoRAConfiguration, baseModel: String?) -> String {
        let alpha: JSONValue =
            Int64(exactly: configuration.alpha).map { .integer($0) } ?? .number(configuration.alpha)
        let initialization: JSONValue = configuration.initialization == .standard ? true : .string("gaussian")
        let json: JSONValue = [
            "alpha_pattern": .object([:]),
            "auto_mapping": nil,
            "base_model_name_or_path": baseModel.map { .string($0) } ?? .null,
            "bias": "none",
            "fan_in_fan_out": false,
            "inference_mode": true,
            "init_lora_weights": initialization,
            "layers_pattern": nil,
            "layers_to_transform": nil,
            "lora_alpha": alpha,
            "lora_dropout": .number(configuration.dropout),
            "modules_to_save": nil,
            "peft_type": "LORA",
            "r": .integer(Int64(configuration.rank)),
            "rank_pattern": .object([:]),
            "revision": nil,
            "target_modules": .array(configuration.targetModules.map { .string($0) }),
            "task_type": "CAUSAL_LM",
            "use_dora": false,
            "use_rslora": .bool(configuration.usesRankStabilizedScale),
        ]
        return json.text(.pretty) + "\n"
    }
}
