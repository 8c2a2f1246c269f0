internal import OrderedCollections

/// A value in the override grammar. Quotes are remembered, because a sweep writes values down again.
indirect enum OverrideValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A whole number beyond 64 bits.
    case bigInteger(BigInteger)
    case number(Double)
    case text(String)
    case quoted(String, quote: Character)
    case list([OverrideValue])
    case map([Pair])
    /// `a,b,c` (simple) or `choice(a,b,c)`.
    case choice([OverrideValue], isSimple: Bool, isShuffled: Bool)
    /// `range(start,stop,step)`
    case range(start: OverrideValue, stop: OverrideValue, step: OverrideValue, isShuffled: Bool)
    /// `interval(start,end)`, for sweepers that search.
    case interval(OverrideValue, OverrideValue)
    /// `glob(include, exclude)` over the options of a group.
    case glob(include: [OverrideValue], exclude: [OverrideValue])

    struct Pair: Sendable, Hashable {
        var key: OverrideValue
        var value: OverrideValue
    }

    /// Whether this stands for several runs.
    var isSweep: Bool {
        switch self {
        case .choice, .range, .interval, .glob: true
        default: false
        }
    }

    /// Whether this selects options of a group.
    var isGlob: Bool {
        if case .glob = self { true } else { false }
    }

    /// Whether a sweep stands inside this list or mapping, or among the choices of this sweep.
    var hasInnerSweep: Bool { innerSweepClass != nil }

    /// Hydra's class of the first sweep inside this list or mapping, or among the choices of this sweep.
    var innerSweepClass: String? {
        let inner: [OverrideValue] =
            switch self {
            case .list(let elements), .choice(let elements, _, _): elements
            case .map(let pairs): pairs.map(\.value)
            default: []
            }
        for value in inner {
            switch value {
            case .choice: return "ChoiceSweep"
            case .range: return "RangeSweep"
            case .interval: return "IntervalSweep"
            default: if let name = value.innerSweepClass { return name }
            }
        }
        return nil
    }

    /// What no configuration holds.
    enum Unwritable {
        /// A sweep: Hydra's class of it.
        case sweep(String)
        /// The name `null` in the mapping at `place`.
        case nullKey(place: String)
    }

    /// The first such thing in this value, as OmegaConf meets it.
    ///
    /// - Parameter key: the value's place.
    /// - Parameter own: what OmegaConf calls a mapping there that is not yet in its list: its index has no brackets.
    func firstUnwritable(below key: String, own: String? = nil) -> Unwritable? {
        switch self {
        case .choice: return .sweep("ChoiceSweep")
        case .range: return .sweep("RangeSweep")
        case .interval: return .sweep("IntervalSweep")
        case .list(let elements):
            for (index, element) in elements.enumerated() {
                if let found = element.firstUnwritable(below: "\(key)[\(index)]", own: "\(key)\(index)") {
                    return found
                }
            }
        case .map(let pairs):
            for pair in pairs {
                if pair.key == .null { return .nullKey(place: own ?? key) }
                let name = PythonText.str(ConfigNode(key: pair.key.mapKey, origin: ConfigOrigin(.schema)))
                if let found = pair.value.firstUnwritable(below: key.isEmpty ? name : "\(key).\(name)") { return found }
            }
        default: break
        }
        return nil
    }

    /// The same value without quotes.
    var unquoted: OverrideValue {
        if case .quoted(let text, _) = self { .text(text) } else { self }
    }

    /// The number this is or counts as: a truth value is 1 or 0, as in Python.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .bigInteger(let value): value.double
        case .number(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// The whole number this is or counts as.
    var whole: Int64? {
        switch self {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// What a glob is inside a list or a mapping: its patterns.
    private static func patterns(_ include: [OverrideValue], _ exclude: [OverrideValue]) -> OverrideValue {
        .map([
            Pair(key: .text("include"), value: .list(include)), Pair(key: .text("exclude"), value: .list(exclude)),
        ])
    }

    /// The same value, or the mapping that a glob is as one of several values.
    var withoutGlob: OverrideValue {
        if case .glob(let include, let exclude) = self { Self.patterns(include, exclude) } else { self }
    }

    /// The value for a tree; nil for a sweep.
    func node(origin: ConfigOrigin) -> ConfigNode? {
        let content: ConfigNode.Content
        switch self {
        case .null: content = .null
        case .bool(let value): content = .bool(value)
        case .integer(let value): content = .integer(value)
        case .bigInteger(let value): content = .bigInteger(value.description)
        case .number(let value): content = .number(value)
        case .text(let text), .quoted(let text, _): content = .string(text)
        case .list(let elements): content = .list(elements.compactMap { $0.withoutGlob.node(origin: origin) })
        case .map(let pairs):
            var members: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
            for pair in pairs {
                if let value = pair.value.withoutGlob.node(origin: origin) { members[pair.key.mapKey] = value }
            }
            content = .map(members)
        case .choice, .range, .interval, .glob: return nil
        }
        return ConfigNode(content, origin: origin)
    }

    /// The value as a name in a mapping.
    var mapKey: ConfigNode.Key {
        switch self {
        case .integer(let value): .integer(value)
        case .bigInteger(let value): .bigInteger(value.description)
        case .number(let value): .number(value)
        case .bool(let value): .bool(value)
        case .text(let text), .quoted(let text, _): .string(text)
        default: .string("null")
        }
    }

    /// The value as the override grammar writes it; nil for a sweep.
    var written: String? {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): String(value)
        case .bigInteger(let value): value.description
        case .number(let value): PythonText.float(value)
        case .text(let text): Self.escaped(text)
        case .quoted(let text, let quote): Self.quotedText(text, quote: quote)
        case .list(let elements): "[" + elements.compactMap(\.withoutGlob.written).joined(separator: ",") + "]"
        case .map(let pairs):
            "{"
                + pairs.map { ($0.key.written ?? "") + ":" + ($0.value.withoutGlob.written ?? "") }.joined(
                    separator: ",") + "}"
        case .choice, .range, .interval, .glob: nil
        }
    }

    private static func escaped(_ text: String) -> String {
        guard text.contains(where: { "\\()[]{}:=, \t".contains($0) }) else { return text }
        return text.reduce(into: "") { out, character in
            if "\\()[]{}:=, \t".contains(character) { out.append("\\") }
            out.append(character)
        }
    }

    /// Puts quotes around `text`, a backslash before each of its own, and doubles the backslashes before a quote.
    private static func quotedText(_ text: String, quote: Character) -> String {
        var out = ""
        var backslashes = 0
        for character in text {
            if character == "\\" {
                backslashes += 1
                out.append(character)
                continue
            }
            if character == quote {
                out += String(repeating: "\\", count: backslashes) + "\\"
            }
            backslashes = 0
            out.append(character)
        }
        return "\(quote)\(out)\(String(repeating: "\\", count: backslashes))\(quote)"
    }
}
