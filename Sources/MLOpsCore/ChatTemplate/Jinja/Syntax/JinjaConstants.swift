/// Computes what is constant in a parsed template before anything runs, as jinja2/optimizer.py 3.1 does.
///
/// Mostly the text is the same either way. But what cannot be computed is an error even where it is never reached
/// (`{[1]: 2}` inside a larger expression), a slice of a constant that has none is undefined, and `~` between constants
/// never makes HTML.
struct JinjaConstants {
    /// Computes; it has no variables.
    let rendering: JinjaRendering
    /// Whether `{% autoescape %}` is on around the current statement, as far as the source tells.
    private var escapes: Bool { rendering.escapes }
    /// Whether only running tells: then nothing but what is written out is computed.
    var isVolatile = false

    private init(_ program: JinjaProgram) {
        rendering = JinjaRendering(JinjaProgram(body: [], names: program.names, blocks: [:]), inputBytes: 0)
    }

    /// Whether `expression` is constant, whatever stands behind what decides it: `false and 1|nosuch`.
    static func decides(_ expression: JinjaExpression) -> Bool {
        let constants = JinjaConstants(JinjaProgram(body: [], names: [], blocks: [:]))
        return (try? constants.constant(expression)) != nil
    }

    /// Returns the program with literals in place of what is constant.
    static func applied(to program: JinjaProgram) throws(TemplateError) -> JinjaProgram {
        var constants = JinjaConstants(program)
        var program = program
        program.body = try constants.body(program.body)
        for (name, body) in program.blocks { program.blocks[name] = try constants.body(body) }
        return program
    }

    // MARK: - Statements

    private mutating func body(_ statements: [JinjaStatement]) throws(TemplateError) -> [JinjaStatement] {
        var out: [JinjaStatement] = []
        out.reserveCapacity(statements.count)
        for statement in statements { out.append(try self.statement(statement)) }
        return out
    }

    private mutating func statement(_ statement: JinjaStatement) throws(TemplateError) -> JinjaStatement {
        switch statement {
        case .output(let value, _, let line): return try output(value, line: line)
        case .assign(let target, let value, let line):
            rendering.line = line
            return .assign(target, try visited(value), line: line)
        case .condition(let branches, let otherwise):
            var folded: [JinjaBranch] = []
            for branch in branches {
                folded.append(
                    JinjaBranch(test: try visited(branch.test), body: try body(branch.body), line: branch.line))
            }
            return .condition(folded, otherwise: try body(otherwise))
        case .loop(let node):
            var test: JinjaExpression?
            if let part = node.test { test = try visited(part) }
            return .loop(
                JinjaLoopNode(
                    target: node.target, items: try visited(node.items), test: test, isRecursive: node.isRecursive,
                    body: try body(node.body), otherwise: try body(node.otherwise), line: node.line,
                    loopName: node.loopName, usesLoop: node.usesLoop))
        case .assignBlock(let target, let filters, let inner, let line):
            return .assignBlock(target, filters: try suffixes(filters), body: try body(inner), line: line)
        case .macro(let node, let name): return .macro(try macro(node), name: name)
        case .call(let node, let call, let line): return .call(try macro(node), try visited(call), line: line)
        case .generation(let node): return .generation(try macro(node))
        case .filter(let filters, let inner, let line):
            return .filter(try suffixes(filters), body: try body(inner), line: line)
        case .with(let values, let inner, let line):
            var folded: [(JinjaTarget, JinjaExpression)] = []
            for (target, value) in values { folded.append((target, try visited(value))) }
            return .with(folded, body: try body(inner), line: line)
        case .block(let inner, let isScoped, let required):
            // What stands around a block does not count: another template could put it elsewhere.
            let outer = (escapes, isVolatile)
            defer { (rendering.escapes, isVolatile) = outer }
            (rendering.escapes, isVolatile) = (false, false)
            return .block(body: try body(inner), isScoped: isScoped, required: required)
        case .autoescape(let condition, let inner):
            let outer = (escapes, isVolatile)
            defer { (rendering.escapes, isVolatile) = outer }
            let condition = try visited(condition)
            if let value = try constant(condition) { rendering.escapes = value.isTrue } else { isVolatile = true }
            return .autoescape(condition, body: try body(inner))
        case .text, .hide, .breakLoop, .continueLoop, .unsupported: return statement
        }
    }

    private mutating func macro(_ node: JinjaMacroNode) throws(TemplateError) -> JinjaMacroNode {
        var parameters = node.parameters
        for index in parameters.indices {
            if let fallback = parameters[index].fallback { parameters[index].fallback = try visited(fallback) }
        }
        return JinjaMacroNode(
            name: node.name, parameters: parameters, body: try body(node.body), line: node.line, caller: node.caller,
            rest: node.rest, namedRest: node.namedRest)
    }

    /// What is constant is written as text; what cannot be computed waits until it is reached.
    private func output(_ value: JinjaExpression, line: Int) throws(TemplateError) -> JinjaStatement {
        rendering.line = line
        let text = attempt { () throws(TemplateError) in
            guard let value = try constant(value) else { return nil }
            let text = try rendering.str(value)
            return .text(escapes ? try rendering.escaped(text) : text)
        }
        if case .text(let text)? = text { return .text(text) }
        return .output(try visited(value), escapes: isVolatile ? nil : escapes, line: line)
    }

    // MARK: - Expressions

    /// The expression as it will be evaluated. Alone, the parts of lists, tuples and dictionaries are looked at, not they.
    private func visited(_ expression: JinjaExpression) throws(TemplateError) -> JinjaExpression {
        switch expression {
        case .literal, .name: return expression
        case .list, .tuple, .dictionary: return try expression.mapping(visited)
        default: return isVolatile ? try expression.mapping(visited) : try folded(expression)
        }
    }

    private func suffixes(_ suffixes: [JinjaSuffix]) throws(TemplateError) -> [JinjaSuffix] {
        var out: [JinjaSuffix] = []
        for suffix in suffixes { out.append(try suffix.mapping(isVolatile ? visited : folded)) }
        return out
    }

    /// The expression with literals for all of its parts that are constant, from the inside out.
    private func folded(_ expression: JinjaExpression) throws(TemplateError) -> JinjaExpression {
        let expression = try expression.mapping(folded)
        if let value = try constant(expression), let literal = JinjaExpression(literal: value) { return literal }
        switch expression {
        case .chain(let first, let suffixes):
            guard var value = try constant(first) else { return expression }
            var best: (JinjaExpression, count: Int) = (first, 0)
            for (index, suffix) in suffixes.enumerated() {
                guard let next = try applied(suffix, to: value) else { break }
                value = next
                if let literal = JinjaExpression(literal: value) { best = (literal, index + 1) }
            }
            return .chain(best.0, Array(suffixes[best.count...]))
        case .arithmetic(let first, let rest):
            guard var value = try constant(first) else { return expression }
            var best: (JinjaExpression, count: Int) = (first, 0)
            for (index, part) in rest.enumerated() {
                guard let right = try constant(part.1),
                    let next = attempt({ () throws(TemplateError) in try rendering.arithmetic(value, part.0, right) })
                else { break }
                value = next
                if let literal = JinjaExpression(literal: value) { best = (literal, index + 1) }
            }
            return Self.power(of: best.0, Array(rest[best.count...]))
        // What a variable says, jinja2 does not ask here: `~` is plain then.
        case .concatenation(let parts, _): return .concatenation(parts, escapes: escapes && !isVolatile)
        default: return expression
        }
    }

    /// Jinja writes a negative constant without parentheses: `(-2) ** n` is `-(2 ** n)`.
    private static func power(
        of first: JinjaExpression, _ rest: [(JinjaSign, JinjaExpression)]
    ) -> JinjaExpression {
        guard case .literal(let number) = first, let opposite = number.negated, rest.first?.0 == .power else {
            return .arithmetic(first, rest)
        }
        let power = JinjaExpression.signed([true], .arithmetic(.literal(opposite), [rest[0]]))
        return rest.count == 1 ? power : .arithmetic(power, Array(rest.dropFirst()))
    }
}
