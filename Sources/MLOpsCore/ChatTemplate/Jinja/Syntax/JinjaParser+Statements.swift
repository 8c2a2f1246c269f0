extension JinjaParser {
    /// Statements up to a tag named one of `ends`, which becomes the current token; without ends, to the template's end.
    mutating func statements(until ends: [String]) throws(TemplateError) -> [JinjaStatement] {
        try enter()
        defer { leave() }
        if !ends.isEmpty { self.ends.append(ends) }
        defer { if !ends.isEmpty { self.ends.removeLast() } }
        var body: [JinjaStatement] = []
        while true {
            switch kind {
            case .data(let text):
                body.append(.text(JinjaText(text)))
                skip()
            case .variableBegin:
                skip()
                let start = line
                body.append(.output(try tuple(), line: start))
                try expect(.variableEnd)
            case .blockBegin:
                skip()
                if case .name(let name) = kind, ends.contains(name) { return body }
                body.append(contentsOf: try statement())
                try expect(.blockEnd)
            default:
                guard ends.isEmpty else { throw unendedBlock(nil) }
                return body
            }
        }
    }

    /// The body of a tag: the rest of the tag, then statements up to one of `ends`.
    private mutating func body(until ends: String...) throws(TemplateError) -> [JinjaStatement] {
        _ = accept(.colon)
        try expect(.blockEnd)
        return try statements(until: ends)
    }

    /// The body of a tag that hides what it sets: in it an unknown filter is not excused by a condition around the tag.
    private mutating func scopedBody(until end: String) throws(TemplateError) -> [JinjaStatement] {
        let wasLenient = isLenient
        isLenient = false
        defer { isLenient = wasLenient }
        let statements = try body(until: end)
        skip()
        return statements
    }

    private mutating func statement() throws(TemplateError) -> [JinjaStatement] {
        let start = line
        guard case .name(let tag) = kind else { throw failure("tag name expected") }
        skip()
        tags.append(tag)
        defer { tags.removeLast() }
        switch tag {
        case "if": return [try condition(line: start)]
        case "for": return [try loop(line: start)]
        case "set": return [try assignment(line: start)]
        case "macro":
            let name = try expectName()
            return [.macro(try macro(name: name, end: "endmacro", line: start), name: number(of: name))]
        case "call": return [try callBlock(line: start)]
        case "filter":
            var filters: [JinjaSuffix] = []
            try filter(into: &filters, isInline: true)
            while isSign(.pipe) { try filter(into: &filters) }
            return [.filter(filters, body: try scopedBody(until: "endfilter"), line: start)]
        case "with": return [try with(line: start)]
        case "generation":
            let outer = loops
            loops = 0
            defer { loops = outer }
            return [.generation(body: try scopedBody(until: "endgeneration"))]
        case "block": return [try block()]
        case "print":
            var parts: [JinjaStatement] = []
            while kind != .blockEnd {
                if !parts.isEmpty { try expect(.sign(.comma)) }
                parts.append(.output(try expression(), line: start))
            }
            return parts
        case "break", "continue":
            guard loops > 0 else { throw failure("'\(tag)' outside a loop") }
            return [tag == "break" ? .breakLoop : .continueLoop]
        case "autoescape":
            let condition = try expression()
            return [.autoescape(condition, body: try scopedBody(until: "endautoescape"))]
        case "include", "import", "extends", "from":
            while kind != .blockEnd, kind != .end { skip() }
            return [.unsupported(tag, line: start)]
        default:
            tags.removeLast()
            defer { tags.append(tag) }
            throw unendedBlock(tag)
        }
    }

    private mutating func condition(line start: Int) throws(TemplateError) -> JinjaStatement {
        let wasLenient = isLenient
        isLenient = true
        defer { isLenient = wasLenient }
        var branches: [JinjaBranch] = []
        var start = start
        while true {
            let test = try tuple(withCondition: false)
            branches.append(JinjaBranch(test: test, body: try body(until: "elif", "else", "endif"), line: start))
            start = line
            if accept("elif") { continue }
            var otherwise: [JinjaStatement] = []
            if accept("else") { otherwise = try body(until: "endif") }
            skip()
            return .condition(branches, otherwise: otherwise)
        }
    }

    private mutating func loop(line start: Int) throws(TemplateError) -> JinjaStatement {
        loops += 1
        let target = try target(until: "in")
        loops -= 1
        try expect(.name("in"))
        let items = try tuple(withCondition: false, until: "recursive")
        let test = accept("if") ? try expression() : nil
        let isRecursive = accept("recursive")
        let wasLenient = isLenient
        isLenient = false
        reads.append([])
        loops += 1
        let body = try body(until: "endfor", "else")
        loops -= 1
        let usesLoop = reads.removeLast().contains("loop")
        let otherwise = accept("else") ? try self.body(until: "endfor") : []
        isLenient = wasLenient
        skip()
        return .loop(
            JinjaLoopNode(
                target: target, items: items, test: test, isRecursive: isRecursive, body: body, otherwise: otherwise,
                line: start, loopName: number(of: "loop"), usesLoop: usesLoop || isRecursive))
    }

    private mutating func assignment(line start: Int) throws(TemplateError) -> JinjaStatement {
        let target = try target(mayBeAttribute: true)
        if accept(.assign) { return .assign(target, try tuple(), line: start) }
        var filters: [JinjaSuffix] = []
        while isSign(.pipe) { try filter(into: &filters) }
        return .assignBlock(target, filters: filters, body: try scopedBody(until: "endset"), line: start)
    }

    private mutating func with(line start: Int) throws(TemplateError) -> JinjaStatement {
        var values: [(JinjaTarget, JinjaExpression)] = []
        while kind != .blockEnd {
            if !values.isEmpty { try expect(.sign(.comma)) }
            let target = try target()
            try expect(.sign(.assign))
            values.append((target, try expression()))
        }
        return .with(values, body: try scopedBody(until: "endwith"), line: start)
    }

    private mutating func block() throws(TemplateError) -> JinjaStatement {
        let name = try expectName()
        let isScoped = accept("scoped")
        _ = accept("required")
        let outer = loops
        loops = 0
        let body = try scopedBody(until: "endblock")
        loops = outer
        _ = accept(name)
        return .block(body: body, isScoped: isScoped)
    }

    private mutating func callBlock(line start: Int) throws(TemplateError) -> JinjaStatement {
        // The parameters of the block stand before the call: `{% call(item) list(items) %}`.
        var parameters: [JinjaMacroNode.Parameter] = []
        if isSign(.openParenthesis) { parameters = try self.parameters() }
        let call = try expression()
        guard case .chain(_, let suffixes) = call, case .call? = suffixes.last else { throw failure("expected a call") }
        let node = try macroBody(name: "", parameters: parameters, end: "endcall", line: start)
        return .call(node, call, line: start)
    }

    private mutating func macro(name: String, end: String, line start: Int) throws(TemplateError) -> JinjaMacroNode {
        try macroBody(name: name, parameters: try parameters(), end: end, line: start)
    }

    private mutating func parameters() throws(TemplateError) -> [JinjaMacroNode.Parameter] {
        try expect(.sign(.openParenthesis))
        var parameters: [JinjaMacroNode.Parameter] = []
        while !isSign(.closeParenthesis) {
            if !parameters.isEmpty { try expect(.sign(.comma)) }
            let name = try expectName()
            guard !parameters.contains(where: { $0.text == name }) else {
                throw failure("the parameter '\(name)' stands twice")
            }
            let fallback = accept(.assign) ? try expression() : nil
            if fallback == nil, parameters.last?.fallback != nil {
                throw failure("a parameter without default stands behind one with a default")
            }
            parameters.append(JinjaMacroNode.Parameter(name: number(of: name), text: name, fallback: fallback))
        }
        try expect(.sign(.closeParenthesis))
        return parameters
    }

    private mutating func macroBody(
        name: String, parameters: [JinjaMacroNode.Parameter], end: String, line start: Int
    ) throws(TemplateError) -> JinjaMacroNode {
        reads.append([])
        let outer = loops
        loops = 0
        let body = try scopedBody(until: end)
        loops = outer
        let used = reads.removeLast()
        func number(ifUsed name: String) -> Int? {
            guard used.contains(name), !parameters.contains(where: { $0.text == name }) else { return nil }
            return self.number(of: name)
        }
        return JinjaMacroNode(
            name: name, parameters: parameters, body: body, line: start, caller: number(ifUsed: "caller"),
            rest: number(ifUsed: "varargs"), namedRest: number(ifUsed: "kwargs"))
    }

    /// Names to assign to, alone or with commas between them.
    private mutating func target(
        mayBeAttribute: Bool = false, until end: String? = nil
    ) throws(TemplateError) -> JinjaTarget {
        try enter()
        defer { leave() }
        var parts: [JinjaTarget] = []
        var isTuple = false
        while true {
            if !parts.isEmpty { try expect(.sign(.comma)) }
            if kind == .blockEnd || isSign(.closeParenthesis) || end.map(isName) == true { break }
            parts.append(try oneTarget(mayBeAttribute: mayBeAttribute))
            guard isSign(.comma) else { break }
            isTuple = true
        }
        guard let first = parts.first else { throw failure("expected a name to assign to, got \(token.text)") }
        return isTuple ? .tuple(parts) : first
    }

    private mutating func oneTarget(mayBeAttribute: Bool) throws(TemplateError) -> JinjaTarget {
        if loops > 0, isName("loop") { throw failure("Can't assign to special loop variable in for-loop target") }
        if accept(.openParenthesis) {
            let inner = try target(mayBeAttribute: mayBeAttribute)
            try expect(.sign(.closeParenthesis))
            return inner
        }
        let name = try expectName()
        guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
            throw failure("'\(name)' cannot be assigned to")
        }
        if mayBeAttribute, accept(.dot) { return .attribute(number(of: name), JinjaText(try expectName())) }
        return .name(number(of: name))
    }
}
