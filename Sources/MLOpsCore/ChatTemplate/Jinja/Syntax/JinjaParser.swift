/// Turns tokens into a tree, by recursive descent as jinja2/parser.py 3.1 does; depth is bounded.
struct JinjaParser {
    private let tokens: [JinjaToken]
    private var index = 0
    private var depth = 0
    private var names: [String] = []
    private var numbers: [String: Int] = [:]
    /// The names read so far in each macro and loop being parsed, innermost last.
    var reads: [Set<String>] = []
    /// Loops around the current statement, inside the current macro.
    var loops = 0
    /// Whether an unknown filter may wait until it is used: inside `{% if %}`.
    var isLenient = false
    /// What is wrong though it parses, by line: filters and tests that do not exist and are not excused by a condition.
    var unknown: [(name: String, line: Int)] = []
    /// How many times a target named `loop` was assigned to so far.
    var loopStores = 0
    /// The bodies of `{% block %}` by name.
    var blocks: [String: [JinjaStatement]] = [:]

    /// The tags whose blocks are open, and those that may end each.
    var tags: [String] = []
    var ends: [[String]] = []

    private init(_ tokens: [JinjaToken]) { self.tokens = tokens }

    /// Returns the tree of a template's source.
    static func program(_ source: String) throws(TemplateError) -> JinjaProgram {
        let (tokens, lexical) = try JinjaLexer.tokens(source)
        var parser = JinjaParser(tokens)
        let body: [JinjaStatement]
        do {
            body = try parser.statements(until: [])
        } catch {
            guard let lexical, parser.index >= tokens.count - 1 else { throw error }
            throw lexical
        }
        if let lexical { throw lexical }
        if let first = parser.unknown.first { throw TemplateError(.syntax, first.name, line: first.line) }
        let program = JinjaProgram(body: body, names: parser.names, blocks: parser.blocks)
        return try JinjaConstants.applied(to: JinjaScoping.applied(to: program))
    }

    // MARK: - Tokens

    var token: JinjaToken { tokens[min(index, tokens.count - 1)] }
    var kind: JinjaToken.Kind { token.kind }
    var line: Int { token.line }

    /// The token after the current one.
    var following: JinjaToken.Kind { tokens[min(index + 1, tokens.count - 1)].kind }

    func isName(_ name: String) -> Bool { kind == .name(name) }
    func isSign(_ sign: JinjaSign) -> Bool { kind == .sign(sign) }

    mutating func skip(_ count: Int = 1) { index += count }

    /// Goes past the current token if it is this name.
    mutating func accept(_ name: String) -> Bool {
        guard isName(name) else { return false }
        index += 1
        return true
    }

    mutating func accept(_ sign: JinjaSign) -> Bool {
        guard isSign(sign) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ kind: JinjaToken.Kind) throws(TemplateError) {
        guard self.kind == kind else {
            throw unexpected(JinjaToken(kind: kind, line: 0).text)
        }
        index += 1
    }

    mutating func expectName() throws(TemplateError) -> String {
        guard case .name(let name) = kind else { throw unexpected("'name'") }
        index += 1
        return name
    }

    private func unexpected(_ expected: String) -> TemplateError {
        kind == .end
            ? failure("unexpected end of template, expected \(expected).")
            : failure("expected token \(expected), got \(token.text)")
    }

    /// What is wrong when the template ends, or has the tag `name`, where a tag that ends a block belongs.
    func unendedBlock(_ name: String?) -> TemplateError {
        var parts = [name.map { "Encountered unknown tag '\($0)'." } ?? "Unexpected end of template."]
        if let last = ends.last {
            let list = last.map { "'\($0)'" }.joined(separator: " or ")
            if let name, ends.contains(where: { $0.contains(name) }) {
                parts.append(
                    "You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for \(list)."
                )
            } else {
                parts.append("Jinja was looking for the following tags: \(list).")
            }
        }
        if let tag = tags.last { parts.append("The innermost block that needs to be closed is '\(tag)'.") }
        return failure(parts.joined(separator: " "))
    }

    func failure(_ reason: String) -> TemplateError { TemplateError(.syntax, reason, line: line) }

    // MARK: - Names and depth

    /// The number of a name.
    mutating func number(of name: String) -> Int {
        if let number = numbers[name] { return number }
        names.append(name)
        numbers[name] = names.count - 1
        return names.count - 1
    }

    /// The number of `loop`, if the source has that name.
    var numberOfLoop: Int? { numbers["loop"] }

    /// Notes that `name` is read, for `loop`, `caller`, `varargs` and `kwargs`.
    mutating func noteRead(_ name: String) {
        guard ["loop", "caller", "varargs", "kwargs"].contains(name) else { return }
        for index in reads.indices { reads[index].insert(name) }
    }

    mutating func enter() throws(TemplateError) {
        depth += 1
        guard depth <= JinjaLimits.sourceDepth else {
            throw TemplateError(.tooMuch, "it nests deeper than \(JinjaLimits.sourceDepth) levels", line: line)
        }
    }

    mutating func leave() { depth -= 1 }
}
