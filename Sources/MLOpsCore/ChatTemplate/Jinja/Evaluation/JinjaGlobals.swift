internal import Foundation

/// The functions every template has.
enum JinjaGlobals {
    /// Each by name; made when a template mentions it, unless a variable has its name.
    static let functions: [(name: String, value: @Sendable () -> JinjaValue)] = [
        ("range", { .object(JinjaFunction("range", body: range)) }),
        ("dict", { .object(JinjaDictionaryMaker()) }),
        ("namespace", { .object(JinjaFunction("namespace", body: namespace)) }),
        ("cycler", { .object(JinjaFunction("cycler", class: "jinja2.utils.Cycler", body: cycler)) }),
        ("joiner", { .object(JinjaFunction("joiner", class: "jinja2.utils.Joiner", body: joiner)) }),
        ("lipsum", { .object(JinjaFunction("lipsum", body: placeholder)) }),
        ("raise_exception", { .object(JinjaFunction("raise_exception", body: refuse)) }),
        ("strftime_now", { .object(JinjaFunction("strftime_now", body: time)) }),
    ]

    private static func range(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        if let named = arguments.named.first {
            throw rendering.failure("safe_range() got an unexpected keyword argument '\(named.0)'")
        }
        let count = arguments.positional.count
        guard count > 0 else { throw rendering.failure("range expected at least 1 argument, got 0") }
        guard count <= 3 else { throw rendering.failure("range expected at most 3 arguments, got \(count)") }
        var numbers: [Int] = []
        for value in arguments.positional {
            if case .undefined(let undefined) = value { throw rendering.failure(undefined.message) }
            guard let number = value.index else {
                throw rendering.failure("'\(value.typeName)' object cannot be interpreted as an integer")
            }
            numbers.append(number)
        }
        let start = numbers.count > 1 ? numbers[0] : 0
        let stop = numbers.count > 1 ? numbers[1] : numbers[0]
        let step = numbers.count > 2 ? numbers[2] : 1
        guard step != 0 else { throw rendering.failure("range() arg 3 must not be zero") }
        let isEmpty = step > 0 ? start >= stop : start <= stop
        let (distance, overflows) =
            step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
        let size = Int(clamping: step.magnitude)
        guard isEmpty || (!overflows && (distance - 1) / size < JinjaLimits.range) else {
            throw rendering.excess(
                "Range too big. The sandbox blocks ranges larger than MAX_RANGE (\(JinjaLimits.range)).")
        }
        return .range(JinjaRange(start: start, step: step, count: isEmpty ? 0 : (distance - 1) / size + 1, stop: stop))
    }

    /// The entries `dict(…)` and `namespace(…)` are given: a dictionary or pairs, and names.
    private static func entries(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> [(key: JinjaValue, value: JinjaValue)] {
        guard arguments.positional.count <= 1 else { throw rendering.failure("at most one dictionary can be given") }
        var entries: [(key: JinjaValue, value: JinjaValue)] = []
        switch arguments.positional.first {
        case nil: break
        case .dictionary(let dictionary)?: entries = dictionary.entries
        case let pairs?:
            for pair in try rendering.elements(of: pairs) {
                let both = try rendering.elements(of: pair)
                guard both.count == 2 else { throw rendering.failure("a dictionary is made of pairs") }
                entries.append((both[0], both[1]))
            }
        }
        return entries + arguments.entries
    }

    static func dictionary(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        try rendering.dictionary(try entries(arguments, rendering))
    }

    private static func namespace(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        let namespace = rendering.namespace()
        let entries = try entries(arguments, rendering)
        try rendering.reserve(elements: 2 * entries.count)
        for (key, value) in entries {
            // Other names than texts can be stored, but never read.
            guard case .text(let name) = key else { continue }
            try checkName(name, rendering)
            namespace[name] = value
        }
        return .object(namespace)
    }

    /// transformers keeps names with an underscore in front out of namespaces.
    static func checkName(_ name: JinjaText, _ rendering: JinjaRendering) throws(TemplateError) {
        guard name.bytes.first != 0x5F else {
            throw rendering.failure(
                "Chat templates cannot store underscore-prefixed attributes on a namespace, but got "
                    + "\(try rendering.repr(.text(name)).string). Please rename the attribute.")
        }
    }

    private static func cycler(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        guard !arguments.positional.isEmpty, arguments.named.isEmpty else {
            throw rendering.failure("at least one item has to be provided")
        }
        return try rendering.checked(.object(JinjaCycler(arguments.positional)))
    }

    private static func joiner(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        let separator = try rendering.bind(arguments, to: ["sep"], of: "joiner")[0]
        return try rendering.checked(.object(JinjaJoiner(separator ?? .string(", "))))
    }

    private static let placeholderWords = [
        "lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "sed", "tempor", "magna",
        "aliqua",
        "enim", "minim", "veniam", "quis", "nostrud", "ullamco", "laboris", "nisi", "aliquip", "commodo",
    ]

    /// `lipsum`: paragraphs of words that mean nothing, the same every time.
    private static func placeholder(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        let given = try rendering.bind(arguments, to: ["n", "html", "min", "max"], of: "lipsum")
        let count = try JinjaFilters.index(given[0], 5, "lipsum", rendering)
        let least = try JinjaFilters.index(given[2], 20, "lipsum", rendering)
        let most = try JinjaFilters.index(given[3], 100, "lipsum", rendering)
        guard least < most else { throw rendering.failure("empty range for randrange()") }
        var paragraphs: [String] = []
        for _ in 0..<max(count, 0) {
            let length = max(least + rendering.draw(below: most - least), 0)
            try rendering.reserve(bytes: length * 12)
            try rendering.spend(4 * length)
            let words = (0..<length).map { _ in placeholderWords[rendering.draw(below: placeholderWords.count)] }
            let text = words.joined(separator: " ")
            paragraphs.append(text.prefix(1).uppercased() + text.dropFirst() + ".")
        }
        guard given[1]?.isTrue ?? true else { return .string(paragraphs.joined(separator: "\n\n")) }
        var out = JinjaText(paragraphs.map { "<p>\($0)</p>" }.joined(separator: "\n"))
        out.isSafe = true
        return .text(out)
    }

    private static func refuse(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        let message = try rendering.bind(arguments, to: ["message"], required: 1, of: "raise_exception")[0]
        throw TemplateError(.refused, try rendering.str(message ?? .none).string, line: rendering.line)
    }

    private static func time(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        let format = try rendering.bind(arguments, to: ["format"], required: 1, of: "strftime_now")[0]
        guard case .text(let format)? = format else { throw rendering.failure("strftime_now needs a format") }
        try rendering.reserve(bytes: 16 * format.bytes.count)
        return .text(JinjaText(JinjaTime.text(of: rendering.now, format: format.string), origin: format.joinedOrigin))
    }
}
