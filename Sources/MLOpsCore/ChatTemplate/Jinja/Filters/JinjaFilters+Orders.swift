extension JinjaFilters {
    /// Filters that put elements in order or compute one value of them.
    static var orders: [String: JinjaFilter] {
        [
            "dictsort": dictSort, "groupby": groupBy, "max": extreme(isLargest: true),
            "min": extreme(isLargest: false), "sort": sort, "sum": sum, "unique": unique,
        ]
    }

    private static let dictSort: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["case_sensitive", "by", "reverse"], of: "dictsort")
        let by = given[1]?.text?.string ?? "key"
        guard by == "key" || by == "value" else {
            throw rendering.failure("You can only sort by either \"key\" or \"value\"")
        }
        guard case .dictionary(let dictionary) = value else {
            throw rendering.failure("'\(value.typeName)' object has no attribute 'items'")
        }
        let pairs = JinjaView(.items, dictionary).values
        let keys = dictionary.entries.map { entry in
            folded(by == "key" ? entry.key : entry.value, unless: given[0]?.isTrue == true)
        }
        let order = try rendering.sortedIndices(keys, isReversed: try isReversed(given[2], rendering))
        return try rendering.list(order.map { pairs[$0] })
    }

    /// Whether an order is turned round, which Python wants to be a whole number.
    private static func isReversed(
        _ value: JinjaValue?, _ rendering: JinjaRendering
    ) throws(TemplateError) -> Bool {
        guard let value else { return false }
        guard value.whole != nil else {
            throw rendering.failure("'\(value.typeName)' object cannot be interpreted as an integer")
        }
        return value.isTrue
    }

    /// The value as it is compared: texts in lower case, unless case counts.
    private static func folded(_ value: JinjaValue, unless isSensitive: Bool) -> JinjaValue {
        if !isSensitive, case .text(let text) = value { return .text(text.lowercased) }
        return value
    }

    private static let sort: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["reverse", "case_sensitive", "attribute"], of: "sort")
        let elements = try rendering.elements(of: value)
        let paths = try rendering.paths(given[2] ?? .none)
        var keys: [JinjaValue] = []
        for element in elements {
            var parts: [JinjaValue] = []
            for path in paths {
                parts.append(
                    folded(try rendering.follow(path, from: element), unless: given[1]?.isTrue == true))
            }
            keys.append(.list(JinjaList(parts)))
        }
        let order = try rendering.sortedIndices(keys, isReversed: try isReversed(given[0], rendering))
        return try rendering.list(order.map { elements[$0] })
    }

    private static func extreme(isLargest: Bool) -> JinjaFilter {
        { (value, arguments, rendering) throws(TemplateError) in
            let given = try rendering.bind(
                arguments, to: ["case_sensitive", "attribute"], of: isLargest ? "max" : "min")
            let path = try rendering.path(given[1] ?? .none)
            var best: (value: JinjaValue, key: JinjaValue)?
            for element in try rendering.elements(of: value) {
                let key = folded(try rendering.follow(path, from: element), unless: given[0]?.isTrue == true)
                guard let current = best else {
                    best = (element, key)
                    continue
                }
                let isBetter =
                    isLargest
                    ? try rendering.isGreater(key, current.key, ">") : try rendering.isLess(key, current.key, "<")
                if isBetter { best = (element, key) }
            }
            return best?.value ?? .undefined(.reason("No aggregated item, sequence was empty."))
        }
    }

    private static let sum: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["attribute", "start"], of: "sum")
        var total = given[1] ?? .integer(0)
        if case .text = total { throw rendering.failure("sum() can't sum strings [use ''.join(seq) instead]") }
        let path = try rendering.path(given[0] ?? .none)
        for element in try rendering.elements(of: value) {
            total = try rendering.arithmetic(total, .add, try rendering.follow(path, from: element))
        }
        return total
    }

    private static let unique: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["case_sensitive", "attribute"], of: "unique")
        let path = try rendering.path(given[1] ?? .none)
        return try rendering.generator(over: value) { () throws(TemplateError) in
            var seen: Set<JinjaKey> = []
            let next = try rendering.iterator(of: value)
            return { () throws(TemplateError) in
                while let element = try next() {
                    let part = folded(try rendering.follow(path, from: element), unless: given[0]?.isTrue == true)
                    guard let key = JinjaKey(part) else {
                        throw rendering.failure("unhashable type: '\(part.typeName)'")
                    }
                    if seen.insert(key).inserted { return element }
                }
                return nil
            }
        }
    }

    private static let groupBy: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(
            arguments, to: ["attribute", "default", "case_sensitive"], required: 1, of: "groupby")
        let path = try rendering.path(given[0] ?? .none)
        let elements = try rendering.elements(of: value)
        var names: [JinjaValue] = []
        for element in elements { names.append(try rendering.follow(path, from: element, default: given[1])) }
        let keys = names.map { folded($0, unless: given[2]?.isTrue == true) }
        var groups: [JinjaValue] = []
        var current: [JinjaValue] = []
        let order = try rendering.sortedIndices(keys, isReversed: false)
        for (place, index) in order.enumerated() {
            current.append(elements[index])
            if place + 1 < order.count, try rendering.areEqual(keys[index], keys[order[place + 1]]) { continue }
            let first = order[place + 1 - current.count]
            let members = try rendering.list(current)
            let group = JinjaList([given[2]?.isTrue == true ? keys[first] : names[first], members], isGroup: true)
            groups.append(try rendering.checked(.tuple(group)))
            current = []
        }
        return try rendering.list(groups)
    }
}

extension JinjaRendering {
    /// The order that sorts `keys`, stable in both directions as Python's is.
    func sortedIndices(_ keys: [JinjaValue], isReversed: Bool) throws(TemplateError) -> [Int] {
        try reserve(elements: keys.count)
        // A merge sort, because comparing may throw and `sort(by:)` does not keep the error's type.
        var order = Array(keys.indices)
        var width = 1
        while width < order.count {
            var merged: [Int] = []
            merged.reserveCapacity(order.count)
            var start = 0
            while start < order.count {
                let middle = min(start + width, order.count)
                let end = min(start + 2 * width, order.count)
                var (left, right) = (start, middle)
                while left < middle, right < end {
                    try spend()
                    let (a, b) = (keys[order[left]], keys[order[right]])
                    let isBefore = isReversed ? try isLess(a, b, "<") : try isLess(b, a, "<")
                    merged.append(order[isBefore ? right : left])
                    if isBefore { right += 1 } else { left += 1 }
                }
                merged += order[left..<middle]
                merged += order[right..<end]
                start = end
            }
            order = merged
            width *= 2
        }
        return order
    }

    /// A dotted path such as `function.name` or `0.x`; nothing is the value itself.
    func path(_ attribute: JinjaValue) throws(TemplateError) -> [JinjaValue] {
        switch attribute {
        case .none: return []
        case .text(let text):
            return try split(text, at: JinjaText(".")).map { part in
                part.all(JinjaText.isDigit) ? Int(part.string).map { .integer($0) } ?? .text(part) : .text(part)
            }
        default: return [attribute]
        }
    }

    /// Several paths with commas between them.
    func paths(_ attribute: JinjaValue) throws(TemplateError) -> [[JinjaValue]] {
        guard case .text(let text) = attribute else { return [try path(attribute)] }
        var paths: [[JinjaValue]] = []
        for part in try split(text, at: JinjaText(",")) { paths.append(try path(.text(part))) }
        return paths
    }

    /// The value at the end of a path.
    func follow(
        _ path: [JinjaValue], from value: JinjaValue, default fallback: JinjaValue? = nil
    ) throws(TemplateError) -> JinjaValue {
        var value = value
        for part in path {
            value = try item(part, of: value)
            if value.isUndefined, let fallback, !fallback.isNone { value = fallback }
        }
        return value
    }
}
