package import OrderedCollections

/// What PEFT's `adapter_config.json` says; a wish that cannot be fulfilled is refused by name, never ignored.
package struct AdapterSettings: Sendable {
    /// Rows of A where no pattern says otherwise.
    package let rank: Int
    /// The numerator of the scale where no pattern says otherwise.
    package let alpha: Double
    /// The share of the inputs that training drops.
    package let dropout: Double
    /// Whether the scale is alpha / √rank instead of alpha / rank.
    package let usesRankStabilizedScale: Bool
    /// Whether every module has a magnitude (DoRA).
    package let usesWeightDecomposition: Bool
    /// Ranks by patterns of module names.
    package let rankPattern: OrderedDictionary<String, Int>
    /// Alphas by patterns of module names.
    package let alphaPattern: OrderedDictionary<String, Double>
    /// How the adapter began; a start that leaves the base weights alone and is not known here counts as `standard`.
    package let initialization: AdapterConfiguration.Initialization
    /// The names in `target_modules`; empty when the file gives a pattern.
    package let targetModules: [String]
    /// `target_modules` as a regular expression.
    package let targetPattern: String?
    /// The names in `exclude_modules`.
    package let excludedModules: [String]?
    /// `exclude_modules` as a regular expression.
    package let excludedPattern: String?
    /// The layers in `layers_to_transform`.
    package let layersToTransform: [Int]?
    /// The names in `layers_pattern`.
    package let layersPattern: [String]?
    /// The names in `modules_to_save`: modules whose own weights lie beside the matrices.
    package let savedModules: [String]
    /// Whether a head that is the embedding matrix stays it when that is among them.
    package let keepsTiedHead: Bool
    /// Which of the base model's biases lie beside the matrices.
    package let bias: AdapterConfiguration.Bias
    /// Whether every module has a bias beside B (`lora_bias`).
    package let hasOutputBias: Bool
    /// Tokens whose vectors lie beside the matrices (`trainable_token_indices`).
    package let trainableTokens: TrainableTokens?
    /// Whether the weights are stored as [inputs, outputs], as PEFT says of GPT-2; the adapter's own matrices never are.
    package let saysTransposed: Bool
    /// A key whose training differs from that of a low-rank adapter, and its value; what is computed from a finished adapter
    /// does not depend on it.
    package let trainingOnly: (key: String, value: JSONValue)?

    private let ranks: ModulePatterns<Int>
    private let alphas: ModulePatterns<Double>
    private let path: String

    /// Keys that are read below, or change nothing in what a finished adapter computes or in how it trains.
    private static let known: Set<String> = [
        "alpha_pattern", "auto_mapping", "bias", "base_model_name_or_path", "ensure_weight_tying", "eva_config",
        "exclude_modules", "fan_in_fan_out", "inference_mode", "init_lora_weights", "layers_pattern",
        "layers_to_transform",
        "lora_alpha", "lora_bias", "lora_dropout", "megatron_config", "megatron_core", "modules_to_save", "peft_type",
        "peft_version",
        "qalora_group_size", "r", "rank_pattern", "revision", "runtime_config", "target_modules", "task_type",
        "trainable_token_indices", "use_dora", "use_rslora", "velora_config",
    ]

    /// Reads the settings.
    ///
    /// - Parameter path: the file's path, for messages.
    /// - Throws: ``ModelFileError`` naming the key whose value is wrong, or asks for what this package does not have.
    package init(_ config: JSONValue, path: String) throws(ModelFileError) {
        self.path = path
        let reader = Reader(config: config, path: path)
        guard let members = config.object else { throw reader.invalid("it is not a JSON object") }
        guard let type = config["peft_type"], type == "LORA" else {
            throw reader.unsupported("peft_type", config["peft_type"] ?? .null)
        }
        for (key, value) in members where !Self.known.contains(key) {
            switch value {
            case .null, .bool(false), [], .object([:]): continue
            default: throw reader.unsupported(key, value)
            }
        }
        rank = try reader.rank("r", config["r"])
        alpha = try reader.positive("lora_alpha", config["lora_alpha"])
        dropout = try reader.share("lora_dropout")
        usesRankStabilizedScale = try reader.flag("use_rslora")
        usesWeightDecomposition = try reader.flag("use_dora")
        rankPattern = try reader.table("rank_pattern") { (key, value) throws(ModelFileError) in
            try reader.rank(key, value)
        }
        alphaPattern = try reader.table("alpha_pattern") { (key, value) throws(ModelFileError) in
            try reader.positive(key, value)
        }
        ranks = try ModulePatterns(rankPattern, key: "rank_pattern")
        alphas = try ModulePatterns(alphaPattern, key: "alpha_pattern")
        initialization = try reader.initialization()
        targetModules = (try reader.names("target_modules", text: nil) ?? []).sorted()
        targetPattern = config["target_modules"]?.string
        excludedModules = try reader.names("exclude_modules", text: nil)
        excludedPattern = config["exclude_modules"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        layersToTransform = try reader.layers()
        layersPattern = try reader.names("layers_pattern", text: { [$0] })
        savedModules = try reader.names("modules_to_save", text: nil) ?? []
        guard config["modules_to_save"]?.string == nil else {
            throw reader.invalid("'modules_to_save' must be a list of names")
        }
        keepsTiedHead = try reader.flag("ensure_weight_tying")
        bias = try reader.bias()
        hasOutputBias = try reader.flag("lora_bias")
        trainableTokens = try reader.tokens()
        saysTransposed = try reader.flag("fan_in_fan_out")
        trainingOnly = reader.trainingOnly()
    }

    /// Refuses weights that are said to be transposed in a model whose are not.
    package func requireOrder(storesTransposed: Bool) throws(ModelFileError) {
        guard saysTransposed, !storesTransposed else { return }
        throw ModelFileError(.unsupported, "'\(path)': 'fan_in_fan_out' true is not supported for this model.")
    }

    /// Whether `modules_to_save` names the module of a tensor, by the end of its path as in PEFT, or `bias` means it.
    package func saves(_ tensor: String) -> Bool {
        if bias != .none, tensor.hasSuffix(".bias") { return true }
        let module = tensor.lastIndex(of: ".").map { tensor[..<$0] } ?? ""
        let holders = module.indices.filter { module[$0] == "." }.map { module[..<$0] } + [module[...]]
        return savedModules.contains { name in !name.isEmpty && holders.contains { $0.hasSuffix(name) } }
    }

    /// The tokens whose vectors a tensor `MODULE.token_adapter.trainable_tokens_delta` holds; nil when the file does not say so.
    package func tokens(of module: String) -> [Int]? {
        switch trainableTokens {
        case .embedding(let ids): ids
        case .modules(let modules): modules.first { module == $0.key || module.hasSuffix("." + $0.key) }?.value
        case nil: nil
        }
    }

    /// Returns the rank of the module called `name`.
    ///
    /// - Throws: ``ModelFileError`` when a pattern takes too long.
    package func rank(of name: String) throws(ModelFileError) -> Int { try ranks.value(of: name) ?? rank }

    /// Returns what B · A of the module called `name` is multiplied by.
    ///
    /// - Throws: ``ModelFileError`` when a pattern takes too long, or the scale is beyond binary32.
    package func scale(of name: String, rank: Int) throws(ModelFileError) -> Float {
        let alpha = try alphas.value(of: name) ?? alpha
        let scale = Float(alpha / (usesRankStabilizedScale ? Double(rank).squareRoot() : Double(rank)))
        guard scale.isFinite else {
            throw ModelFileError(.invalid, "'\(path)': the scale of '\(name)' is too large for binary32.")
        }
        return scale
    }
}

/// Typed reading of the file; every refusal names the key.
private struct Reader {
    let config: JSONValue
    let path: String

    func invalid(_ reason: String) -> ModelFileError { ModelFileError(.invalid, "'\(path)': \(reason).") }

    func unsupported(_ key: String, _ value: JSONValue) -> ModelFileError {
        ModelFileError(.unsupported, "'\(path)': '\(key)' \(value.text().prefix(80)) is not supported.")
    }

    /// A value that is there and not `null`.
    private func value(_ key: String) -> JSONValue? {
        guard let value = config[key], !value.isNull else { return nil }
        return value
    }

    func rank(_ key: String, _ value: JSONValue?) throws(ModelFileError) -> Int {
        guard let rank = value?.int, rank > 0 else { throw invalid("'\(key)' must be a whole number above 0") }
        return rank
    }

    /// PEFT takes an alpha of 0 or less too; one that switches the adapter off or turns it round is more likely a mistake.
    func positive(_ key: String, _ value: JSONValue?) throws(ModelFileError) -> Double {
        guard let number = value?.double, number > 0, number.isFinite else {
            throw invalid("'\(key)' must be a number above 0")
        }
        return number
    }

    func share(_ key: String) throws(ModelFileError) -> Double {
        guard let value = value(key) else { return 0 }
        guard let share = value.double, (0...1).contains(share) else {
            throw invalid("'\(key)' must be a number from 0 to 1")
        }
        return share
    }

    func flag(_ key: String) throws(ModelFileError) -> Bool {
        guard let value = value(key) else { return false }
        guard let flag = value.bool else { throw invalid("'\(key)' must be true or false") }
        return flag
    }

    func table<Value>(
        _ key: String, _ read: (String, JSONValue) throws(ModelFileError) -> Value
    ) throws(ModelFileError) -> OrderedDictionary<String, Value> {
        guard let value = value(key) else { return [:] }
        guard let members = value.object else { throw invalid("'\(key)' must be an object") }
        var values: OrderedDictionary<String, Value> = [:]
        for (pattern, member) in members { values[pattern] = try read("\(key)' of '\(pattern)", member) }
        return values
    }

    /// A list of names; nil when there is none, and for a text what `text` makes of it.
    func names(_ key: String, text: ((String) -> [String])?) throws(ModelFileError) -> [String]? {
        guard let value = value(key), value != [], value != "" else { return nil }
        if let word = value.string { return text?(word) }
        let names = value.array?.map(\.string) ?? [nil]
        guard !names.contains(nil) else { throw invalid("'\(key)' must be a list of names") }
        return names.compactMap(\.self)
    }

    func bias() throws(ModelFileError) -> AdapterConfiguration.Bias {
        guard let value = value("bias"), value != false else { return .none }
        guard let bias = value.string.flatMap(AdapterConfiguration.Bias.init(rawValue:)) else {
            throw unsupported("bias", value)
        }
        return bias
    }

    func tokens() throws(ModelFileError) -> TrainableTokens? {
        guard let value = value("trainable_token_indices"), value != .object([:]) else { return nil }
        guard let tokens = TrainableTokens(value) else {
            throw invalid("'trainable_token_indices' must be a list of ids or an object of such lists")
        }
        return tokens
    }

    func layers() throws(ModelFileError) -> [Int]? {
        guard let value = value("layers_to_transform"), value != [] else { return nil }
        let layers = (value.array ?? [value]).map(\.int)
        guard !layers.contains(nil) else { throw invalid("'layers_to_transform' must be whole numbers") }
        return layers.compactMap(\.self)
    }

    /// Starts that leave the base weights alone are of no consequence once an adapter is there; others belong beside weights
    /// that only their maker has.
    func initialization() throws(ModelFileError) -> AdapterConfiguration.Initialization {
        guard let value = value("init_lora_weights"), !["orthogonal", "eva", "mica"].contains(value) else {
            return .standard
        }
        let word = value.bool.map { $0 ? "true" : "false" } ?? value.string ?? ""
        guard let initialization = AdapterConfiguration.Initialization(rawValue: word) else {
            throw unsupported("init_lora_weights", value)
        }
        return initialization
    }

    func trainingOnly() -> (key: String, value: JSONValue)? {
        if let value = value("velora_config"), value != .object([:]) { return ("velora_config", value) }
        // MiCA keeps B as it began.
        if let value = value("init_lora_weights"), value == "mica" { return ("init_lora_weights", value) }
        return nil
    }
}
