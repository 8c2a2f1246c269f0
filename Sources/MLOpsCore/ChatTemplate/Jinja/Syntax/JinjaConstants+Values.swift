extension JinjaConstants {
    /// What `compute` gives, or nil when it fails: then it is left for when it is reached.
    func attempt(_ compute: () throws(TemplateError) -> JinjaValue?) -> JinjaValue? {
        do throws(TemplateError) { return try compute() } catch { return nil }
    }

    /// The expression's value; nil when it has none before it runs.
    ///
    /// - Throws: when a dictionary has a key that cannot be one, which jinja2 does not catch.
    func constant(_ expression: JinjaExpression) throws(TemplateError) -> JinjaValue? {
        switch expression {
        case .literal(let literal): return literal.value
        case .name: return nil
        case .list(let parts):
            guard let values = try constants(parts) else { return nil }
            return attempt { () throws(TemplateError) in try rendering.list(values) }
        case .tuple(let parts):
            guard let values = try constants(parts) else { return nil }
            return attempt { () throws(TemplateError) in try rendering.tuple(values) }
        case .dictionary(let pairs):
            var entries: [(key: JinjaValue, value: JinjaValue)] = []
            for (key, value) in pairs {
                guard let key = try constant(key), let value = try constant(value) else { return nil }
                entries.append((key, value))
            }
            do throws(TemplateError) { return try rendering.dictionary(entries) } catch  where error.code == .tooMuch {
                return nil
            }
        case .chain(let first, let suffixes):
            guard var value = try constant(first) else { return nil }
            for suffix in suffixes {
                guard let next = try applied(suffix, to: value) else { return nil }
                value = next
            }
            return value
        case .not(let part, let count):
            return try constant(part).map { .bool(count.isMultiple(of: 2) ? $0.isTrue : !$0.isTrue) }
        case .signed(let signs, let part):
            guard var value = try constant(part) else { return nil }
            return attempt { () throws(TemplateError) in
                for isNegative in signs.reversed() { value = try rendering.signed(value, isNegative: isNegative) }
                return value
            }
        case .arithmetic(let first, let rest):
            guard let value = try constant(first), let others = try constants(rest.map(\.1)) else { return nil }
            return attempt { () throws(TemplateError) in
                var value = value
                for (part, other) in zip(rest, others) { value = try rendering.arithmetic(value, part.0, other) }
                return value
            }
        case .concatenation(let parts, _):
            guard let values = try constants(parts) else { return nil }
            return attempt { () throws(TemplateError) in .text(try rendering.concatenation(values)) }
        case .comparison(let first, let rest):
            guard var left = try constant(first) else { return nil }
            for (operation, part) in rest {
                guard let right = try constant(part),
                    let holds = attempt({ () throws(TemplateError) in
                        .bool(try rendering.compare(left, operation, right))
                    })
                else { return nil }
                if !holds.isTrue { return .bool(false) }
                left = right
            }
            return .bool(true)
        case .all(let parts), .any(let parts):
            var isAll = false
            if case .all = expression { isAll = true }
            for part in parts.dropLast() {
                guard let value = try constant(part) else { return nil }
                if value.isTrue != isAll { return value }
            }
            return try constant(parts[parts.count - 1])
        case .conditional(let choices, let otherwise):
            for choice in choices {
                guard let test = try constant(choice.test) else { return nil }
                if test.isTrue { return try constant(choice.value) }
            }
            guard let otherwise else { return nil }
            return try constant(otherwise)
        }
    }

    private func constants(_ parts: [JinjaExpression]) throws(TemplateError) -> [JinjaValue]? {
        var values: [JinjaValue] = []
        for part in parts {
            guard let value = try constant(part) else { return nil }
            values.append(value)
        }
        return values
    }

    func applied(_ suffix: JinjaSuffix, to value: JinjaValue) throws(TemplateError) -> JinjaValue? {
        switch suffix {
        case .call: return nil
        case .attribute(let name):
            return attempt { () throws(TemplateError) in try rendering.attribute(name, of: value) }
        case .item(let part):
            guard let key = try constant(part) else { return nil }
            return attempt { () throws(TemplateError) in try rendering.item(key, of: value) }
        case .slice(let start, let stop, let step):
            guard let bounds = try constants([start, stop, step].map { $0 ?? .literal(.none) }) else { return nil }
            if value.isUndefined { return nil }
            if bounds[2].index == 0, value.elements != nil || value.text != nil { return nil }
            let part = attempt { () throws(TemplateError) in
                try rendering.slice(
                    value, from: try rendering.sliceBound(bounds[0], of: value),
                    to: try rendering.sliceBound(bounds[1], of: value),
                    by: try rendering.sliceBound(bounds[2], of: value))
            }
            return part ?? .undefined(.reason("\(value.typeName) object has no such slice"))
        case .filter(let filter, let call):
            guard !isVolatile, let filter, !Self.needsContext.contains(call.name),
                let arguments = try arguments(call)
            else { return nil }
            return attempt { () throws(TemplateError) in try filter(value, arguments, rendering) }
        case .test(let test, let call, let isNegated):
            guard !isVolatile, let test, let arguments = try arguments(call) else { return nil }
            return attempt { () throws(TemplateError) in .bool(try test(value, arguments, rendering) != isNegated) }
        }
    }

    /// Filters that look at the variables, or may.
    private static let needsContext: Set<String> = ["map", "select", "reject", "selectattr", "rejectattr", "random"]

    private func arguments(_ call: JinjaCallNode) throws(TemplateError) -> JinjaArguments? {
        var arguments = JinjaArguments()
        guard let positional = try constants(call.positional) else { return nil }
        arguments.positional = positional
        for (name, value) in call.named {
            guard let value = try constant(value) else { return nil }
            arguments.named.append((name, value))
        }
        if let spread = call.spread {
            guard let spread = try constant(spread), let more = try? rendering.elements(of: spread) else { return nil }
            arguments.positional += more
        }
        if let spread = call.namedSpread {
            guard case .dictionary(let dictionary)? = try constant(spread) else { return nil }
            for (key, value) in dictionary.entries {
                guard case .text(let name) = key else { return nil }
                // Here, and only here, a name given twice has the last value.
                arguments.named.removeAll { $0.0 == name.string }
                arguments.named.append((name.string, value))
            }
        }
        return arguments
    }
}
