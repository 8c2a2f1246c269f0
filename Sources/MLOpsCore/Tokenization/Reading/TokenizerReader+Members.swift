/// Members of a component, with the types that tokenizers gives them: a wrong type is an error there, also where a default
/// would do when the member was left out.
extension TokenizerReader {
    private func wrong(_ value: JSONValue, _ key: String, _ part: String, _ what: String) -> TokenizerError {
        guard let member = value[key] else { return malformed("the \(part) has no \(key)") }
        return malformed("the \(part)'s \(key) is \(member.text().prefix(60)), not \(what)")
    }

    /// The truth value `key`.
    ///
    /// - Parameter absent: what it is when it is left out; nil when it has to be there.
    func flag(
        _ value: JSONValue, _ key: String, _ part: String, default absent: Bool? = nil
    ) throws(TokenizerError) -> Bool {
        if value[key] == nil, let absent { return absent }
        guard let flag = value[key]?.bool else { throw wrong(value, key, part, "true or false") }
        return flag
    }

    /// The truth value `key`, which may be null or left out.
    func optionalFlag(_ value: JSONValue, _ key: String, _ part: String) throws(TokenizerError) -> Bool? {
        guard let member = value[key], !member.isNull else { return nil }
        return try flag(value, key, part)
    }

    /// The text `key`.
    func text(_ value: JSONValue, _ key: String, _ part: String) throws(TokenizerError) -> String {
        guard let text = value[key]?.string else { throw wrong(value, key, part, "text") }
        return text
    }

    /// The text `key`, which may be null or left out.
    func optionalText(_ value: JSONValue, _ key: String, _ part: String) throws(TokenizerError) -> String? {
        guard let member = value[key], !member.isNull else { return nil }
        return try text(value, key, part)
    }

    /// The text `key`, one character long.
    func character(_ value: JSONValue, _ key: String, _ part: String) throws(TokenizerError) -> [UInt8] {
        let text = try text(value, key, part)
        guard text.unicodeScalars.count == 1 else {
            throw malformed("the \(part)'s \(key) \"\(text.prefix(60))\" is not one character")
        }
        return Array(text.utf8)
    }

    /// The whole number `key`, within `range`; one that is larger than any text counts as the largest.
    func number(
        _ value: JSONValue, _ key: String, _ part: String, in range: ClosedRange<Int>
    ) throws(TokenizerError) -> Int {
        guard case .integer(let number)? = value[key], number >= range.lowerBound else {
            throw wrong(
                value, key, part, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return min(Int(number), range.upperBound)
    }

    /// The id `key`.
    func id(_ value: JSONValue, _ key: String, _ part: String) throws(TokenizerError) -> Int32 {
        guard let id = id(value[key]) else {
            throw wrong(value, key, part, "a token's id (0 to \(PretrainedTokenizer.maximumVocabulary - 1))")
        }
        return id
    }

    /// A token's id.
    func id(_ value: JSONValue?) -> Int32? {
        guard case .integer(let number)? = value, number >= 0 else { return nil }
        return Int32(exactly: number)
    }

    /// The word `key`, one of some.
    ///
    /// - Parameter absent: what it is when it is left out; nil when it has to be there.
    func word(
        _ value: JSONValue, _ key: String, _ part: String, of words: [String], default absent: String? = nil
    ) throws(TokenizerError) -> String {
        if value[key] == nil, let absent { return absent }
        let text = try text(value, key, part)
        guard words.contains(text) else {
            throw malformed(
                "the \(part)'s \(key) is \"\(text.prefix(60))\", not one of \(words.joined(separator: ", "))")
        }
        return text
    }

    /// The components `key` of a sequence.
    func list(_ value: JSONValue, _ key: String, _ part: String, depth: Int) throws(TokenizerError) -> [JSONValue] {
        guard depth < Self.maximumDepth else {
            throw malformed("the \(part)'s sequences nest more than \(Self.maximumDepth) deep")
        }
        guard let list = value[key]?.array else { throw malformed("the \(part) Sequence has no \(key)") }
        guard !list.contains(where: \.isNull) else { throw malformed("a component of the \(part) Sequence is null") }
        return list
    }

    /// What a component looks for: `{"String": …}` or `{"Regex": …}`.
    func target(_ value: JSONValue, _ part: String) throws(TokenizerError) -> TextTarget {
        let pattern = value["pattern"]
        guard pattern?.object?.count == 1, let source = pattern?["Regex"]?.string ?? pattern?["String"]?.string else {
            throw malformed("the \(part) has the pattern \(pattern?.text() ?? "none"), neither a String nor a Regex")
        }
        if pattern?["Regex"] == nil, !source.isEmpty { return .text(Array(source.utf8)) }
        do {
            return .pattern(try Pattern(source))
        } catch {
            throw TokenizerError(error.code, "\(origin): the \(part): \(error.message)")
        }
    }

    /// Reads a component by its `type`; one without a known type as the first kind that its members fit, as tokenizers does.
    ///
    /// - Parameters:
    ///   - kinds: those that have to be called by their names.
    ///   - shapes: those that members alone tell, in order.
    ///   - read: reads a component as one of a kind.
    func component<Component>(
        _ value: JSONValue, _ part: String, kinds: [String], shapes: [String],
        _ read: (String) throws(TokenizerError) -> Component
    ) throws(TokenizerError) -> Component {
        guard value.object != nil else { throw malformed("the \(part) is no object") }
        let type = value["type"]?.string
        if let type, kinds.contains(type) || shapes.contains(type) { return try read(type) }
        for shape in shapes {
            if let component = try? read(shape) { return component }
        }
        if let type { throw unsupported("the \(part) \(type.prefix(60))") }
        throw malformed("the \(part) has no type, and its members fit no kind")
    }
}
