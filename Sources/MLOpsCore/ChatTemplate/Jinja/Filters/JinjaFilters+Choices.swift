extension JinjaFilters {
    /// Filters that choose, change or group elements one by one.
    static var choices: [String: JinjaFilter] {
        [
            "batch": batch, "map": map, "reject": choose(keeps: false, byAttribute: false),
            "rejectattr": choose(keeps: false, byAttribute: true), "select": choose(keeps: true, byAttribute: false),
            "selectattr": choose(keeps: true, byAttribute: true), "slice": slice,
        ]
    }

    private static let map: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        try rendering.generator(over: value) { () throws(TemplateError) in
            guard value.isTrue else { return JinjaRendering.iterator(of: []) }
            if arguments.positional.isEmpty, let attribute = arguments["attribute"] {
                if let other = arguments.named.first(where: { $0.0 != "attribute" && $0.0 != "default" }) {
                    throw rendering.failure("map got an unexpected argument '\(other.0)'")
                }
                let path = try rendering.path(attribute)
                let next = try rendering.iterator(of: value)
                return { () throws(TemplateError) in
                    guard let element = try next() else { return nil }
                    return try rendering.follow(path, from: element, default: arguments["default"])
                }
            }
            guard let name = arguments.positional.first else {
                throw rendering.failure("map requires a filter argument")
            }
            var filter: JinjaFilter?
            if case .text(let name) = name { filter = named(name.string) }
            let rest = JinjaArguments(positional: Array(arguments.positional.dropFirst()), named: arguments.named)
            let next = try rendering.iterator(of: value)
            return { () throws(TemplateError) in
                guard let element = try next() else { return nil }
                try rendering.spend()
                // Looked for when there is something to filter.
                guard let filter else { throw rendering.failure("No filter named \(try rendering.repr(name).string).") }
                return try filter(element, rest, rendering)
            }
        }
    }

    private static func choose(keeps: Bool, byAttribute: Bool) -> JinjaFilter {
        { (value, arguments, rendering) throws(TemplateError) in
            try rendering.generator(over: value) { () throws(TemplateError) in
                guard value.isTrue else { return JinjaRendering.iterator(of: []) }
                var positional = arguments.positional[...]
                var path: [JinjaValue] = []
                if byAttribute {
                    guard let attribute = positional.popFirst() else {
                        throw rendering.failure("Missing parameter for attribute name")
                    }
                    path = try rendering.path(attribute)
                }
                var test: JinjaTest?
                let name = positional.popFirst()
                if case .text(let name)? = name { test = JinjaTests.named(name.string) }
                let rest = JinjaArguments(positional: Array(positional), named: arguments.named)
                let next = try rendering.iterator(of: value)
                return { () throws(TemplateError) in
                    while let element = try next() {
                        try rendering.spend()
                        let part = try rendering.follow(path, from: element)
                        if let name, test == nil {
                            throw rendering.failure("No test named \(try rendering.repr(name).string).")
                        }
                        let holds = try test.map { test throws(TemplateError) in try test(part, rest, rendering) }
                        if (holds ?? part.isTrue) == keeps { return element }
                    }
                    return nil
                }
            }
        }
    }

    private static let batch: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["linecount", "fill_with"], required: 1, of: "batch")
        // A size that is no number is never reached.
        let size = given[0]?.index ?? (given[0]?.number).flatMap { Int(exactly: $0) } ?? -1
        return try rendering.generator(over: value) { () throws(TemplateError) in
            let next = try rendering.iterator(of: value)
            var row: [JinjaValue] = []
            var isFinished = false
            return { () throws(TemplateError) in
                // A row is given when the element behind it has been read.
                while !isFinished, let element = try next() {
                    let full = row
                    if full.count == size { row = [] }
                    row.append(element)
                    if full.count == size { return try rendering.list(full) }
                }
                guard !isFinished else { return nil }
                isFinished = true
                guard !row.isEmpty else { return nil }
                if let fill = given[1], !fill.isNone, given[0]?.number == nil, let count = given[0] {
                    throw rendering.failure(
                        "'<' not supported between instances of 'int' and '\(count.typeName)'")
                } else if let fill = given[1], !fill.isNone, row.count < size {
                    try rendering.reserve(elements: size)
                    row += Array(repeating: fill, count: size - row.count)
                }
                return try rendering.list(row)
            }
        }
    }

    private static let slice: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["slices", "fill_with"], required: 1, of: "slice")
        let count = try index(given[0], 1, "slice", rendering)
        return try rendering.generator(over: value) { () throws(TemplateError) in
            let elements = try rendering.elements(of: value)
            guard count != 0 else { throw rendering.failure("integer division or modulo by zero") }
            try rendering.reserve(elements: max(count, 0))
            let (size, extra) = (elements.count / count, elements.count % count)
            var (start, number) = (0, 0)
            return { () throws(TemplateError) in
                guard number < count else { return nil }
                let end = start + size + (number < extra ? 1 : 0)
                var part = Array(elements[start..<end])
                if let fill = given[1], !fill.isNone, number >= extra { part.append(fill) }
                (start, number) = (end, number + 1)
                return try rendering.list(part)
            }
        }
    }
}
