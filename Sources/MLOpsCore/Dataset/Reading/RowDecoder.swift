internal import OrderedCollections

/// The reading of one row's JSON: its shape, its values, and everything wrong with them.
struct RowDecoder {
    /// What rows are admitted.
    let format: DataFormat
    /// The place of the row being read.
    private var origin = RowOrigin(file: "", line: 0)
    private var findings: [DataFinding] = []

    init(format: DataFormat) { self.format = format }

    /// A row, when nothing is wrong enough to stop it, and what was found.
    struct Result {
        var row: DatasetRow?
        var shape: RowShape?
        var findings: [DataFinding]
    }

    /// Reads `value`, which stands at `origin`.
    mutating func decode(_ value: JSONValue, at origin: RowOrigin) -> Result {
        self.origin = origin
        findings = []
        guard let members = value.object else {
            find(
                .wrongType, "A row must be an object, but this is \(value.kindName).",
                fix: "Write one {…} for each row.")
            return Result(row: nil, shape: nil, findings: findings)
        }
        guard let shape = shape(of: members) else { return Result(row: nil, shape: nil, findings: findings) }
        var row = decode(members, as: shape)
        if findings.contains(where: { $0.severity == .error }) { row = nil }
        return Result(row: row, shape: shape, findings: findings)
    }

    /// Notes something wrong with the row being read.
    mutating func find(_ kind: DataFinding.Kind, _ message: String, fix: String) {
        findings.append(DataFinding(kind, at: origin, message, fix: fix))
    }

    private mutating func decode(_ members: JSONObject, as shape: RowShape) -> DatasetRow? {
        switch shape {
        case .messages, .shareGPT:
            guard let messages = turns(members, shape) else { return nil }
            return .conversation(Conversation(messages: messages, kind: .messages, origin: origin))
        case .promptCompletion, .instruction:
            guard let (messages, kind) = question(members, shape) else { return nil }
            return .conversation(Conversation(messages: messages, kind: kind, origin: origin))
        case .text:
            guard let text = text(members) else { return nil }
            return .conversation(Conversation(messages: [text], kind: .text, origin: origin))
        case .tokenized:
            guard let example = tokens(members, at: origin) else { return nil }
            return .tokens(example)
        }
    }

    /// Returns the shape the keys of a row show; nil, with a finding, when they show none or one that is not admitted.
    private mutating func shape(of members: JSONObject) -> RowShape? {
        var shapes = RowShape.allCases.filter { shape in shape.keys.contains { members.keys.contains($0) } }
        // Many tools write a conversation beside what it is as a text; only one of them can be meant.
        if format == .text, shapes.contains(.text) { return .text }
        if shapes.count > 1 { shapes.removeAll { $0 == .text } }
        guard let first = shapes.first else {
            find(
                .unknownShape, "The row's keys (\(Self.list(members.keys))) belong to no known shape.",
                fix: "Write {\"messages\": [{\"role\", \"content\"}, …]}, {\"prompt\", \"completion\"}, "
                    + "{\"instruction\", \"output\"}, {\"conversations\": […]}, {\"text\"} or {\"input_ids\", \"labels\"}."
            )
            return nil
        }
        let admitted = shapes.first { format == .auto || $0.format == format }
        guard let admitted else {
            find(
                .otherFormat, "The row is written as \(first.rawValue), but data_format is \(format.rawValue).",
                fix: "Convert the row, or set data_format to auto or \(first.format.rawValue).")
            return nil
        }
        if shapes.count > 1 {
            let names = shapes.map(\.rawValue).joined(separator: " and ")
            find(
                .ambiguousShape, "The row looks like \(names) at once; it is read as \(admitted.rawValue).",
                fix: "Keep the keys of one shape only.")
        }
        return admitted
    }

    /// Returns the names in `keys` as a readable list, short even when a hostile row has many.
    static func list(_ keys: some Collection<String>) -> String {
        if keys.isEmpty { return "none" }
        let names = keys.prefix(8).map { $0.count > 40 ? $0.prefix(40) + "…" : $0 }
        return names.joined(separator: ", ") + (keys.count > 8 ? ", …" : "")
    }
}

extension RowShape {
    /// The keys of which one is enough to know the shape.
    var keys: [String] {
        switch self {
        case .messages: ["messages"]
        case .shareGPT: ["conversations"]
        case .promptCompletion: ["prompt", "completion"]
        case .instruction: ["instruction"]
        case .tokenized: ["input_ids"]
        case .text: ["text"]
        }
    }
}

extension JSONValue {
    /// What kind of value this is, for messages.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .bigInteger, .number: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
