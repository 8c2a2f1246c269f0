/// How statements ended.
enum JinjaEnding {
    case normal, breakLoop, continueLoop
}

extension JinjaRendering {
    func execute(
        _ body: [JinjaStatement], in scope: JinjaScope, to output: JinjaOutput
    ) throws(TemplateError) -> JinjaEnding {
        for statement in body {
            let ending = try execute(statement, in: scope, to: output)
            if ending != .normal { return ending }
        }
        return .normal
    }

    private func execute(
        _ statement: JinjaStatement, in scope: JinjaScope, to output: JinjaOutput
    ) throws(TemplateError) -> JinjaEnding {
        switch statement {
        case .text(let text):
            try write(text, to: output)
        case .output(let expression, let escapes, let line):
            self.line = line
            let value = try evaluate(expression, in: scope)
            let text = try str(value)
            try write(escapes ?? self.escapes ? try escaped(text) : text, to: output)
        case .assign(let target, let expression, let line):
            self.line = line
            try checkNamespaces(in: target, scope: scope)
            try assign(try evaluate(expression, in: scope), to: target, in: scope)
        case .condition(let branches, let otherwise):
            return try condition(branches, otherwise: otherwise, in: scope, to: output)
        case .loop(let node):
            try loop(node, in: scope, to: output)
        case .macro(let node, let name):
            scope.set(name, .object(macro(node, in: scope)))
        case .hide(let names): scope.hide(names)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        case .unsupported(let tag, let line):
            self.line = line
            throw failure(
                "no loader for this environment specified: '\(tag)' needs another template, and there is none")
        default: return try executeBlock(statement, in: scope, to: output)
        }
        return .normal
    }

    @inline(never) private func condition(
        _ branches: [JinjaBranch], otherwise: [JinjaStatement], in scope: JinjaScope, to output: JinjaOutput
    ) throws(TemplateError) -> JinjaEnding {
        try enter()
        defer { leave() }
        for branch in branches {
            line = branch.line
            if try evaluate(branch.test, in: scope).isTrue {
                return try execute(branch.body, in: scope, to: output)
            }
        }
        return try execute(otherwise, in: scope, to: output)
    }

    /// The statements that write somewhere of their own or hide what they set.
    @inline(never) private func executeBlock(
        _ statement: JinjaStatement, in scope: JinjaScope, to output: JinjaOutput
    ) throws(TemplateError) -> JinjaEnding {
        try enter()
        defer { leave() }
        switch statement {
        case .assignBlock(let target, let filters, let body, let line):
            let inner = JinjaScope(parent: scope)
            let buffer = JinjaOutput()
            let ending = try execute(body, in: inner, to: buffer)
            guard ending == .normal else { return ending }
            self.line = line
            try checkNamespaces(in: target, scope: scope)
            buffer.text.isSafe = escapes
            try assign(try apply(filters, to: .text(buffer.text), in: inner), to: target, in: scope)
        case .filter(let filters, let body, let line):
            let inner = JinjaScope(parent: scope)
            let buffer = JinjaOutput()
            let ending = try execute(body, in: inner, to: buffer)
            guard ending == .normal else { return ending }
            self.line = line
            buffer.text.isSafe = escapes
            let filtered = try apply(filters, to: .text(buffer.text), in: inner)
            guard case .text(let text) = filtered else {
                throw failure("sequence item 0: expected str instance, \(filtered.typeName) found")
            }
            try write(text, to: output)
        case .with(let values, let body, let line):
            self.line = line
            let inner = JinjaScope(parent: scope)
            for (target, value) in values { try assign(try evaluate(value, in: scope), to: target, in: inner) }
            return try execute(body, in: inner, to: output)
        case .block(let body, let isScoped, let required):
            if let required { throw failure("Required block '\(required)' not found") }
            return try execute(
                body, in: JinjaScope(parent: isScoped ? scope : globals, seesHidden: !isScoped), to: output)
        case .autoescape(let condition, let body):
            let outer = escapes
            escapes = try evaluate(condition, in: scope).isTrue
            defer { escapes = outer }
            return try execute(body, in: JinjaScope(parent: scope), to: output)
        case .generation(let node):
            let start = output.text.bytes.count
            let inner = JinjaScope(parent: scope)
            if let caller = node.caller { inner.set(caller, .undefined(.reason("No caller defined"))) }
            if let rest = node.rest { inner.set(rest, .tuple(JinjaList([]))) }
            if let rest = node.namedRest { inner.set(rest, .dictionary(JinjaDictionary(distinct: []))) }
            _ = try execute(node.body, in: inner, to: output)
            if output.isMain {
                generationRanges.append(start..<output.text.bytes.count)
            } else {
                // The text goes on from here: its characters remember what they are.
                try reserve(bytes: output.text.bytes.count - start)
                output.text.markGenerated(from: start)
            }
        case .call(let node, let expression, let line):
            self.line = line
            guard case .chain(let first, var suffixes) = expression, case .call(let call)? = suffixes.popLast() else {
                throw failure("expected a call")
            }
            let function = try apply(suffixes, to: try evaluate(first, in: scope), in: scope)
            var arguments = try self.arguments(call, in: scope)
            guard arguments["caller"] == nil else { throw failure("the argument 'caller' is given twice") }
            arguments.named.append(("caller", .object(macro(node, in: scope))))
            try write(try str(try self.call(function, arguments)), to: output)
        default: break
        }
        return .normal
    }

    func write(_ text: JinjaText, to output: JinjaOutput) throws(TemplateError) {
        guard output.text.bytes.count + text.bytes.count <= JinjaLimits.textBytes else {
            throw excess("it writes more than \(JinjaLimits.textBytes) bytes")
        }
        try reserve(bytes: text.bytes.count)
        output.text.append(text)
    }

    /// What statements write, as a text.
    func captured(_ body: [JinjaStatement], in scope: JinjaScope) throws(TemplateError) -> JinjaText {
        let buffer = JinjaOutput()
        _ = try execute(body, in: scope, to: buffer)
        return buffer.text
    }

    // MARK: - Assignment

    /// Jinja looks at the namespaces before it computes what to assign.
    private func checkNamespaces(in target: JinjaTarget, scope: JinjaScope) throws(TemplateError) {
        switch target {
        case .name: break
        case .attribute(let name, _):
            guard case .object(let object)? = scope.value(name), object is JinjaNamespace else {
                throw failure(
                    "cannot assign attribute on non-namespace object: '\(program.names[name])' is no namespace")
            }
        case .tuple(let parts): for part in parts { try checkNamespaces(in: part, scope: scope) }
        }
    }

    func assign(_ value: JinjaValue, to target: JinjaTarget, in scope: JinjaScope) throws(TemplateError) {
        switch target {
        case .name(let name): scope.set(name, value)
        case .attribute(let name, let attribute):
            guard case .object(let object)? = scope.value(name), let namespace = object as? JinjaNamespace else {
                throw failure(
                    "cannot assign attribute on non-namespace object: '\(program.names[name])' is no namespace")
            }
            try JinjaGlobals.checkName(attribute, self)
            namespace[attribute] = value
        case .tuple(let parts):
            if !Self.isIterable(value) { throw failure("cannot unpack non-iterable \(value.typeName) object") }
            let next = try iterator(of: value)
            var values: [JinjaValue] = []
            while let element = try next() {
                guard values.count < parts.count else {
                    throw failure("too many values to unpack (expected \(parts.count))")
                }
                values.append(element)
            }
            guard values.count == parts.count else {
                throw failure("not enough values to unpack (expected \(parts.count), got \(values.count))")
            }
            for (part, value) in zip(parts, values) { try assign(value, to: part, in: scope) }
        }
    }

    // MARK: - Loops

    @inline(never) private func loop(
        _ node: JinjaLoopNode, in scope: JinjaScope, to output: JinjaOutput
    ) throws(TemplateError) {
        line = node.line
        let items = try evaluate(node.items, in: scope)
        try loop(node, over: items, depth: 0, in: scope, to: output)
    }

    private func loop(
        _ node: JinjaLoopNode, over value: JinjaValue, depth: Int, in scope: JinjaScope, to output: JinjaOutput
    ) throws(TemplateError) {
        try enter()
        defer { leave() }
        let isWhole: Bool
        if case .object(is JinjaGenerator) = value { isWhole = false } else { isWhole = node.test == nil }
        var next = try iterator(of: value)
        if let test = node.test { next = filtered(next, node, test, in: scope) }
        var loop: JinjaLoop?
        if node.usesLoop {
            let recursion: JinjaLoop.Recursion = { (value, depth) throws(TemplateError) in
                let buffer = JinjaOutput()
                try self.loop(node, over: value, depth: depth, in: scope, to: buffer)
                buffer.text.isSafe = self.escapes
                return .text(buffer.text)
            }
            let made = JinjaLoop(
                next, nesting: value.nesting + 1, depth0: depth, recursion: node.isRecursive ? recursion : nil)
            if isWhole { made.readAll() }
            next = made.advance
            loop = made
        }
        defer { loop?.end() }
        // Jinja takes `else` when no turn of the loop reached its end, be it for `break` or `continue`.
        var completed = false
        while let item = try next() {
            try spend(4)
            let inner = JinjaScope(parent: scope)
            if let loop { inner.set(node.loopName, .object(loop)) }
            line = node.line
            try assign(item, to: node.target, in: inner)
            let ending = try execute(node.body, in: inner, to: output)
            if ending == .breakLoop { break }
            if ending == .normal { completed = true }
        }
        if !completed, !node.otherwise.isEmpty {
            _ = try execute(node.otherwise, in: JinjaScope(parent: scope), to: output)
        }
    }

    private func filtered(
        _ next: @escaping JinjaIterator, _ node: JinjaLoopNode, _ test: JinjaExpression, in scope: JinjaScope
    ) -> JinjaIterator {
        { () throws(TemplateError) in
            while let item = try next() {
                try self.spend(4)
                let inner = JinjaScope(parent: scope)
                try self.assign(item, to: node.target, in: inner)
                if try self.evaluate(test, in: inner).isTrue { return item }
            }
            return nil
        }
    }
}
