/// Reads one override: its sign and key by hand, its value word by word.
struct OverrideParser {
    private let text: String
    private let characters: [Character]
    private var tokens: [OverrideLexer.Token] = []
    private var position = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    /// Values nested deeper than this are not typed by hand.
    private static let maximumDepth = 80
    private static let maximumLength = 1 << 16

    mutating func parse() throws(ConfigurationError) -> (
        kind: Override.Kind, key: String, package: String?, value: OverrideValue?
    ) {
        guard characters.count <= Self.maximumLength else {
            throw failure("it is longer than \(Self.maximumLength) characters")
        }
        var kind = Override.Kind.change
        var start = 0
        switch characters.first {
        case "~":
            kind = .delete
            start = 1
        case "+":
            kind = characters.dropFirst().first == "+" ? .forceAdd : .add
            start = kind == .add ? 1 : 2
        default: break
        }
        let equal = characters[start...].firstIndex(of: "=")
        guard equal != nil || kind == .delete else { throw failure("an equals sign is missing after the key") }
        let (key, package) = try self.key(characters[start..<(equal ?? characters.count)])
        guard let equal else { return (kind, key, package, nil) }
        var valueStart = equal + 1
        while valueStart < characters.count, characters[valueStart] == " " || characters[valueStart] == "\t" {
            valueStart += 1
        }
        guard valueStart < characters.count else { return (kind, key, package, .text("")) }
        return (kind, key, package, try value(from: valueStart))
    }

    /// An error in Hydra's words, if it has any for this text, or else for `reason`.
    private func failure(_ reason: String, at offset: Int? = nil) -> ConfigurationError {
        let place = offset.map { " at character \($0 + 1)" } ?? ""
        let whole = "Error parsing override '\(text)'\n"
        let message =
            switch OverrideGrammar.finding(in: text) {
            case let finding? where finding.kind == .mended: whole + finding.message
            case let finding?: finding.message
            case nil: "\(whole)\(reason)\(place)"
            }
        return ConfigurationError(
            .overrideSyntax, "\(message)\nQuote text that has special characters; the override is \(text)")
    }

    // MARK: Key

    private func key(_ text: ArraySlice<Character>) throws(ConfigurationError) -> (String, String?) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw failure("a key has one '@' at most") }
        let name = parts.first ?? []
        guard name.contains("/") ? isGroup(name) : isPath(name) else { throw failure("'\(String(name))' is not a key") }
        if let package = parts.dropFirst().first, !isPath(package) {
            throw failure("'\(String(package))' is not a package")
        }
        return (String(name), parts.count > 1 ? String(parts[1]) : nil)
    }

    private func isGroup(_ text: ArraySlice<Character>) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, isLetter(first) else { return false }
            return part.allSatisfy { isLetter($0) || $0.isNumber && $0.isASCII || $0 == "-" }
        }
    }

    /// A dotted path; the empty one is the root.
    private func isPath(_ text: ArraySlice<Character>) -> Bool {
        if text.isEmpty { return true }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            guard let first = part.first else { return false }
            if first.isNumber { return parts.count > 1 && part.allSatisfy { $0.isASCII && $0.isNumber } }
            guard isLetter(first) || first == "$" else { return false }
            return part.allSatisfy { isLetter($0) || ($0.isASCII && $0.isNumber) || $0 == "-" || $0 == "$" }
        }
    }

    private func isLetter(_ character: Character) -> Bool {
        character.isASCII && character.isLetter || character == "_"
    }

    // MARK: Value

    private mutating func value(from start: Int) throws(ConfigurationError) -> OverrideValue {
        let (tokens, bad) = OverrideLexer.tokens(characters, from: start)
        if let bad { throw failure("'\(characters[bad])' cannot stand here", at: bad) }
        self.tokens = tokens
        let first = try element()
        guard position < tokens.count else { return first }
        var choices = [first]
        while current?.kind == .comma {
            position += 1
            choices.append(try element())
        }
        guard position == tokens.count, choices.count > 1 else { throw unexpected() }
        return .choice(choices, isSimple: true, isShuffled: false)
    }

    private var current: OverrideLexer.Token? { position < tokens.count ? tokens[position] : nil }

    private func unexpected() -> ConfigurationError {
        guard let current else { return failure("it ends too early") }
        return failure("'\(current.text)' cannot stand here", at: current.offset)
    }

    private mutating func expect(_ kind: OverrideLexer.Kind) throws(ConfigurationError) {
        guard current?.kind == kind else { throw unexpected() }
        position += 1
    }

    private mutating func element() throws(ConfigurationError) -> OverrideValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw failure("maximum recursion depth exceeded in comparison: it is nested too deeply")
        }
        switch current?.kind {
        case .bracketOpen: return try list()
        case .braceOpen: return try map()
        case .identifier where position + 1 < tokens.count && tokens[position + 1].kind == .open: return try function()
        default: return try primitive(isKey: false)
        }
    }

    private mutating func list() throws(ConfigurationError) -> OverrideValue {
        try expect(.bracketOpen)
        var elements: [OverrideValue] = []
        if current?.kind != .bracketClose {
            elements.append(try element())
            while current?.kind == .comma {
                position += 1
                elements.append(try element())
            }
        }
        try expect(.bracketClose)
        return .list(elements)
    }

    private mutating func map() throws(ConfigurationError) -> OverrideValue {
        try expect(.braceOpen)
        var pairs: [OverrideValue.Pair] = []
        var positions: [ConfigNode.Key: Int] = [:]
        while current?.kind != .braceClose {
            if !pairs.isEmpty { try expect(.comma) }
            let key = try primitive(isKey: true)
            try expect(.colon)
            let pair = OverrideValue.Pair(key: key, value: try element())
            // A name that is written again keeps its place and takes the later value.
            if let index = positions[key.mapKey] {
                pairs[index].value = pair.value
            } else {
                positions[key.mapKey] = pairs.count
                pairs.append(pair)
            }
        }
        try expect(.braceClose)
        return .map(pairs)
    }

    private mutating func function() throws(ConfigurationError) -> OverrideValue {
        let start = position
        let name = tokens[position].text
        position += 1
        try expect(.open)
        var arguments: [OverrideValue] = []
        var named: [(String, OverrideValue)] = []
        while current?.kind != .close {
            if !arguments.isEmpty || !named.isEmpty { try expect(.comma) }
            if current?.kind == .identifier, position + 1 < tokens.count, tokens[position + 1].kind == .equal {
                let argument = tokens[position].text
                position += 2
                named.append((argument, try element()))
            } else {
                guard named.isEmpty else { throw failure("positional argument follows keyword argument") }
                arguments.append(try element())
            }
        }
        try expect(.close)
        do {
            return try OverrideFunction.evaluate(name, arguments, named)
        } catch {
            let call = tokens[start..<position].map(\.text).joined()
            throw failure("\(error.type) while evaluating '\(call)': \(error.reason)")
        }
    }

    private mutating func primitive(isKey: Bool) throws(ConfigurationError) -> OverrideValue {
        if current?.kind == .quoted, !isKey, let token = current, let quote = token.text.first {
            position += 1
            return .quoted(Self.unquoted(token.text), quote: quote)
        }
        var words: [OverrideLexer.Token] = []
        loop: while let token = current {
            switch token.kind {
            case .identifier, .null, .integer, .float, .bool, .other, .escape, .space: break
            case .interpolation, .colon: if isKey { break loop }
            default: break loop
            }
            words.append(token)
            position += 1
        }
        guard !words.isEmpty else { throw unexpected() }
        if words.first?.kind == .space { words.removeFirst() }
        if words.last?.kind == .space { words.removeLast() }
        guard let first = words.first else { throw failure("a value is only white space") }
        guard words.count == 1 else {
            return .text(words.map { $0.kind == .escape ? Self.unescaped($0.text) : $0.text }.joined())
        }
        guard let value = Self.scalar(first) else {
            throw failure(
                "'\(first.text.prefix(40))…' has more than \(YAMLScalar.maximumDigits) digits", at: first.offset)
        }
        return value
    }

    /// The value of a single word; nil for a whole number with more digits than Python reads.
    static func scalar(_ word: OverrideLexer.Token) -> OverrideValue? {
        switch word.kind {
        case .integer: OverrideCast.whole(word.text.filter { $0 != "_" })
        case .float: PythonText.double(word.text.filter { $0 != "_" }).map { .number($0) }
        case .bool: .bool(word.text.lowercased() == "true")
        case .null: .null
        case .escape: .text(unescaped(word.text))
        default: .text(word.text)
        }
    }

    /// Every other character: those after the backslashes.
    static func unescaped(_ text: String) -> String {
        String(text.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element))
    }

    /// The inside of a quoted value; backslashes count only before a quote, where two are one.
    private static func unquoted(_ text: String) -> String {
        guard let quote = text.first else { return text }
        var out = ""
        var backslashes = 0
        // The closing quote takes part: it halves the backslashes before it.
        for character in text.dropFirst() {
            if character == "\\" {
                backslashes += 1
                continue
            }
            out += String(repeating: "\\", count: character == quote ? backslashes / 2 : backslashes)
            backslashes = 0
            out.append(character)
        }
        return String(out.dropLast())
    }
}
