/// Gives one value after the other, nil at the end.
typealias JinjaIterator = () throws(TemplateError) -> JinjaValue?

/// What can be read once: the result of `map`, `select` and their like, which work only as far as they are read.
final class JinjaGenerator: JinjaObject {
    private let depth: Int
    private var begin: (() throws(TemplateError) -> JinjaIterator)?
    private var rest: JinjaIterator = { () throws(TemplateError) in nil }

    init(nesting: Int, begin: @escaping () throws(TemplateError) -> JinjaIterator) {
        depth = nesting
        self.begin = begin
    }

    override var typeName: String { "generator" }
    override var nesting: Int { depth }
    override var description: String { "<generator object>" }

    override func elements(in rendering: JinjaRendering) throws(TemplateError) -> [JinjaValue]? {
        var values: [JinjaValue] = []
        while let value = try next(in: rendering) {
            try rendering.reserve(elements: 1)
            values.append(value)
        }
        return values
    }

    /// Takes the next value.
    func next(in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        try rendering.enter()
        defer { rendering.leave() }
        if let begin {
            self.begin = nil
            rest = try begin()
        }
        return try rest()
    }
}

extension JinjaRendering {
    /// Makes a generator over `value`: `begin` runs when the first value is wanted, and gives what the others come from.
    func generator(
        over value: JinjaValue, begin: @escaping () throws(TemplateError) -> JinjaIterator
    ) throws(TemplateError) -> JinjaValue {
        try checked(.object(JinjaGenerator(nesting: value.nesting + 1, begin: begin)))
    }

    /// What a loop over `value` gives, one by one: a generator is read no further than it must be.
    func iterator(of value: JinjaValue) throws(TemplateError) -> JinjaIterator {
        if case .object(let generator as JinjaGenerator) = value {
            return { () throws(TemplateError) in try generator.next(in: self) }
        }
        return Self.iterator(of: try elements(of: value))
    }

    /// The values of a list, one by one.
    static func iterator(of values: some Sequence<JinjaValue>) -> JinjaIterator {
        var rest = values.makeIterator()
        return { () throws(TemplateError) in rest.next() }
    }
}
