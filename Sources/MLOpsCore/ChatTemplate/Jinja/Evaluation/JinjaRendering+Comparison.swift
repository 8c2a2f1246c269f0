extension JinjaRendering {
    func compare(
        _ left: JinjaValue, _ operation: JinjaComparison, _ right: JinjaValue
    ) throws(TemplateError) -> Bool {
        switch operation {
        case .equal: try areEqual(left, right)
        case .notEqual: !(try areEqual(left, right))
        case .contained: try contains(right, left)
        case .notContained: !(try contains(right, left))
        case .less: try isLess(left, right, "<")
        case .greater: try isGreater(left, right, ">")
        case .lessOrEqual: try isLessOrEqual(left, right, "<=")
        case .greaterOrEqual: try !isLessOrNone(left, right, ">=")
        }
    }

    /// Python's `==`.
    func areEqual(_ left: JinjaValue, _ right: JinjaValue) throws(TemplateError) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)):
            try spend(1 + min(left.bytes.count, right.bytes.count) >> 6)
            return left.bytes == right.bytes
        case (.none, .none), (.undefined, .undefined): return true
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            return try areEqual(left.elements, right.elements)
        case (.dictionary(let left), .dictionary(let right)):
            return try areEqual(left, right)
        case (.range(let left), .range(let right)):
            return left.count == right.count
                && (left.count == 0 || (left.start == right.start && (left.count == 1 || left.step == right.step)))
        case (.object(let left), .object(let right)):
            if let left = left as? JinjaView, let right = right as? JinjaView, left.kind != .values,
                right.kind != .values
            {
                guard left.values.count == right.values.count else { return false }
                for value in left.values where !(try contains(.object(right), value)) { return false }
                return true
            }
            if let left = left as? JinjaBytes, let right = right as? JinjaBytes { return left.bytes == right.bytes }
            return left === right
        default:
            if let left = left.index, let right = right.index { return left == right }
            return left.isNumber && right.isNumber && Self.order(left, right) == .equal
        }
    }

    private func areEqual(_ left: [JinjaValue], _ right: [JinjaValue]) throws(TemplateError) -> Bool {
        guard left.count == right.count else { return false }
        try enter()
        defer { leave() }
        try spend(left.count)
        for (left, right) in zip(left, right) where !(try areEqual(left, right)) { return false }
        return true
    }

    private func areEqual(_ left: JinjaDictionary, _ right: JinjaDictionary) throws(TemplateError) -> Bool {
        guard left.entries.count == right.entries.count else { return false }
        try enter()
        defer { leave() }
        try spend(left.entries.count)
        for (key, value) in left.entries {
            guard let other = right[key], try areEqual(value, other) else { return false }
        }
        return true
    }

    /// Python's `in`.
    func contains(_ container: JinjaValue, _ value: JinjaValue) throws(TemplateError) -> Bool {
        switch container {
        case .text(let text):
            guard case .text(let part) = value else {
                throw failure("'in <string>' requires string as left operand, not \(value.typeName)")
            }
            return try find(part, in: text) != nil
        case .dictionary(let dictionary):
            guard JinjaKey(value) != nil else { throw failure("unhashable type: '\(value.typeName)'") }
            return dictionary[value] != nil
        case .range(let range):
            guard let number = value.number else { return false }
            guard range.count > 0, let number = Int(exactly: number) else { return false }
            let (distance, overflows) = number.subtractingReportingOverflow(range.start)
            return !overflows && distance % range.step == 0 && (0..<range.count).contains(distance / range.step)
        case .object(let view as JinjaView) where view.kind == .keys:
            guard let key = JinjaKey(value) else { throw failure("unhashable type: '\(value.typeName)'") }
            try spend(view.values.count)
            return view.values.contains { JinjaKey($0) == key }
        case .object(let data as JinjaBytes):
            if let number = value.index { return data.bytes.contains { Int($0) == number } }
            guard case .object(let object) = value, let part = object as? JinjaBytes else {
                throw failure("a bytes-like object is required, not '\(value.typeName)'")
            }
            return try find(JinjaText(part.bytes), in: JinjaText(data.bytes)) != nil
        case .none, .bool, .integer, .big, .float:
            throw failure("argument of type '\(container.typeName)' is not iterable")
        default:
            let next = try iterator(of: container)
            while let element = try next() {
                try spend()
                if try areEqual(element, value) { return true }
            }
            return false
        }
    }

    /// Python's `<`; numbers, texts, lists and tuples have an order.
    func isLess(_ left: JinjaValue, _ right: JinjaValue, _ sign: String) throws(TemplateError) -> Bool {
        try ordered(left, right, sign) == .less
    }

    /// Python's `>`.
    func isGreater(_ left: JinjaValue, _ right: JinjaValue, _ sign: String) throws(TemplateError) -> Bool {
        try ordered(left, right, sign) == .greater
    }

    private func isLessOrNone(_ left: JinjaValue, _ right: JinjaValue, _ sign: String) throws(TemplateError) -> Bool {
        let order = try ordered(left, right, sign)
        return order == .less || order == .none
    }

    private func isLessOrEqual(_ left: JinjaValue, _ right: JinjaValue, _ sign: String) throws(TemplateError) -> Bool {
        let order = try ordered(left, right, sign)
        return order == .less || order == .equal
    }

    private enum Order { case less, equal, greater, none }

    private func ordered(_ left: JinjaValue, _ right: JinjaValue, _ sign: String) throws(TemplateError) -> Order {
        switch (left, right) {
        case (.text(let left), .text(let right)):
            try spend(1 + min(left.bytes.count, right.bytes.count) >> 6)
            return left < right ? .less : left == right ? .equal : .greater
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            try enter()
            defer { leave() }
            for (left, right) in zip(left.elements, right.elements) {
                try spend()
                if try !areEqual(left, right) { return try ordered(left, right, sign) }
            }
            let counts = (left.elements.count, right.elements.count)
            return counts.0 < counts.1 ? .less : counts.0 == counts.1 ? .equal : .greater
        case (.object(let first as JinjaView), .object(let second as JinjaView))
        where first.kind != .values && second.kind != .values:
            return try ordered(first, second)
        case (.undefined(let undefined), _), (_, .undefined(let undefined)): throw failure(undefined.message)
        default:
            guard left.isNumber, right.isNumber else {
                throw failure(
                    "'\(sign)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
            }
            return Self.order(left, right)
        }
    }

    /// Views of keys and items are ordered as sets are: the part before the whole.
    private func ordered(_ left: JinjaView, _ right: JinjaView) throws(TemplateError) -> Order {
        let isLess = left.values.count <= right.values.count
        let (part, whole) = isLess ? (left, right) : (right, left)
        for value in part.values where !(try contains(.object(whole), value)) { return .none }
        return left.values.count == right.values.count ? .equal : isLess ? .less : .greater
    }

    /// The order of two numbers: whole ones exactly, whatever their size.
    private static func order(_ left: JinjaValue, _ right: JinjaValue) -> Order {
        if let left = left.index, let right = right.index {
            return left < right ? .less : left == right ? .equal : .greater
        }
        if let left = left.whole, let right = right.whole {
            return left < right ? .less : left == right ? .equal : .greater
        }
        if case .big(let whole) = left, case .float(let number) = right {
            guard number.isFinite else { return number.isNaN ? .none : number > 0 ? .less : .greater }
            let other = BigInteger(truncating: number)
            return whole < other ? .less : whole == other ? .equal : .greater
        }
        if case .float = left, case .big = right {
            switch order(right, left) {
            case .less: return .greater
            case .greater: return .less
            case let same: return same
            }
        }
        guard let first = left.number, let second = right.number else { return .none }
        return first < second ? .less : first == second ? .equal : first > second ? .greater : .none
    }
}
