/// Which names are hidden where: Jinja decides it from the source, before anything runs.
///
/// A name that a body sets belongs to that body from its beginning on: what lies inside (loops, macros, blocks) finds it
/// undefined until it is set, and not what it is further out. Unless the body, or one around it, reads it first; or sets it
/// under a condition only.
struct JinjaScoping {
    /// Returns the program with a statement at the head of every body that hides names.
    static func applied(to program: JinjaProgram) -> JinjaProgram {
        var program = program
        program.body = JinjaScoping().body(program.body, declared: [], around: [])
        program.blocks = program.blocks.mapValues { JinjaScoping().body($0, declared: [], around: []) }
        return program
    }

    /// What is known of one body's names.
    private struct Names {
        /// Those that are read or set.
        var known: Set<Int> = []
        var stored: Set<Int> = []
        /// Those that were set before they were read.
        var hidden: Set<Int> = []

        mutating func load(_ name: Int) { known.insert(name) }

        mutating func store(_ name: Int) {
            stored.insert(name)
            if known.insert(name).inserted { hidden.insert(name) }
        }
    }

    private func body(_ body: [JinjaStatement], declared: Set<Int>, around: [Set<Int>]) -> [JinjaStatement] {
        var names = Names(known: declared)
        visit(body, &names)
        let inside = around + [names.known]
        let hidden = names.hidden.filter { name in !around.contains { $0.contains(name) } }.sorted()
        let statements = body.map { rewritten($0, around: inside) }
        return hidden.isEmpty ? statements : [.hide(hidden)] + statements
    }

    // MARK: A body's own statements

    private func visit(_ body: [JinjaStatement], _ names: inout Names) {
        for statement in body { visit(statement, &names) }
    }

    private func visit(_ statement: JinjaStatement, _ names: inout Names) {
        switch statement {
        case .output(let value, _, _): load(value, &names)
        case .assign(let target, let value, _):
            load(value, &names)
            store(target, &names)
        case .assignBlock(let target, _, _, _): store(target, &names)
        case .condition(let branches, let otherwise): visit(branches, otherwise, &names)
        case .loop(let node): load(node.items, &names)
        case .macro(_, let name): names.store(name)
        case .call(_, let call, _): load(call, &names)
        case .filter(let filters, _, _): for filter in filters { load(filter, &names) }
        case .with(let values, _, _): for (_, value) in values { load(value, &names) }
        case .text, .block, .autoescape, .generation, .breakLoop, .continueLoop, .unsupported, .hide: break
        }
    }

    /// A name that a condition sets is what it is further out until then.
    private func visit(_ branches: [JinjaBranch], _ otherwise: [JinjaStatement], _ names: inout Names) {
        guard let first = branches.first else { return }
        load(first.test, &names)
        var (main, middle, last) = (names, names, names)
        visit(first.body, &main)
        for branch in branches.dropFirst() { visit([branch], [], &middle) }
        visit(otherwise, &last)
        let before = names.stored
        for group in [main, middle, last] {
            names.known.formUnion(group.known)
            names.stored.formUnion(group.stored)
            names.hidden.formUnion(group.hidden)
        }
        names.hidden.subtract(names.stored.subtracting(before))
    }

    private func store(_ target: JinjaTarget, _ names: inout Names) {
        switch target {
        case .name(let name): names.store(name)
        case .attribute(let name, _): names.load(name)
        case .tuple(let parts): for part in parts { store(part, &names) }
        }
    }

    private func load(_ expression: JinjaExpression, _ names: inout Names) {
        switch expression {
        case .literal: break
        case .name(let name): names.load(name)
        case .list(let parts), .tuple(let parts), .concatenation(let parts, _), .all(let parts), .any(let parts):
            for part in parts { load(part, &names) }
        case .dictionary(let pairs):
            for (key, value) in pairs {
                load(key, &names)
                load(value, &names)
            }
        case .chain(let value, let suffixes):
            load(value, &names)
            for suffix in suffixes { load(suffix, &names) }
        case .signed(_, let value), .not(let value, _): load(value, &names)
        case .arithmetic(let first, let rest):
            load(first, &names)
            for (_, value) in rest { load(value, &names) }
        case .comparison(let first, let rest):
            load(first, &names)
            for (_, value) in rest { load(value, &names) }
        case .conditional(let cases, let otherwise):
            for (value, test) in cases {
                load(value, &names)
                load(test, &names)
            }
            if let otherwise { load(otherwise, &names) }
        }
    }

    private func load(_ suffix: JinjaSuffix, _ names: inout Names) {
        switch suffix {
        case .attribute: break
        case .item(let value): load(value, &names)
        case .slice(let start, let stop, let step):
            for value in [start, stop, step].compactMap(\.self) { load(value, &names) }
        case .call(let call), .filter(_, let call), .test(_, let call, _):
            for value in call.positional + call.named.map(\.1) + [call.spread, call.namedSpread].compactMap(\.self) {
                load(value, &names)
            }
        }
    }

    // MARK: The bodies inside

    private func rewritten(_ statement: JinjaStatement, around: [Set<Int>]) -> JinjaStatement {
        switch statement {
        case .condition(let branches, let otherwise):
            // Branches have the names of the body around them.
            let inner = branches.map { branch in
                JinjaBranch(
                    test: branch.test, body: branch.body.map { rewritten($0, around: around) }, line: branch.line)
            }
            return .condition(inner, otherwise: otherwise.map { rewritten($0, around: around) })
        case .loop(let node):
            return .loop(
                JinjaLoopNode(
                    target: node.target, items: node.items, test: node.test, isRecursive: node.isRecursive,
                    body: body(node.body, declared: Self.names(in: node.target).union([node.loopName]), around: around),
                    otherwise: body(node.otherwise, declared: [], around: around), line: node.line,
                    loopName: node.loopName, usesLoop: node.usesLoop))
        case .assignBlock(let target, let filters, let inner, let line):
            return .assignBlock(
                target, filters: filters, body: body(inner, declared: [], around: around), line: line)
        case .macro(let node, let name): return .macro(rewritten(node, around: around), name: name)
        case .call(let node, let call, let line): return .call(rewritten(node, around: around), call, line: line)
        case .filter(let filters, let inner, let line):
            return .filter(filters, body: body(inner, declared: [], around: around), line: line)
        case .with(let values, let inner, let line):
            let declared = values.reduce(into: Set<Int>()) { $0.formUnion(Self.names(in: $1.0)) }
            return .with(values, body: body(inner, declared: declared, around: around), line: line)
        case .block(let inner, let isScoped, let required):
            return .block(
                body: body(inner, declared: [], around: isScoped ? around : []), isScoped: isScoped, required: required)
        case .autoescape(let condition, let inner):
            return .autoescape(condition, body: body(inner, declared: [], around: around))
        case .generation(let node): return .generation(rewritten(node, around: around))
        case .text, .output, .assign, .breakLoop, .continueLoop, .unsupported, .hide: return statement
        }
    }

    private func rewritten(_ node: JinjaMacroNode, around: [Set<Int>]) -> JinjaMacroNode {
        let own = Set(node.parameters.map(\.name) + [node.caller, node.rest, node.namedRest].compactMap(\.self))
        return JinjaMacroNode(
            name: node.name, parameters: node.parameters, body: body(node.body, declared: own, around: around),
            line: node.line, caller: node.caller, rest: node.rest, namedRest: node.namedRest)
    }

    private static func names(in target: JinjaTarget) -> Set<Int> {
        switch target {
        case .name(let name), .attribute(let name, _): [name]
        case .tuple(let parts): parts.reduce(into: []) { $0.formUnion(names(in: $1)) }
        }
    }
}
