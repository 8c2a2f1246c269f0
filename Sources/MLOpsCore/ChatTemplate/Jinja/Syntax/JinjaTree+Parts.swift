extension JinjaExpression {
    /// The same expression with `change` applied to each of its parts.
    func mapping(
        _ change: (JinjaExpression) throws(TemplateError) -> JinjaExpression
    ) throws(TemplateError) -> JinjaExpression {
        func all(_ parts: [JinjaExpression]) throws(TemplateError) -> [JinjaExpression] {
            var out: [JinjaExpression] = []
            out.reserveCapacity(parts.count)
            for part in parts { out.append(try change(part)) }
            return out
        }
        switch self {
        case .literal, .name: return self
        case .list(let parts): return .list(try all(parts))
        case .tuple(let parts): return .tuple(try all(parts))
        case .concatenation(let parts, let escapes): return .concatenation(try all(parts), escapes: escapes)
        case .all(let parts): return .all(try all(parts))
        case .any(let parts): return .any(try all(parts))
        case .dictionary(let pairs):
            let (keys, values) = (try all(pairs.map(\.0)), try all(pairs.map(\.1)))
            return .dictionary(Array(zip(keys, values)))
        case .chain(let first, let suffixes):
            let first = try change(first)
            var out: [JinjaSuffix] = []
            for suffix in suffixes { out.append(try suffix.mapping(change)) }
            return .chain(first, out)
        case .signed(let signs, let part): return .signed(signs, try change(part))
        case .not(let part, let count): return .not(try change(part), count: count)
        case .arithmetic(let first, let rest):
            return .arithmetic(try change(first), Array(zip(rest.map(\.0), try all(rest.map(\.1)))))
        case .comparison(let first, let rest):
            return .comparison(try change(first), Array(zip(rest.map(\.0), try all(rest.map(\.1)))))
        case .conditional(let choices, let otherwise):
            var out: [(value: JinjaExpression, test: JinjaExpression)] = []
            for choice in choices {
                let test = try change(choice.test)
                out.append((try change(choice.value), test))
            }
            return .conditional(out, otherwise: try otherwise.map { part throws(TemplateError) in try change(part) })
        }
    }

    /// A literal of `value`; nil when the source cannot say it, or when it is large and better made when it is wanted.
    init?(literal value: JinjaValue) {
        var room = 4096
        self.init(literal: value, room: &room)
    }

    private init?(literal value: JinjaValue, room: inout Int) {
        func all(_ values: [JinjaValue]) -> [JinjaExpression]? {
            var parts: [JinjaExpression] = []
            for value in values {
                guard let part = JinjaExpression(literal: value, room: &room) else { return nil }
                parts.append(part)
            }
            return parts
        }
        room -= 1
        guard room >= 0 else { return nil }
        switch value {
        case .none: self = .literal(.none)
        case .bool(let value): self = .literal(.bool(value))
        case .integer(let value): self = .literal(.integer(value))
        case .big(let value): self = .literal(.big(value))
        case .float(let value): self = .literal(.float(value))
        case .text(let text):
            room -= text.bytes.count >> 4
            self = .literal(.text(text))
        case .list(let list):
            guard let parts = all(list.elements) else { return nil }
            self = .list(parts)
        case .tuple(let list):
            guard !list.isGroup, let parts = all(list.elements) else { return nil }
            self = .tuple(parts)
        case .dictionary(let dictionary):
            guard let keys = all(dictionary.entries.map(\.key)), let values = all(dictionary.entries.map(\.value))
            else {
                return nil
            }
            self = .dictionary(Array(zip(keys, values)))
        case .undefined, .range, .object: return nil
        }
    }
}

extension JinjaSuffix {
    /// The same with `change` applied to each expression in it.
    func mapping(
        _ change: (JinjaExpression) throws(TemplateError) -> JinjaExpression
    ) throws(TemplateError) -> JinjaSuffix {
        func optional(_ part: JinjaExpression?) throws(TemplateError) -> JinjaExpression? {
            guard let part else { return nil }
            return try change(part)
        }
        func changed(_ call: JinjaCallNode) throws(TemplateError) -> JinjaCallNode {
            var positional: [JinjaExpression] = []
            for part in call.positional { positional.append(try change(part)) }
            var named: [(String, JinjaExpression)] = []
            for (name, part) in call.named { named.append((name, try change(part))) }
            return JinjaCallNode(
                name: call.name, positional: positional, named: named, spread: try optional(call.spread),
                namedSpread: try optional(call.namedSpread), line: call.line)
        }
        switch self {
        case .attribute: return self
        case .item(let part): return .item(try change(part))
        case .slice(let start, let stop, let step):
            return .slice(try optional(start), try optional(stop), try optional(step))
        case .call(let call): return .call(try changed(call))
        case .filter(let filter, let call): return .filter(filter, try changed(call))
        case .test(let test, let call, let isNegated): return .test(test, try changed(call), isNegated: isNegated)
        }
    }
}

extension JinjaLiteral {
    /// What it stands for.
    var value: JinjaValue {
        switch self {
        case .none: .none
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .big(let value): .big(value)
        case .float(let value): .float(value)
        case .text(let text): .text(text)
        }
    }

    /// The opposite of a negative number; nil for everything else.
    var negated: JinjaLiteral? {
        switch self {
        case .integer(let value) where value < 0 && value != .min: .integer(-value)
        case .big(let value) where value.isNegative:
            .big(BigInteger(isNegative: false, magnitude: value.magnitude))
        case .float(let value) where value.sign == .minus: .float(-value)
        default: nil
        }
    }
}
