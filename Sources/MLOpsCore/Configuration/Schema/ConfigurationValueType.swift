/// What a key takes.
public indirect enum ConfigurationValueType: Sendable, Hashable, CustomStringConvertible {
    /// `true` or `false`.
    case boolean
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A number.
    case number(ConfigurationRange)
    /// Text that is not empty.
    case text
    /// One of some words.
    case choice([String])
    /// One of some words, or a stem and a whole number.
    case numberedChoice([String], stem: String)
    /// A list that is not empty.
    case list(of: ConfigurationValueType)
    /// A list of names, or text: a pattern of names.
    case namesOrPattern
    /// A list of ids of tokens, or a mapping from names to such lists.
    case tokenIndices
    /// A mapping from any names.
    case table(of: ConfigurationValueType)
    /// A mapping with keys of its own.
    case object([ConfigurationKey])

    /// The type in the words of an error message.
    public var description: String {
        switch self {
        case .boolean: "true or false"
        case .integer(let range):
            switch (range.lowerBound, range.upperBound) {
            case (.min, .max): "a whole number"
            case (let low, .max): "a whole number, at least \(low)"
            case (let low, let high): "a whole number from \(low) to \(high)"
            }
        case .number(let range): "a number\(range.description)"
        case .text: "text"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .numberedChoice(let words, let stem):
            "one of \(words.joined(separator: ", ")), or \(stem) and a whole number"
        case .list(.text): "a list of names"
        case .list(let type): "a list of \(type.description)"
        case .namesOrPattern: "a list of names, or a pattern of them as text"
        case .tokenIndices: "a list of ids of tokens, or a mapping from names to such lists"
        case .table(let type): "a mapping from names to \(type.description)"
        case .object(let keys): "mappings with the keys \(keys.map(\.name).joined(separator: ", "))"
        }
    }
}

/// The numbers a key takes.
public struct ConfigurationRange: Sendable, Hashable, CustomStringConvertible {
    /// An end of a range.
    public struct Bound: Sendable, Hashable {
        /// The number at the end.
        public let value: Double
        /// Whether the number itself is in the range.
        public let isIncluded: Bool
    }

    /// The lower end, if there is one.
    public let lower: Bound?
    /// The upper end, if there is one.
    public let upper: Bound?

    private init(_ lower: Bound?, _ upper: Bound?) {
        self.lower = lower
        self.upper = upper
    }

    /// Every finite number.
    public static let any = ConfigurationRange(nil, nil)
    /// Numbers greater than `value`.
    public static func above(_ value: Double) -> Self { Self(Bound(value: value, isIncluded: false), nil) }
    /// `value` and greater numbers.
    public static func atLeast(_ value: Double) -> Self { Self(Bound(value: value, isIncluded: true), nil) }
    /// Numbers from `low` to `high`, both included.
    public static func from(_ low: Double, to high: Double) -> Self {
        Self(Bound(value: low, isIncluded: true), Bound(value: high, isIncluded: true))
    }
    /// `low` and greater numbers, but less than `high`.
    public static func from(_ low: Double, below high: Double) -> Self {
        Self(Bound(value: low, isIncluded: true), Bound(value: high, isIncluded: false))
    }
    /// Numbers greater than `low`, up to `high`.
    public static func above(_ low: Double, to high: Double) -> Self {
        Self(Bound(value: low, isIncluded: false), Bound(value: high, isIncluded: true))
    }

    /// Whether `value` is finite and in the range.
    public func contains(_ value: Double) -> Bool {
        guard value.isFinite else { return false }
        if let lower, lower.isIncluded ? value < lower.value : value <= lower.value { return false }
        if let upper, upper.isIncluded ? value > upper.value : value >= upper.value { return false }
        return true
    }

    /// `, at least 0, less than 1`
    public var description: String {
        var text = ""
        if let lower {
            text +=
                lower.isIncluded ? ", at least \(Self.text(lower.value))" : ", greater than \(Self.text(lower.value))"
        }
        if let upper {
            text += upper.isIncluded ? ", at most \(Self.text(upper.value))" : ", less than \(Self.text(upper.value))"
        }
        return text
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
