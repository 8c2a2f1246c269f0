extension JinjaParser {
    /// Reads one attribute, item or call; false when there is none.
    mutating func postfix(into suffixes: inout [JinjaSuffix]) throws(TemplateError) -> Bool {
        switch kind {
        case .sign(.dot):
            skip()
            switch kind {
            case .name(let name): suffixes.append(.attribute(JinjaText(name)))
            case .integer(let value): suffixes.append(.item(.literal(.integer(value))))
            default: throw failure("expected name or number")
            }
            skip()
        case .sign(.openBracket): suffixes.append(try subscripts())
        case .sign(.openParenthesis): suffixes.append(.call(try arguments(of: "")))
        default: return false
        }
        return true
    }

    /// `[…]` behind a value: an index, a slice, or several of them.
    private mutating func subscripts() throws(TemplateError) -> JinjaSuffix {
        skip()
        var parts: [JinjaSuffix] = []
        while !isSign(.closeBracket) {
            if !parts.isEmpty { try expect(.sign(.comma)) }
            parts.append(try oneSubscript())
        }
        try expect(.sign(.closeBracket))
        if parts.count == 1 { return parts[0] }
        var items: [JinjaExpression] = []
        for case .item(let item) in parts { items.append(item) }
        guard items.count == parts.count else { throw failure("a slice cannot stand beside another index") }
        return .item(.tuple(items))
    }

    private mutating func oneSubscript() throws(TemplateError) -> JinjaSuffix {
        var bounds: [JinjaExpression?] = []
        var isSlice = false
        while true {
            let isEnd = isSign(.closeBracket) || isSign(.comma)
            if isEnd || isSign(.colon) {
                bounds.append(nil)
            } else {
                bounds.append(try expression())
            }
            guard bounds.count < 3, accept(.colon) else { break }
            isSlice = true
        }
        if !isSlice, let index = bounds[0] { return .item(index) }
        guard isSlice else { throw failure("expected an index, got \(token.text)") }
        return .slice(bounds[0], bounds[1], bounds.count > 2 ? bounds[2] : nil)
    }

    /// `(…)` of a call.
    mutating func arguments(of name: String) throws(TemplateError) -> JinjaCallNode {
        let start = line
        var positional: [JinjaExpression] = []
        var named: [(String, JinjaExpression)] = []
        var spread: JinjaExpression?
        var namedSpread: JinjaExpression?
        func ensure(_ holds: Bool) throws(TemplateError) {
            guard holds else { throw failure("invalid syntax for function call expression") }
        }
        try expect(.sign(.openParenthesis))
        var isFirst = true
        while !isSign(.closeParenthesis) {
            if !isFirst {
                try expect(.sign(.comma))
                if isSign(.closeParenthesis) { break }
            }
            isFirst = false
            if accept(.multiply) {
                try ensure(spread == nil && namedSpread == nil)
                spread = try expression()
            } else if accept(.power) {
                try ensure(namedSpread == nil)
                namedSpread = try expression()
            } else if case .name(let key) = kind, following == .sign(.assign) {
                try ensure(namedSpread == nil && !named.contains { $0.0 == key })
                skip(2)
                named.append((key, try expression()))
            } else {
                try ensure(spread == nil && namedSpread == nil && named.isEmpty)
                positional.append(try expression())
            }
        }
        try expect(.sign(.closeParenthesis))
        return JinjaCallNode(
            name: name, positional: positional, named: named, spread: spread, namedSpread: namedSpread, line: start)
    }

    /// `name` or `name.part` of a filter or test.
    private mutating func dottedName() throws(TemplateError) -> String {
        var name = try expectName()
        while accept(.dot) { name += "." + (try expectName()) }
        return name
    }

    /// `|name(…)`
    ///
    /// - Parameter place: where among what is unknown the outermost filter of its chain is told.
    mutating func filter(
        into suffixes: inout [JinjaSuffix], isInline: Bool = false, telling place: Int
    ) throws(TemplateError) {
        if !isInline { skip() }
        let start = line
        let name = try dottedName()
        let call = isSign(.openParenthesis) ? try arguments(of: name) : JinjaCallNode(name: name, line: start)
        let function = JinjaFilters.named(name)
        if function == nil, !isLenient { unknown.insert(("No filter named '\(name)'.", start), at: place) }
        suffixes.append(.filter(function, call))
    }

    /// `is name`, `is not name`, with an argument in parentheses or without them.
    mutating func test(into suffixes: inout [JinjaSuffix], telling place: Int) throws(TemplateError) {
        skip()
        let isNegated = accept("not")
        let start = line
        let name = try dottedName()
        var call = JinjaCallNode(name: name, line: start)
        if isSign(.openParenthesis) {
            call = try arguments(of: name)
        } else if beginsTestArgument {
            guard !isName("is") else { throw failure("You cannot chain multiple tests with is") }
            try enter()
            let value = try primary()
            var parts: [JinjaSuffix] = []
            while try postfix(into: &parts) {}
            leave()
            call = JinjaCallNode(
                name: name, positional: [parts.isEmpty ? value : .chain(value, parts)], line: start)
        }
        let function = JinjaTests.named(name)
        if function == nil, !isLenient { unknown.insert(("No test named '\(name)'.", start), at: place) }
        suffixes.append(.test(function, call, isNegated: isNegated))
    }

    private var beginsTestArgument: Bool {
        switch kind {
        case .name(let name): !["else", "or", "and"].contains(name)
        case .string, .integer, .big, .float, .sign(.openParenthesis), .sign(.openBracket), .sign(.openBrace): true
        default: false
        }
    }
}
