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
            let filters = try filters(isInline: true)
            return [.filter(filters, body: try scopedBody(until: "endfilter"), line: start)]
        case "with": return [try with(line: start)]
        case "generation":
            return [.generation(try macroBody(name: nil, parameters: [], end: "endgeneration", line: start))]
        case "block": return [try block()]
        case "print":
            var parts: [JinjaStatement] = []
            while kind != .blockEnd {
                if !parts.isEmpty { try expect(.sign(.comma)) }
                parts.append(.output(try expression(), line: start))
            }
            return parts
        case "break", "continue":
            if loops == 0 {
                unknown.append((tag == "break" ? "'break' outside loop" : "'continue' not properly in loop", start))
            }
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
            // What stands after the tag is not looked at, as it may be no token.
            skip(-1)
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
        let known = unknown.count
        let stores = loopStores
        // Jinja does not see that `in` ends the names: behind a comma it is one more of them.
        let target = try target()
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
        if loopStores > stores {
            unknown.insert(("Can't assign to special loop variable in for-loop target", start), at: known)
        }
        return .loop(
            JinjaLoopNode(
                target: target, items: items, test: test, isRecursive: isRecursive, body: body, otherwise: otherwise,
                line: start, loopName: number(of: "loop"), usesLoop: usesLoop || isRecursive))
    }

    private mutating func assignment(line start: Int) throws(TemplateError) -> JinjaStatement {
        let target = try target(mayBeAttribute: true)
        if accept(.assign) { return .assign(target, try tuple(), line: start) }
        let filters = try filters()
        return .assignBlock(target, filters: filters, body: try scopedBody(until: "endset"), line: start)
    }

    /// The filters that a tag names for its body; unlike those of an expression no condition excuses them.
    private mutating func filters(isInline: Bool = false) throws(TemplateError) -> [JinjaSuffix] {
        let wasLenient = isLenient
        isLenient = false
        defer { isLenient = wasLenient }
        let place = unknown.count
        var filters: [JinjaSuffix] = []
        if isInline { try filter(into: &filters, isInline: true, telling: place) }
        while isSign(.pipe) { try filter(into: &filters, telling: place) }
        return filters
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
        let isRequired = accept("required")
        let outer = loops
        loops = 0
        let body = try scopedBody(until: "endblock")
        loops = outer
        if isRequired {
            let isBlank = body.allSatisfy { statement in
                if case .text(let text) = statement { text.trimmed().isEmpty } else { false }
            }
            guard isBlank else { throw failure("Required blocks can only contain comments or whitespace") }
        }
        _ = accept(name)
        if blocks.updateValue(body, forKey: name) != nil {
            unknown.insert(("block '\(name)' defined twice", line), at: 0)
        }
        return .block(body: body, isScoped: isScoped, required: isRequired ? name : nil)
    }

    private mutating func callBlock(line start: Int) throws(TemplateError) -> JinjaStatement {
        // The parameters of the block stand before the call: `{% call(item) list(items) %}`.
        var parameters: [JinjaMacroNode.Parameter] = []
        if isSign(.openParenthesis) { parameters = try self.parameters() }
        let call = try expression()
        guard case .chain(_, let suffixes) = call, case .call? = suffixes.last else { throw failure("expected a call") }
        let node = try macroBody(name: nil, parameters: parameters, end: "endcall", line: start)
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
        name: String?, parameters: [JinjaMacroNode.Parameter], end: String, line start: Int
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
}
