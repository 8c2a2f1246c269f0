extension JinjaRendering {
    func evaluate(_ expression: JinjaExpression, in scope: JinjaScope) throws(TemplateError) -> JinjaValue {
        switch expression {
        case .literal(let literal):
            // Jinja writes constants as Python, where these two have no name.
            if case .float(let value) = literal, !value.isFinite {
                throw failure("name '\(value.isNaN ? "nan" : "inf")' is not defined")
            }
            return literal.value
        case .name(let name):
            return scope.value(name) ?? .undefined(.name(program.names[name]))
        default:
            try enter()
            defer { leave() }
            return try evaluateCompound(expression, in: scope)
        }
    }

    @inline(never) private func evaluateCompound(
        _ expression: JinjaExpression, in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        switch expression {
        case .chain(let first, let suffixes):
            return try apply(suffixes, to: try evaluate(first, in: scope), in: scope)
        case .all(let parts):
            for part in parts.dropLast() {
                let value = try evaluate(part, in: scope)
                if !value.isTrue { return value }
            }
            return try evaluate(parts[parts.count - 1], in: scope)
        case .any(let parts):
            for part in parts.dropLast() {
                let value = try evaluate(part, in: scope)
                if value.isTrue { return value }
            }
            return try evaluate(parts[parts.count - 1], in: scope)
        case .not(let part, let count):
            let holds = try evaluate(part, in: scope).isTrue
            return .bool(count.isMultiple(of: 2) ? holds : !holds)
        case .comparison(let first, let rest): return try comparison(first, rest, in: scope)
        case .conditional(let choices, let otherwise): return try conditional(choices, otherwise, in: scope)
        case .arithmetic(let first, let rest):
            var value = try evaluate(first, in: scope)
            for (sign, part) in rest { value = try arithmetic(value, sign, try evaluate(part, in: scope)) }
            return value
        case .concatenation(let parts, let escapes):
            let values = try values(parts, in: scope)
            let isHTML = escapes && values.contains { $0.text?.isSafe == true }
            return .text(try concatenation(values, escaping: isHTML))
        case .signed(let signs, let part):
            var value = try evaluate(part, in: scope)
            for isNegative in signs.reversed() { value = try signed(value, isNegative: isNegative) }
            return value
        case .list(let parts): return try list(try values(parts, in: scope))
        case .tuple(let parts): return try tuple(try values(parts, in: scope))
        case .dictionary(let parts): return try dictionary(parts, in: scope)
        case .literal, .name: return try evaluate(expression, in: scope)
        }
    }

    private func values(_ parts: [JinjaExpression], in scope: JinjaScope) throws(TemplateError) -> [JinjaValue] {
        var values: [JinjaValue] = []
        values.reserveCapacity(parts.count)
        for part in parts { values.append(try evaluate(part, in: scope)) }
        return values
    }

    @inline(never) private func dictionary(
        _ parts: [(JinjaExpression, JinjaExpression)], in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        var entries: [(key: JinjaValue, value: JinjaValue)] = []
        for (key, value) in parts { entries.append((try evaluate(key, in: scope), try evaluate(value, in: scope))) }
        return try dictionary(entries)
    }

    @inline(never) private func conditional(
        _ choices: [(value: JinjaExpression, test: JinjaExpression)], _ otherwise: JinjaExpression?,
        in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        for choice in choices {
            if try evaluate(choice.test, in: scope).isTrue { return try evaluate(choice.value, in: scope) }
        }
        if let otherwise { return try evaluate(otherwise, in: scope) }
        return .undefined(
            .reason("the inline if-expression on line \(line) evaluated to false and no else section was defined."))
    }

    @inline(never) private func comparison(
        _ first: JinjaExpression, _ rest: [(JinjaComparison, JinjaExpression)], in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        var left = try evaluate(first, in: scope)
        for (operation, part) in rest {
            let right = try evaluate(part, in: scope)
            guard try compare(left, operation, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    // MARK: - Chains

    /// Applies attributes, items, calls, filters and tests from left to right.
    func apply(
        _ suffixes: [JinjaSuffix], to value: JinjaValue, in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        var value = value
        var index = 0
        while index < suffixes.count {
            try spend()
            switch suffixes[index] {
            case .attribute(let name):
                // `text.strip()`: called at once, without making a method of it first.
                if index + 1 < suffixes.count, case .call(let call) = suffixes[index + 1],
                    JinjaMethods.has(value, name)
                {
                    value = try method(call, name, of: value, in: scope)
                    index += 1
                } else {
                    value = try attribute(name, of: value)
                }
            case .item(let part): value = try item(try evaluate(part, in: scope), of: value)
            case .slice(let start, let stop, let step):
                value = try slice(value, start, stop, step, in: scope)
            case .call(let call):
                let arguments = try arguments(call, in: scope)
                line = call.line
                value = try self.call(value, arguments)
            case .filter(let filter, let call): value = try self.filter(filter, call, value, in: scope)
            case .test(let test, let call, let isNegated):
                value = .bool(try self.test(test, call, value, in: scope) != isNegated)
            }
            index += 1
        }
        return value
    }

    @inline(never) private func method(
        _ call: JinjaCallNode, _ name: JinjaText, of value: JinjaValue, in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        let arguments = try arguments(call, in: scope)
        line = call.line
        return try JinjaMethods.call(name, of: value, arguments, self)
    }

    @inline(never) private func filter(
        _ filter: JinjaFilter?, _ call: JinjaCallNode, _ value: JinjaValue, in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        let arguments = try arguments(call, in: scope)
        line = call.line
        guard let filter else { throw failure("No filter named '\(call.name)' found.") }
        return try filter(value, arguments, self)
    }

    @inline(never) private func test(
        _ test: JinjaTest?, _ call: JinjaCallNode, _ value: JinjaValue, in scope: JinjaScope
    ) throws(TemplateError) -> Bool {
        let arguments = try arguments(call, in: scope)
        line = call.line
        guard let test else { throw failure("No test named '\(call.name)' found.") }
        return try test(value, arguments, self)
    }

    @inline(never) private func slice(
        _ value: JinjaValue, _ start: JinjaExpression?, _ stop: JinjaExpression?, _ step: JinjaExpression?,
        in scope: JinjaScope
    ) throws(TemplateError) -> JinjaValue {
        func bound(_ part: JinjaExpression?) throws(TemplateError) -> Int? {
            guard let part = try part.map({ part throws(TemplateError) in try evaluate(part, in: scope) }) else {
                return nil
            }
            return try sliceBound(part, of: value)
        }
        return try slice(value, from: try bound(start), to: try bound(stop), by: try bound(step))
    }

    func arguments(_ call: JinjaCallNode, in scope: JinjaScope) throws(TemplateError) -> JinjaArguments {
        var arguments = JinjaArguments()
        if !call.positional.isEmpty { arguments.positional = try values(call.positional, in: scope) }
        for (name, value) in call.named { arguments.named.append((name, try evaluate(value, in: scope))) }
        if let spread = call.spread {
            let more = try elements(of: try evaluate(spread, in: scope))
            try reserve(elements: more.count)
            arguments.positional += more
        }
        if let spread = call.namedSpread {
            guard case .dictionary(let dictionary) = try evaluate(spread, in: scope) else {
                throw failure("only a dictionary can stand behind '**'")
            }
            for (key, value) in dictionary.entries {
                guard case .text(let name) = key else { throw failure("keywords must be strings") }
                guard arguments[name.string] == nil else {
                    throw failure("got multiple values for keyword argument '\(name.string)'")
                }
                arguments.named.append((name.string, value))
                arguments.nameOrigin = arguments.nameOrigin.joined(name.joinedOrigin)
            }
        }
        return arguments
    }

    func call(_ function: JinjaValue, _ arguments: JinjaArguments) throws(TemplateError) -> JinjaValue {
        try enter()
        defer { leave() }
        switch function {
        case .object(let object): return try object.call(arguments, in: self)
        case .undefined(let undefined): throw failure(undefined.message)
        default: throw failure("'\(function.typeName)' object is not callable")
        }
    }
}
