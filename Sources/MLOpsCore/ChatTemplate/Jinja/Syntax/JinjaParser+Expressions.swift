extension JinjaParser {
    /// A whole expression; a condition (`a if b else c`) only where one may stand.
    mutating func expression(withCondition: Bool = true) throws(TemplateError) -> JinjaExpression {
        try enter()
        defer { leave() }
        return withCondition ? try conditional() : try disjunction()
    }

    private mutating func conditional() throws(TemplateError) -> JinjaExpression {
        let known = unknown.count
        var value = try disjunction()
        var nested = 0
        var choices: [(value: JinjaExpression, test: JinjaExpression)] = []
        while accept("if") {
            choices.append((value, try disjunction()))
            unknown.removeLast(unknown.count - known)
            guard accept("else") else {
                // `a if b if c`: what stands before the second `if` is its value.
                value = .conditional(choices, otherwise: nil)
                choices = []
                nested += 1
                guard nested <= JinjaLimits.sourceDepth / 2 else {
                    throw TemplateError(.tooMuch, "its conditions nest too deep", line: line)
                }
                continue
            }
            value = try disjunction()
            unknown.removeLast(unknown.count - known)
        }
        return choices.isEmpty ? value : .conditional(choices, otherwise: value)
    }

    private mutating func disjunction() throws(TemplateError) -> JinjaExpression {
        var parts = [try conjunction()]
        let known = unknown.count
        while accept("or") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : forgiving(.any(parts), since: known)
    }

    private mutating func conjunction() throws(TemplateError) -> JinjaExpression {
        var parts = [try negation()]
        let known = unknown.count
        while accept("and") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : forgiving(.all(parts), since: known)
    }

    private mutating func negation() throws(TemplateError) -> JinjaExpression {
        var count = 0
        while accept("not") { count += 1 }
        let value = try comparison()
        return count == 0 ? value : .not(value, count: count)
    }

    private mutating func comparison() throws(TemplateError) -> JinjaExpression {
        let first = try sum()
        let known = unknown.count
        var rest: [(JinjaComparison, JinjaExpression)] = []
        while let operation = comparisonOperator() { rest.append((operation, try sum())) }
        return rest.isEmpty ? first : forgiving(.comparison(first, rest), since: known)
    }

    /// `expression`, without what is unknown in its later parts when constants before them decide it: jinja2 puts the result
    /// in its place before it looks for filters and tests.
    private mutating func forgiving(_ expression: JinjaExpression, since known: Int) -> JinjaExpression {
        if unknown.count > known, JinjaConstants.decides(expression) { unknown.removeLast(unknown.count - known) }
        return expression
    }

    private mutating func comparisonOperator() -> JinjaComparison? {
        let operation: JinjaComparison
        switch kind {
        case .sign(.equal): operation = .equal
        case .sign(.notEqual): operation = .notEqual
        case .sign(.less): operation = .less
        case .sign(.lessOrEqual): operation = .lessOrEqual
        case .sign(.greater): operation = .greater
        case .sign(.greaterOrEqual): operation = .greaterOrEqual
        case .name("in"): operation = .contained
        case .name("not") where following == .name("in"):
            skip()
            operation = .notContained
        default: return nil
        }
        skip()
        return operation
    }

    /// `+` and `-`, then `~`, then the signs of products, then `**`: each binds tighter than the one before.
    private mutating func sum() throws(TemplateError) -> JinjaExpression {
        let first = try concatenation()
        var rest: [(JinjaSign, JinjaExpression)] = []
        while case .sign(let sign) = kind, sign == .add || sign == .subtract {
            skip()
            rest.append((sign, try concatenation()))
        }
        return rest.isEmpty ? first : .arithmetic(first, rest)
    }

    private mutating func concatenation() throws(TemplateError) -> JinjaExpression {
        var parts = [try product()]
        while accept(.tilde) { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : .concatenation(parts, escapes: false)
    }

    private mutating func product() throws(TemplateError) -> JinjaExpression {
        let first = try power()
        var rest: [(JinjaSign, JinjaExpression)] = []
        while case .sign(let sign) = kind, [.multiply, .divide, .floorDivide, .modulo].contains(sign) {
            skip()
            rest.append((sign, try power()))
        }
        return rest.isEmpty ? first : .arithmetic(first, rest)
    }

    private mutating func power() throws(TemplateError) -> JinjaExpression {
        let first = try unary()
        var rest: [(JinjaSign, JinjaExpression)] = []
        while accept(.power) { rest.append((.power, try unary())) }
        return rest.isEmpty ? first : .arithmetic(first, rest)
    }

    /// Signs bind tighter than filters: `-1|abs` is the absolute value of minus one.
    private mutating func unary() throws(TemplateError) -> JinjaExpression {
        let place = unknown.count
        var signs: [Bool] = []
        while isSign(.subtract) || isSign(.add) {
            signs.append(isSign(.subtract))
            skip()
        }
        var value = try primary()
        var suffixes: [JinjaSuffix] = []
        while try postfix(into: &suffixes) {}
        if !signs.isEmpty {
            value = .signed(signs, suffixes.isEmpty ? value : .chain(value, suffixes))
            suffixes = []
            while try postfix(into: &suffixes) {}
        }
        while true {
            if isSign(.pipe) {
                try filter(into: &suffixes, telling: place)
            } else if isName("is") {
                try test(into: &suffixes, telling: place)
            } else if isSign(.openParenthesis) {
                suffixes.append(.call(try arguments(of: "")))
            } else {
                return suffixes.isEmpty ? value : .chain(value, suffixes)
            }
        }
    }

    mutating func primary() throws(TemplateError) -> JinjaExpression {
        switch kind {
        case .name(let name):
            skip()
            switch name {
            case "true", "True": return .literal(.bool(true))
            case "false", "False": return .literal(.bool(false))
            case "none", "None": return .literal(.none)
            default:
                noteRead(name)
                return .name(number(of: name))
            }
        case .string(var text):
            skip()
            while case .string(let more) = kind {  // strings beside one another are one, as in Python
                text += more
                skip()
            }
            return .literal(.text(JinjaText(text)))
        case .integer(let value):
            skip()
            return .literal(.integer(value))
        case .big(let value):
            skip()
            return .literal(.big(value))
        case .float(let value):
            skip()
            return .literal(.float(value))
        case .sign(.openParenthesis):
            skip()
            let value = try tuple(inParentheses: true)
            try expect(.sign(.closeParenthesis))
            return value
        case .sign(.openBracket): return .list(try list(until: .closeBracket))
        case .sign(.openBrace): return try dictionary()
        default: throw failure("unexpected \(token.text)")
        }
    }

    /// Expressions with commas between them: a tuple if there is a comma, else the one expression.
    mutating func tuple(
        withCondition: Bool = true, inParentheses: Bool = false, until end: String? = nil
    ) throws(TemplateError) -> JinjaExpression {
        var parts: [JinjaExpression] = []
        var isTuple = false
        while true {
            if !parts.isEmpty { try expect(.sign(.comma)) }
            let isEnd = kind == .variableEnd || kind == .blockEnd || isSign(.closeParenthesis)
            if isEnd || end.map(isName) == true { break }
            parts.append(try expression(withCondition: withCondition))
            guard isSign(.comma) else { break }
            isTuple = true
        }
        if isTuple { return .tuple(parts) }
        if let only = parts.first { return only }
        guard inParentheses else { throw failure("Expected an expression, got \(token.text)") }
        return .tuple([])
    }

    /// The elements of `[…]`; a comma may stand after the last.
    private mutating func list(until end: JinjaSign) throws(TemplateError) -> [JinjaExpression] {
        skip()
        var parts: [JinjaExpression] = []
        while !isSign(end) {
            if !parts.isEmpty { try expect(.sign(.comma)) }
            if isSign(end) { break }
            parts.append(try expression())
        }
        try expect(.sign(end))
        return parts
    }

    private mutating func dictionary() throws(TemplateError) -> JinjaExpression {
        skip()
        var parts: [(JinjaExpression, JinjaExpression)] = []
        while !isSign(.closeBrace) {
            if !parts.isEmpty { try expect(.sign(.comma)) }
            if isSign(.closeBrace) { break }
            let key = try expression()
            try expect(.sign(.colon))
            parts.append((key, try expression()))
        }
        try expect(.sign(.closeBrace))
        return .dictionary(parts)
    }
}
