/// Cuts YAML 1.1 text into tokens as PyYAML does, its errors included.
///
/// A word becomes a key only when its colon comes, so tokens wait in a queue until no key can go before them.
struct YAMLScanner {
    /// A word that a colon may still make a key.
    private struct PossibleKey {
        let number: Int
        let isRequired: Bool
        let mark: YAMLMark
    }

    /// The text, with a zero at its end.
    let text: [Unicode.Scalar]
    private(set) var mark = YAMLMark()
    private var queue: [YAMLToken] = []
    private var taken = 0
    private var isDone = false
    var flowLevel = 0
    var indent = -1
    private var indents: [Int] = []
    var allowsKey = true
    private var possibleKeys: [Int: PossibleKey] = [:]

    init(_ text: [Unicode.Scalar]) { self.text = text + ["\0"] }

    // MARK: Reading

    func peek(_ offset: Int = 0) -> Unicode.Scalar {
        let index = mark.index + offset
        return index < text.count ? text[index] : "\0"
    }

    mutating func forward(_ count: Int = 1) {
        for _ in 0..<count {
            let scalar = peek()
            mark.index += 1
            if scalar == "\n" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
                || scalar == "\r" && peek() != "\n"
            {
                mark.line += 1
                mark.column = 0
            } else if scalar != "\u{FEFF}" {
                mark.column += 1
            }
        }
    }

    static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }

    static func isBreakOrEnd(_ scalar: Unicode.Scalar) -> Bool { scalar == "\0" || isBreak(scalar) }

    /// Whether a word ends before `scalar`.
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || isBreakOrEnd(scalar) }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "A"..."Z", "a"..."z", "-", "_": true
        default: false
        }
    }

    /// Takes a line break; what it stands for, or nothing.
    mutating func lineBreak() -> String {
        switch peek() {
        case "\r" where peek(1) == "\n":
            forward(2)
            return "\n"
        case "\r", "\n", "\u{85}":
            forward()
            return "\n"
        case let scalar where Self.isBreak(scalar):
            forward()
            return String(scalar)
        default: return ""
        }
    }

    mutating func skipSpaces() { while peek() == " " { forward() } }

    mutating func skipLine() { while !Self.isBreakOrEnd(peek()) { forward() } }

    /// A character as Python shows it.
    static func shown(_ scalar: Unicode.Scalar) -> String { PythonText.quoted(String(scalar)) }

    // MARK: Tokens

    /// The next token.
    mutating func token() throws(YAMLSyntaxError) -> YAMLToken {
        while try needsMore() { try fetch() }
        return queue.first ?? YAMLToken(kind: .streamEnd, start: mark, end: mark)
    }

    /// Takes the next token.
    @discardableResult mutating func take() throws(YAMLSyntaxError) -> YAMLToken {
        let token = try token()
        if !queue.isEmpty {
            queue.removeFirst()
            taken += 1
        }
        return token
    }

    private mutating func needsMore() throws(YAMLSyntaxError) -> Bool {
        if isDone { return false }
        if queue.isEmpty { return true }
        try dropStaleKeys()
        return possibleKeys.values.map(\.number).min() == taken
    }

    /// A key is on one line, and at most 1,024 characters long.
    private mutating func dropStaleKeys() throws(YAMLSyntaxError) {
        for (level, key) in possibleKeys where key.mark.line != mark.line || mark.index - key.mark.index > 1024 {
            try refuse(key)
            possibleKeys[level] = nil
        }
    }

    private func refuse(_ key: PossibleKey) throws(YAMLSyntaxError) {
        guard key.isRequired else { return }
        throw YAMLSyntaxError(
            "could not find expected ':'", at: mark, context: "while scanning a simple key", from: key.mark)
    }

    private mutating func dropPossibleKey() throws(YAMLSyntaxError) {
        if let key = possibleKeys[flowLevel] { try refuse(key) }
        possibleKeys[flowLevel] = nil
    }

    private mutating func savePossibleKey() throws(YAMLSyntaxError) {
        guard allowsKey else { return }
        try dropPossibleKey()
        possibleKeys[flowLevel] = PossibleKey(
            number: taken + queue.count, isRequired: flowLevel == 0 && indent == mark.column, mark: mark)
    }

    private mutating func unwind(to column: Int) {
        guard flowLevel == 0 else { return }
        while indent > column {
            indent = indents.popLast() ?? -1
            queue.append(YAMLToken(kind: .blockEnd, start: mark, end: mark))
        }
    }

    private mutating func addIndent(_ column: Int) -> Bool {
        guard indent < column else { return false }
        indents.append(indent)
        indent = column
        return true
    }

    private mutating func append(_ kind: YAMLToken.Kind, length: Int) {
        let start = mark
        forward(length)
        queue.append(YAMLToken(kind: kind, start: start, end: mark))
    }

    private mutating func skipToToken() {
        if mark.index == 0, peek() == "\u{FEFF}" { forward() }
        while true {
            skipSpaces()
            if peek() == "#" { skipLine() }
            guard !lineBreak().isEmpty else { return }
            if flowLevel == 0 { allowsKey = true }
        }
    }

    private func startsDocument(_ sign: String) -> Bool {
        mark.column == 0 && prefix(3) == sign && Self.isBlank(peek(3))
    }

    private mutating func fetch() throws(YAMLSyntaxError) {
        skipToToken()
        try dropStaleKeys()
        unwind(to: mark.column)
        let next = Self.isBlank(peek(1))
        switch peek() {
        case "\0": return try fetchEnd()
        case "%" where mark.column == 0:
            try leaveBlocks()
            queue.append(try directive())
            return
        case "-" where startsDocument("---"), "." where startsDocument("..."):
            let kind: YAMLToken.Kind = peek() == "-" ? .documentStart : .documentEnd
            try leaveBlocks()
            return append(kind, length: 3)
        case "[": return try openFlow(.flowSequenceStart)
        case "{": return try openFlow(.flowMappingStart)
        case "]": return try closeFlow(.flowSequenceEnd)
        case "}": return try closeFlow(.flowMappingEnd)
        case ",":
            allowsKey = true
            try dropPossibleKey()
            return append(.flowEntry, length: 1)
        case "-" where next: return try fetchEntry()
        case "?" where flowLevel > 0 || next: return try fetchKey()
        case ":" where flowLevel > 0 || next: return try fetchValue()
        case "*", "&":
            try savePossibleKey()
            allowsKey = false
            queue.append(try anchor())
        case "!":
            try savePossibleKey()
            allowsKey = false
            queue.append(try tag())
        case "|" where flowLevel == 0, ">" where flowLevel == 0:
            allowsKey = true
            try dropPossibleKey()
            queue.append(try blockScalar(isFolded: peek() == ">"))
        case "'", "\"":
            try savePossibleKey()
            allowsKey = false
            queue.append(try flowScalar(isDouble: peek() == "\""))
        case let first where startsPlain(first):
            try savePossibleKey()
            allowsKey = false
            queue.append(plainScalar())
        case let first:
            throw YAMLSyntaxError(
                "found character \(Self.shown(first)) that cannot start any token", at: mark,
                context: "while scanning for the next token")
        }
    }

    private func startsPlain(_ first: Unicode.Scalar) -> Bool {
        if !Self.isBlank(first), !"-?:,[]{}#&*!|>'\"%@`".unicodeScalars.contains(first) { return true }
        return !Self.isBlank(peek(1)) && (first == "-" || flowLevel == 0 && (first == "?" || first == ":"))
    }

    private mutating func leaveBlocks() throws(YAMLSyntaxError) {
        unwind(to: -1)
        try dropPossibleKey()
        allowsKey = false
    }

    private mutating func fetchEnd() throws(YAMLSyntaxError) {
        try leaveBlocks()
        possibleKeys = [:]
        append(.streamEnd, length: 0)
        isDone = true
    }

    private mutating func openFlow(_ kind: YAMLToken.Kind) throws(YAMLSyntaxError) {
        try savePossibleKey()
        flowLevel += 1
        allowsKey = true
        append(kind, length: 1)
    }

    private mutating func closeFlow(_ kind: YAMLToken.Kind) throws(YAMLSyntaxError) {
        try dropPossibleKey()
        flowLevel -= 1
        allowsKey = false
        append(kind, length: 1)
    }

    /// Opens a block at the coming indicator, if it is further right than the block around it.
    private mutating func openBlock(_ kind: YAMLToken.Kind, for what: String) throws(YAMLSyntaxError) {
        guard flowLevel == 0 else { return }
        guard allowsKey else { throw YAMLSyntaxError("\(what) are not allowed here", at: mark) }
        if addIndent(mark.column) { append(kind, length: 0) }
    }

    private mutating func fetchEntry() throws(YAMLSyntaxError) {
        try openBlock(.blockSequenceStart, for: "sequence entries")
        allowsKey = true
        try dropPossibleKey()
        append(.blockEntry, length: 1)
    }

    private mutating func fetchKey() throws(YAMLSyntaxError) {
        try openBlock(.blockMappingStart, for: "mapping keys")
        allowsKey = flowLevel == 0
        try dropPossibleKey()
        append(.key, length: 1)
    }

    private mutating func fetchValue() throws(YAMLSyntaxError) {
        if let key = possibleKeys.removeValue(forKey: flowLevel) {
            let place = key.number - taken
            queue.insert(YAMLToken(kind: .key, start: key.mark, end: key.mark), at: place)
            if flowLevel == 0, addIndent(key.mark.column) {
                queue.insert(YAMLToken(kind: .blockMappingStart, start: key.mark, end: key.mark), at: place)
            }
            allowsKey = false
        } else {
            try openBlock(.blockMappingStart, for: "mapping values")
            allowsKey = flowLevel == 0
            try dropPossibleKey()
        }
        append(.value, length: 1)
    }
}
