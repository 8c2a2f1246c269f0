extension JinjaParser {
    /// What is assigned to: names, alone or with commas between them, and attributes of namespaces where they may stand.
    ///
    /// As in Jinja anything that begins an expression is read first and refused afterwards.
    mutating func target(mayBeAttribute: Bool = false, isStored: Bool = true) throws(TemplateError) -> JinjaTarget {
        try enter()
        defer { leave() }
        let start = line
        var parts: [JinjaTarget?] = []
        var isTuple = false
        var kind = ""
        while true {
            if !parts.isEmpty { try expect(.sign(.comma)) }
            if self.kind == .variableEnd || self.kind == .blockEnd || isSign(.closeParenthesis) { break }
            if mayBeAttribute, case .name(let name) = self.kind, following == .sign(.dot),
                !Self.constants.contains(name)
            {
                skip(2)
                parts.append(.attribute(number(of: name), JinjaText(try expectName())))
            } else {
                let reads = self.reads
                let value = try primary()
                self.reads = reads
                parts.append(Self.target(value))
                kind = Self.kind(of: value)
            }
            guard isSign(.comma) else { break }
            isTuple = true
        }
        guard let first = parts.first else { throw failure("Expected an expression, got \(token.text)") }
        let targets = parts.compactMap(\.self)
        guard targets.count == parts.count, let only = isTuple ? .tuple(targets) : first else {
            throw TemplateError(.syntax, "can't assign to '\(isTuple ? "tuple" : kind)'", line: start)
        }
        if isStored { noteStores(in: only) }
        return only
    }

    private static let constants: Set = ["true", "false", "none", "True", "False", "None"]

    private mutating func noteStores(in target: JinjaTarget) {
        switch target {
        case .name(let name): if name == numberOfLoop { loopStores += 1 }
        case .attribute: break
        case .tuple(let parts): for part in parts { noteStores(in: part) }
        }
    }

    /// The expression as a target; nil when nothing can be assigned to it.
    private static func target(_ value: JinjaExpression) -> JinjaTarget? {
        switch value {
        case .name(let name): return .name(name)
        case .tuple(let parts):
            let targets = parts.compactMap(target)
            return targets.count == parts.count ? .tuple(targets) : nil
        default: return nil
        }
    }

    /// What Jinja calls an expression of that kind.
    private static func kind(of value: JinjaExpression) -> String {
        switch value {
        case .literal: "const"
        case .name: "name"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .chain(_, let suffixes): suffixes.last.map(kind) ?? "call"
        case .signed(let signs, _): signs.first == true ? "neg" : "pos"
        case .not: "not"
        case .arithmetic(_, let rest): arithmetic[rest.last?.0 ?? .add] ?? "add"
        case .concatenation: "concat"
        case .comparison: "compare"
        case .all: "and"
        case .any: "or"
        case .conditional: "condexpr"
        }
    }

    private static let arithmetic: [JinjaSign: String] = [
        .add: "add", .subtract: "sub", .multiply: "mul", .divide: "div", .floorDivide: "floordiv", .modulo: "mod",
        .power: "pow",
    ]

    private static func kind(of suffix: JinjaSuffix) -> String {
        switch suffix {
        case .attribute: "getattr"
        case .item, .slice: "getitem"
        case .call: "call"
        case .filter: "filter"
        case .test(_, _, let isNegated): isNegated ? "not" : "test"
        }
    }
}
