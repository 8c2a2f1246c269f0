internal import OrderedCollections

/// What `adapter_config.json` says about ranks and scales; every other wish it has is refused by name.
struct AdapterSettings {
    private let rank: Int
    private let alpha: Double
    private let usesSquareRoot: Bool
    private let ranks: ModulePatterns<Double>
    private let alphas: ModulePatterns<Double>
    /// Whether every module has a magnitude (DoRA).
    let isDecomposed: Bool
    private let path: String

    /// Keys that say how an adapter was made or found, and change nothing in what it computes.
    private static let harmless: Set<String> = [
        "alpha_pattern", "auto_mapping", "base_model_name_or_path", "ensure_weight_tying", "eva_config",
        "exclude_modules",
        "inference_mode", "init_lora_weights", "layers_pattern", "layers_to_transform", "lora_alpha", "lora_dropout",
        "megatron_config", "megatron_core", "peft_type", "peft_version", "qalora_group_size", "r", "rank_pattern",
        "revision", "runtime_config", "target_modules", "task_type", "use_dora", "use_rslora",
    ]

    init(_ config: JSONValue, path: String) throws(ModelFileError) {
        self.path = path
        func invalid(_ reason: String) -> ModelFileError { ModelFileError(.invalid, "'\(path)': \(reason).") }
        func unsupported(_ key: String, _ value: JSONValue) -> ModelFileError {
            ModelFileError(.unsupported, "'\(path)': '\(key)' \(value.text().prefix(80)) is not supported.")
        }
        guard let members = config.object else { throw invalid("it is not a JSON object") }
        guard let type = config["peft_type"], type == "LORA" else {
            throw unsupported("peft_type", config["peft_type"] ?? .null)
        }
        for (key, value) in members where !Self.harmless.contains(key) {
            switch value {
            case .null, .bool(false), [], .object([:]): continue
            case "none" where key == "bias": continue
            default: throw unsupported(key, value)
            }
        }
        // These begin from a changed base, so adding them to the original one would be wrong.
        switch config["init_lora_weights"] ?? true {
        case .bool, .null, "gaussian", "orthogonal", "eva": break
        case let other: throw unsupported("init_lora_weights", other)
        }
        guard let rank = config["r"]?.int, rank > 0 else { throw invalid("'r' must be a whole number above 0") }
        guard let alpha = config["lora_alpha"]?.double, alpha.isFinite else {
            throw invalid("'lora_alpha' must be a number")
        }
        if let flag = config["use_rslora"], flag.bool == nil, !flag.isNull {
            throw invalid("'use_rslora' must be true or false")
        }
        if let flag = config["use_dora"], flag.bool == nil, !flag.isNull {
            throw invalid("'use_dora' must be true or false")
        }
        isDecomposed = config["use_dora"]?.bool ?? false
        self.rank = rank
        self.alpha = alpha
        usesSquareRoot = config["use_rslora"]?.bool ?? false
        ranks = try Self.patterns("rank_pattern", config, path: path)
        alphas = try Self.patterns("alpha_pattern", config, path: path)
    }

    /// Reads patterns of module names, each with a number above 0.
    private static func patterns(
        _ key: String, _ config: JSONValue, path: String
    ) throws(ModelFileError) -> ModulePatterns<Double> {
        guard let value = config[key], !value.isNull else { return try ModulePatterns([:], key: key) }
        guard let members = value.object else {
            throw ModelFileError(.invalid, "'\(path)': '\(key)' is not an object.")
        }
        var values: OrderedDictionary<String, Double> = [:]
        for (pattern, value) in members {
            guard let number = value.double, number > 0, number.isFinite else {
                throw ModelFileError(.invalid, "'\(path)': '\(key)' of '\(pattern)' must be a number above 0.")
            }
            values[pattern] = number
        }
        return try ModulePatterns(values, key: key)
    }

    func rank(of name: String) throws(ModelFileError) -> Int {
        guard let value = try ranks.value(of: name) else { return rank }
        guard let rank = Int(exactly: value) else {
            throw ModelFileError(.invalid, "'\(path)': 'rank_pattern' of '\(name)' is not a whole number.")
        }
        return rank
    }

    func scale(of name: String, rank: Int) throws(ModelFileError) -> Float {
        let alpha = try alphas.value(of: name) ?? alpha
        let scale = Float(alpha / (usesSquareRoot ? Double(rank).squareRoot() : Double(rank)))
        guard scale.isFinite else {
            throw ModelFileError(.invalid, "'\(path)': the scale of '\(name)' is not a number.")
        }
        return scale
    }
}
