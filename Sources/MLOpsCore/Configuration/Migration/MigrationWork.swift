internal import Foundation
internal import OrderedCollections

/// One migration under way.
struct MigrationWork {
    let tool: ForeignTool
    private(set) var translations: [ConfigurationMigration.Translation] = []
    private(set) var remainders: [ConfigurationMigration.Remainder] = []
    private(set) var givens: [ConfigurationMigration.Given] = []
    private var values: OrderedDictionary<String, ConfigNode> = [:]
    private var sources: [String: (key: String, value: String)] = [:]
    private var knowsLayers = false

    init(tool: ForeignTool) { self.tool = tool }

    mutating func read(_ node: ConfigNode, prefix: String = "") {
        for (key, value) in node.map ?? [:] {
            let name = prefix.isEmpty ? key.text : "\(prefix).\(key.text)"
            // What is null says nothing.
            if value.isNull {
                note(name, value)
                continue
            }
            guard let rule = ForeignRules.rule(for: name, of: tool) ?? ours(name, value) ?? nested(key.text, in: prefix)
            else {
                if value.map?.isEmpty == false, name.split(separator: ".").count < 4 {
                    read(value, prefix: name)
                } else {
                    leave(name, value, Self.reason(for: key.text))
                }
                continue
            }
            if name == "num_layers" { knowsLayers = true }
            apply(rule, to: value, called: name)
        }
    }

    /// The seed's groups are ours, as far as their keys are.
    private func ours(_ name: String, _ value: ConfigNode) -> ForeignRule? {
        let isKey = value.map?.isEmpty != false && name.contains(".") && RunConfiguration.schema.knows(name)
        return tool == .seed && isKey ? .same(name) : nil
    }

    /// A section's key means what it means at the top: Unsloth and others group them.
    private func nested(_ key: String, in prefix: String) -> ForeignRule? {
        let sections: Set<String> = [
            "model", "data", "training", "lora", "logging", "peft", "lora_config", "model_args", "training_args",
            "dataset",
        ]
        guard let section = prefix.split(separator: ".").last, sections.contains(String(section)) else { return nil }
        return ForeignRules.rule(for: key, of: tool)
    }

    private static func reason(for key: String) -> String {
        if key.hasPrefix("wandb") || key.hasPrefix("comet") || key.hasPrefix("swanlab") || key.hasPrefix("mlflow") {
            return "Curves go to TensorBoard and MLflow (the group 'tracking')."
        }
        return ForeignNames.inRuns[key] ?? RunConfiguration.schema.unknownKeyMessage(key)
    }

    private mutating func apply(_ rule: ForeignRule, to value: ConfigNode, called name: String) {
        switch rule {
        case .same(let key): value.isNull ? () : put(value, key, from: name)
        case .number(let key):
            guard !value.isNull else { return }
            guard let number = ForeignRules.number(value) else {
                return leave(name, value, "'\(key)' takes a number.")
            }
            put(ConfigNode(number, origin: value.origin), key, from: name)
        case .none(let reason): leave(name, value, reason)
        case .given: note(name, value)
        case .values(let convert):
            // A group that has the name of a value: its members are read by themselves.
            if value.map?.isEmpty == false, case .none = convert(value) { return read(value, prefix: name) }
            switch convert(value) {
            case .given: note(name, value)
            case .none(let reason): if !value.isNull { leave(name, value, reason) }
            case .ours(let ours):
                if ours.isEmpty { note(name, value) }
                for (key, content) in ours { put(ConfigNode(content, origin: value.origin), key, from: name) }
            }
        }
    }

    private mutating func put(_ value: ConfigNode, _ key: String, from name: String) {
        if value.map != nil, key == "model_name" || key == "dataset_path" { return read(value, prefix: name) }
        if let other = sources[key], values[key]?.hasSameValues(as: value) == false {
            return leave(name, value, "'\(key)' is said by '\(other.key)' already.")
        }
        values[key] = value
        sources[key] = (name, Self.shown(value))
        translations.append(.init(theirs: name, ours: key))
    }

    private mutating func leave(_ name: String, _ value: ConfigNode, _ reason: String) {
        remainders.append(.init(key: name, value: Self.shown(value), reason: reason))
    }

    private mutating func note(_ name: String, _ value: ConfigNode) {
        givens.append(.init(key: name, value: Self.shown(value)))
    }

    private static func shown(_ value: ConfigNode) -> String {
        let text = PythonText.str(value)
        return text.count > 60 ? text.prefix(57) + "…" : text
    }

    // MARK: Defaults and checks

    mutating func addSilentValues() {
        let origin = ConfigOrigin(.schema)
        if values["method"] == nil, let method = tool.silentMethod {
            values["method"] = ConfigNode(.string(method), origin: origin)
            translations.append(.init(theirs: nil, ours: "method"))
        }
        let isFull = values["method"]?.string == "full"
        if values["lora_target_modules"] != nil, givens.contains(where: { $0.key.hasSuffix("lora_target_linear") }) {
            drop("lora_target_modules", "'lora_target_linear' adds every linear layer, as the default here has.")
        }
        if tool == .llamafactory, !isFull, values["lora_alpha"] == nil {
            let rank = values["lora_r"].flatMap(ForeignRules.double) ?? 8
            values["lora_alpha"] = ConfigNode(.number(2 * rank), origin: origin)
            translations.append(.init(theirs: nil, ours: "lora_alpha"))
        }
        if tool == .mlx, !isFull, !knowsLayers {
            remainders.append(
                .init(
                    key: "num_layers", value: "16, its default",
                    reason: "It counts from the last layer; list the layers in 'layers_to_transform'."))
        }
        for (key, value, _) in tool.silentValues where values[key] == nil {
            if isFull, key.hasPrefix("lora_") { continue }
            if key == "max_steps", values["epochs"] != nil { continue }
            values[key] = ConfigNode(json: value, origin: origin)
            translations.append(.init(theirs: nil, ours: key))
        }
        // Keys about an adapter mean nothing without one.
        if isFull {
            let adapter = values.keys.filter {
                $0.hasPrefix("lora") || $0.hasSuffix("_pattern") || $0.hasPrefix("use_")
            }
            for key in adapter { drop(key, "It is about adapters, and 'method: full' trains none.") }
        }
        if values["warmup_steps"] != nil, values["warmup_ratio"] != nil {
            drop("warmup_ratio", "'warmup_steps' is said too, and goes before it.")
        }
        let schedule = values["lr_scheduler_type"]?.string ?? ""
        if values["min_lr_ratio"] != nil, schedule.hasPrefix("constant") {
            drop("min_lr_ratio", "A constant rate does not fall.")
        }
        if schedule == "constant", tool == .mlx, values["warmup_steps"] != nil || values["warmup_ratio"] != nil {
            values["lr_scheduler_type"] = values["lr_scheduler_type"].map {
                ConfigNode(.string("constant_with_warmup"), origin: $0.origin)
            }
        } else if schedule == "constant" {
            for key in ["warmup_steps", "warmup_ratio"] where values[key] != nil {
                drop(key, "Its constant rate has no warm-up; 'constant_with_warmup' has one.")
            }
        }
    }

    /// Takes out what the schema refuses, with its reason, until it accepts the rest.
    mutating func check() {
        for _ in 0..<values.count {
            guard let error = refusal(of: values) else { return }
            let named = error.key.flatMap { key in
                values.keys.last { $0 == key || key.hasPrefix($0 + ".") || key.hasPrefix($0 + "[") }
            }
            // An error about several keys at once: the one without which the rest is accepted.
            let guilty =
                named
                ?? values.keys.last { key in
                    var rest = values
                    rest[key] = nil
                    return refusal(of: rest) == nil
                }
            guard let guilty else { return }
            var reason = error.message
            if let range = reason.range(of: ": "), reason.hasPrefix("default") {
                reason = String(reason[range.upperBound...])
            }
            drop(guilty, reason)
        }
    }

    private func refusal(of values: OrderedDictionary<String, ConfigNode>) -> ConfigurationError? {
        var values = values
        if values["model_name"] == nil {
            values["model_name"] = ConfigNode(.string("model"), origin: ConfigOrigin(.schema))
        }
        do throws(ConfigurationError) {
            try RunConfiguration.schema.decode(Self.tree(values)).validate()
            return nil
        } catch {
            return error
        }
    }

    private mutating func drop(_ key: String, _ reason: String) {
        values[key] = nil
        translations.removeAll { $0.ours == key }
        guard let source = sources[key] else { return }
        remainders.append(.init(key: source.key, value: source.value, reason: reason))
    }

    /// The values as a tree: `a.b` stands below `a`.
    private static func tree(_ values: OrderedDictionary<String, ConfigNode>) -> ConfigNode {
        let origin = ConfigOrigin(.schema)
        var root = ConfigNode(.map([:]), origin: origin)
        for (key, value) in values {
            root = root.setting(value, at: key.split(separator: ".").map(String.init)[...], origin: origin)
        }
        return root
    }

    func yaml(name: String) -> String {
        var out = "# Carried over from \(tool.rawValue): \(name.replacing("\n", with: " "))\n"
        if !remainders.isEmpty {
            out += "#\n# Without a counterpart here:\n"
            for remainder in remainders {
                let line = "\(remainder.key): \(remainder.value) — \(remainder.reason)"
                out += "#   " + line.map { $0.isNewline ? " " : String($0) }.joined() + "\n"
            }
        }
        if !givens.isEmpty {
            out += "#\n# Nothing to set, it is always so here (or null):\n"
            for given in givens {
                out += "#   " + "\(given.key): \(given.value)".map { $0.isNewline ? " " : String($0) }.joined() + "\n"
            }
        }
        let silent = tool.silentValues.filter { value in
            translations.contains { $0.theirs == nil && $0.ours == value.key }
        }
        if !silent.isEmpty {
            out += "#\n# What \(tool.rawValue) does without being told: "
            out += silent.map { "\($0.key) (\($0.reason))" }.joined(separator: ", ") + ".\n"
        }
        return out + "\n" + Self.tree(values).yaml
    }
}

extension ConfigNode {
    /// The mapping with `value` below the names of `path`, in mappings that are made where there are none.
    fileprivate func setting(_ value: ConfigNode, at path: ArraySlice<String>, origin: ConfigOrigin) -> ConfigNode {
        guard let name = path.first else { return value }
        var copy = self
        let inner = self[name] ?? ConfigNode(.map([:]), origin: origin)
        copy[name] = inner.setting(value, at: path.dropFirst(), origin: origin)
        return copy
    }
}
