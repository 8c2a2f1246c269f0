/// Reads the dialect of regular expressions that tokenizers are written in.
///
/// Classes, their unions and intersections, `\p{…}` of general categories and the usual scripts, groups, `(?i:…)`, alternatives,
/// greedy, lazy and possessive repetition, atomic groups, look-ahead, look-behind of a fixed length, boundaries of words and
/// lines: all that published tokenizers use, and more. Anything else is an error, never a guess.
struct PatternParser {
    let scalars: [Unicode.Scalar]
    private let unicode: ReferenceUnicode.Version
    let dialect: PatternDialect
    var position = 0
    var ignoresCase = false
    var depth = 0
    /// How many groups began so far, and the numbers of those with names.
    var groupCount = 0
    var names: [String: [Int]] = [:]
    /// The groups that something refers to, and whether that was by number.
    var referred: Set<Int> = []
    var refersByNumber = false

    /// Reads `text`.
    ///
    /// - Throws: ``TokenizerError`` naming the part that is not supported.
    static func parse(
        _ text: String, _ unicode: ReferenceUnicode.Version, _ dialect: PatternDialect
    ) throws(TokenizerError) -> PatternNode {
        var parser = PatternParser(scalars: Array(text.unicodeScalars), unicode: unicode, dialect: dialect)
        guard parser.scalars.count <= 10_000 else { throw parser.failure("more than 10000 characters") }
        let node = try parser.alternatives()
        guard parser.position == parser.scalars.count else { throw parser.failure("an unmatched ')'") }
        try parser.checkReferences()
        return node.keeping(groups: parser.referred)
    }

    private init(scalars: [Unicode.Scalar], unicode: ReferenceUnicode.Version, dialect: PatternDialect) {
        self.scalars = scalars
        self.unicode = unicode
        self.dialect = dialect
    }

    func failure(_ what: String) -> TokenizerError {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars.prefix(300))
        return TokenizerError(
            .unsupported,
            "The tokenizer's pattern \(String(text)) has \(what) at character \(position + 1), which is not supported."
        )
    }

    var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(TokenizerError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw failure("groups nested more than 50 deep") }
        var choices = [try sequence()]
        while take("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .alternatives(choices)
    }

    private mutating func sequence() throws(TokenizerError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = current, scalar != "|", scalar != ")" {
            if take("(?i)") {
                ignoresCase = true
                guard dialect == .oniguruma else { continue }
                // It holds up to the end of the group, alternatives included.
                nodes.append(try alternatives())
                break
            }
            nodes.append(try repeated(try atom()))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    /// `node` with the repetitions that follow it. What follows braces repeats once more, but for the `?` of `{1,2}?`.
    private mutating func repeated(_ node: PatternNode) throws(TokenizerError) -> PatternNode {
        var node = node
        var isRepeated = false
        while let mark = current, "?*+{".unicodeScalars.contains(mark) {
            let counts: (Int, Int)
            var greed = PatternNode.Greed.greedy
            if mark == "{" {
                let start = position
                counts = try braces()
                let isFixed = !scalars[start..<position].contains(",")
                if !isFixed || dialect == .perl, take("?") { greed = .lazy }
                if dialect == .perl, take("+") { greed = .possessive }
            } else {
                position += 1
                counts = mark == "?" ? (0, 1) : mark == "*" ? (0, .max) : (1, .max)
                greed = take("?") ? .lazy : take("+") ? .possessive : .greedy
            }
            guard !isRepeated || dialect == .oniguruma else { throw failure("a repetition of a repetition") }
            if isRepeated, counts.1 == .max, greed == .greedy, case .repetition(.one(let set), 0, _, .greedy) = node {
                node = .repetition(.one(set), minimum: 0, maximum: .max, .greedy)
            } else {
                node = .repetition(node, minimum: counts.0, maximum: counts.1, greed)
            }
            isRepeated = true
        }
        return node
    }

    private mutating func braces() throws(TokenizerError) -> (Int, Int) {
        position += 1
        let minimum = current == "," ? 0 : number()
        var maximum = minimum
        if take(",") { maximum = current == "}" ? Int.max : number() }
        guard take("}"), let minimum, let maximum, minimum <= maximum else {
            throw failure("a malformed count in braces")
        }
        guard minimum <= 1000, maximum <= 1000 || maximum == .max else { throw failure("a count of more than 1000") }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = current, ("0"..."9").contains(scalar), digits.count < 6 {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        return Int(digits)
    }

    private mutating func atom() throws(TokenizerError) -> PatternNode {
        if take("(?!") { return .lookahead(try group(), negative: true) }
        if take("(?=") { return .lookahead(try group(), negative: false) }
        if take("(?<!") { return .lookbehind(try group(), negative: true) }
        if take("(?<=") { return .lookbehind(try group(), negative: false) }
        if take("(?i:") {
            let outer = ignoresCase
            ignoresCase = true
            defer { ignoresCase = outer }
            return try group()
        }
        if take("(?:") { return try group() }
        if take("(?>") { return .atomic(try group()) }
        if dialect == .oniguruma, let end = nameEnd {
            groupCount += 1
            let number = groupCount
            names[name(in: (position + 3)..<(end - 1)), default: []].append(number)
            position = end
            return .group(try group(), number: number)
        }
        if take("(?") { throw failure("a group of this kind") }
        if take("(") {
            groupCount += 1
            let number = groupCount
            return .group(try group(), number: number)
        }
        if take("[") { return .one(try set()) }
        if take(".") { return .one(.anyButNewLine) }
        if take("\\A") { return .start }
        if take("\\z") { return .end }
        if take("\\b") { return .boundary(negative: false) }
        if take("\\B") { return .boundary(negative: true) }
        if take("^") { return .lineStart }
        if take("$") { return .lineEnd }
        if let reference = try reference() { return reference }
        if current == "\\" { return .one(try escape()) }
        guard let scalar = current, !"*+?{".unicodeScalars.contains(scalar) else {
            throw failure("a repetition of nothing")
        }
        position += 1
        return .one(ScalarClass(literal(scalar)))
    }

    /// Where the name of a group `(?<name>` ends; nil when there is none.
    private var nameEnd: Int? {
        guard scalars[position...].starts(with: "(?<".unicodeScalars),
            let end = scalars[position...].firstIndex(of: ">"), end > position + 3,
            scalars[(position + 3)..<end].allSatisfy({ ScalarClass.isWord($0) })
        else { return nil }
        return end + 1
    }

    func name(in range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    private mutating func group() throws(TokenizerError) -> PatternNode {
        let outer = ignoresCase
        defer { ignoresCase = outer }
        let node = try alternatives()
        guard take(")") else { throw failure("an unclosed group") }
        return node
    }

    /// `scalar` itself; with its other cases where case does not matter (also ſ for s and the Kelvin sign for k).
    func literal(_ scalar: Unicode.Scalar) -> [ScalarClass.Item] {
        guard ignoresCase else { return [.range(scalar.value, scalar.value)] }
        var values: Set<UInt32> = [scalar.value]
        for text in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping]
        where text.unicodeScalars.count == 1 {
            values.formUnion(text.unicodeScalars.map(\.value))
        }
        if scalar == "s" || scalar == "S" { values.insert(0x17F) }
        if scalar == "k" || scalar == "K" { values.insert(0x212A) }
        return values.sorted().map { .range($0, $0) }
    }

    /// A class written with a backslash, or one escaped character.
    mutating func escape(inSet: Bool = false) throws(TokenizerError) -> ScalarClass {
        position += 1
        guard let kind = current else { throw failure("a '\\' at its end") }
        position += 1
        switch kind {
        case "s": return .whitespace
        case "S": return ScalarClass([.not(.whitespace)])
        case "d": return .digit
        case "D": return ScalarClass([.not(.digit)])
        case "h" where dialect == .oniguruma: return .hexadecimalDigit
        case "H" where dialect == .oniguruma: return ScalarClass([.not(.hexadecimalDigit)])
        case "w": return inSet ? .word : .looseWord
        case "W": return ScalarClass([.not(inSet ? .word : .looseWord)])
        case "p": return try property(negated: false)
        case "P": return try property(negated: true)
        default:
            position -= 2
            return ScalarClass(literal(try character()))
        }
    }

    private mutating func property(negated: Bool) throws(TokenizerError) -> ScalarClass {
        var name = ""
        var negated = negated
        if take("{") {
            if take("^") { negated.toggle() }
            while let scalar = current, scalar != "}" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard take("}") else { throw failure("an unclosed \\p{") }
        } else if let scalar = current {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        if let script = ScalarRanges.scripts[name] { return ScalarClass([.ranges(script)], negated: negated) }
        guard let mask = ScalarClass.categories[name] else { throw failure("the property \\p{\(name.prefix(40))}") }
        if ignoresCase, ["Lu", "Ll", "Lt"].contains(name) {
            throw failure("the property \\p{\(name)} where case is ignored")
        }
        return ScalarClass([.categories(mask, unicode)], negated: negated)
    }
}
