/// How one key of another tool is carried over.
enum ForeignRule: Sendable {
    /// The same value under our name.
    case same(String)
    /// A number, which the other tool may write as text.
    case number(String)
    /// Values computed from it, or why there are none.
    case values(@Sendable (ConfigNode) -> ForeignValues)
    /// Nothing here means it.
    case none(String)
    /// What it says is so here anyway.
    case given
}

/// What a value of another tool becomes here.
enum ForeignValues {
    case ours([(key: String, value: ConfigNode.Content)])
    case none(String)
    case given
}

/// The rules, by tool and key.
enum ForeignRules {
    /// Returns the rule for `key`; nil when nothing is known about it.
    static func rule(for key: String, of tool: ForeignTool) -> ForeignRule? {
        own[tool]?[key] ?? common[key]
    }

    // MARK: Conversions

    static func choice(_ key: String, _ names: [String: String], otherwise reason: String) -> ForeignRule {
        .values { node in
            guard let ours = names[PythonText.str(node).lowercased()] else { return .none(reason) }
            return .ours([(key, .string(ours))])
        }
    }

    static func flag(_ key: String, _ yes: ConfigNode.Content, _ no: ConfigNode.Content? = nil) -> ForeignRule {
        .values { node in
            switch truth(node) {
            case true?: .ours([(key, yes)])
            case false?: no.map { .ours([(key, $0)]) } ?? .given
            case nil: .none("It is true or false.")
            }
        }
    }

    static func truth(_ node: ConfigNode) -> Bool? {
        switch node.content {
        case .bool(let value): value
        case .string(let text): ["true": true, "yes": true, "false": false, "no": false][text.lowercased()]
        case .integer(0): false
        case .integer(1): true
        case .null: false
        default: nil
        }
    }

    /// The number a node is, or writes.
    static func number(_ node: ConfigNode) -> ConfigNode.Content? {
        switch node.content {
        case .integer, .number: return node.content
        case .string(let text):
            if let whole = Int64(text) { return .integer(whole) }
            return PythonText.double(text).map { .number($0) }
        default: return nil
        }
    }

    static func double(_ node: ConfigNode) -> Double? {
        switch number(node) {
        case .integer(let value)?: Double(value)
        case .number(let value)?: value
        default: nil
        }
    }

    /// A whole number, also when it is written as `3.0`.
    static func whole(_ key: String, otherwise reason: String) -> ForeignRule {
        .values { node in
            guard let value = double(node), let whole = Int64(exactly: value) else { return .none(reason) }
            return .ours([(key, .integer(whole))])
        }
    }

    /// A share below 1; a whole number from there on counts rows, which is said otherwise here.
    static let heldOut = ForeignRule.values { node in
        guard let value = double(node) else { return .none("It is a share of the rows.") }
        guard value < 1 else {
            return .none("'test_size' is a share of the rows here, not a number of them: divide by how many there are.")
        }
        return .ours([("test_size", .number(value))])
    }

    /// Steps; below 1 they are a share of all of them.
    static func steps(_ key: String) -> ForeignRule {
        .values { node in
            guard let value = double(node) else { return .none("It is a number of steps.") }
            guard let whole = Int64(exactly: value), whole >= 1 else {
                return value == 0
                    ? .given : .none("'\(key)' counts steps here; a share of all steps has no counterpart.")
            }
            return .ours([(key, .integer(whole))])
        }
    }

    static let warmup = ForeignRule.values { node in
        guard let value = double(node), value >= 0 else { return .none("It is a number of steps, or a share of them.") }
        if value == 0 { return .given }
        if value < 1 { return .ours([("warmup_ratio", .number(value))]) }
        guard let whole = Int64(exactly: value) else { return .none("Steps are whole.") }
        return .ours([("warmup_steps", .integer(whole))])
    }

    static let schedule: ForeignRule = {
        let names = OptimizationConfiguration.Scheduler.allCases.map(\.rawValue)
        return choice(
            "lr_scheduler_type",
            Dictionary(uniqueKeysWithValues: names.flatMap { [($0, $0), ("schedulertype.\($0)", $0)] }),
            otherwise: schedules)
    }()

    /// What a schedule takes besides: transformers' names are ours, in a group of that name.
    static let scheduleSettings = ForeignRule.values { node in
        guard let members = node.map else { return node.isNull ? .given : .none("It is a mapping.") }
        return .ours(
            members.filter { !$0.value.isNull }.map { name, member in
                (name.text == "min_lr_ratio" ? name.text : "lr_scheduler_kwargs.\(name.text)", member.content)
            })
    }

    /// What to say about a schedule that is none of ours.
    static let schedules =
        "The schedules are \(OptimizationConfiguration.Scheduler.allCases.map(\.rawValue).joined(separator: ", "))."

    /// Modules: a list, `all-linear` and its kin, or names with commas.
    static let modules = ForeignRule.values { node in
        if let elements = node.list {
            return .ours([("lora_target_modules", .list(elements))])
        }
        guard let text = node.string else { return .given }
        if ["all", "all-linear", "auto"].contains(text) { return .given }
        let names = text.split(separator: ",").map { $0.trimmingSpaces }
        guard names.allSatisfy({ $0.allSatisfy { $0.isLetter || $0.isNumber || "_.".contains($0) } }) else {
            return .ours([("lora_target_modules", .string(text))])
        }
        return .ours([("lora_target_modules", .list(names.map { ConfigNode(.string($0), origin: node.origin) }))])
    }

    static let reports = ForeignRule.values { node in
        let names = node.list?.compactMap(\.string) ?? node.string.map { [$0] } ?? []
        let known: Set<String> = ["tensorboard", "mlflow", "none", "all"]
        var values: [(key: String, value: ConfigNode.Content)] = []
        if names.contains("mlflow") || names.contains("all") { values.append(("tracking.mlflow", .bool(true))) }
        if !names.contains("tensorboard"), !names.contains("all") {
            values.append(("tracking.tensorboard", .bool(false)))
        }
        guard names.contains(where: known.contains) else {
            return .none("Curves go to TensorBoard and MLflow (the group 'tracking').")
        }
        return .ours(values)
    }

    /// The data: a path, or a list of mappings with one.
    static let dataset = ForeignRule.values { node in
        let entries = node.list ?? [node]
        let paths = entries.compactMap { $0.string ?? $0["path"]?.string ?? $0["name"]?.string }
        guard let path = paths.first else { return .none("Name the file or directory in 'dataset_path'.") }
        guard paths.count == 1, entries.count == 1 else {
            return .none("'dataset_path' is one file or directory: put \(paths.joined(separator: ", ")) into one.")
        }
        guard !isOnHub(path) else {
            return .none("It names a data set of the hub: download it, and name the file in 'dataset_path'.")
        }
        return .ours([("dataset_path", .string(path))])
    }

    /// Whether a path looks like `owner/name`, and not like a file or directory.
    private static func isOnHub(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && !path.hasPrefix(".") && !path.hasPrefix("~")
            && !["data", "datasets", "dataset"].contains(parts[0])
            && ![".json", ".jsonl", ".zst"].contains(where: path.hasSuffix)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
