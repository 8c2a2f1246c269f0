/// `loop` inside a `for`: it reads ahead no further than it is asked.
final class JinjaLoop: JinjaObject {
    /// Renders the loop's body for other items, one level deeper.
    typealias Recursion = (JinjaValue, Int) throws(TemplateError) -> JinjaValue

    private let source: JinjaIterator
    /// What was read and has not had its turn, the next of it last.
    private var ahead: [JinjaValue] = []
    private var isRead = false
    /// What went wrong where nothing could be thrown; thrown at the next turn.
    private var failed: TemplateError?
    private let depth: Int
    private let depth0: Int
    /// Nil unless the loop is recursive.
    private let recursion: Recursion?
    private var position = -1
    private var previous: JinjaValue?
    private var current: JinjaValue?
    private var lastChanged: [JinjaValue]?

    init(_ source: @escaping JinjaIterator, nesting: Int, depth0: Int, recursion: Recursion?) {
        self.source = source
        depth = nesting
        self.depth0 = depth0
        self.recursion = recursion
    }

    override var typeName: String { "LoopContext" }
    override var module: String { "jinja2.runtime." }
    override var nesting: Int { depth }
    override var isTrue: Bool { length > 0 }
    override var isCallable: Bool { true }
    override var count: Int? { length }
    override var description: String { "<LoopContext \(position + 1)/\(length)>" }

    /// Takes the next item; nil at the end.
    func advance() throws(TemplateError) -> JinjaValue? {
        if let failed { throw failed }
        (previous, current) = (current, ahead.popLast())
        position += 1
        if current == nil, !isRead { current = try source() }
        return current
    }

    /// Reads what there is still.
    func readAll() {
        guard !isRead else { return }
        isRead = true
        do throws(TemplateError) {
            while let item = try source() { ahead.append(item) }
        } catch {
            failed = error
        }
        ahead.reverse()
    }

    /// The item that has its turn next, read now.
    private func peek() throws(TemplateError) -> JinjaValue? {
        if ahead.isEmpty, !isRead, let item = try source() { ahead.append(item) }
        return ahead.last
    }

    private var length: Int {
        readAll()
        return position + 1 + ahead.count
    }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        let value = try member(name.string)
        if let failed { throw failed }
        return value
    }

    private func member(_ name: String) throws(TemplateError) -> JinjaValue? {
        switch name {
        case "index": .integer(position + 1)
        case "index0": .integer(position)
        case "first": .bool(position == 0)
        case "last": .bool(try peek() == nil)
        case "length": .integer(length)
        case "revindex": .integer(length - position)
        case "revindex0": .integer(length - position - 1)
        case "depth": .integer(depth0 + 1)
        case "depth0": .integer(depth0)
        case "previtem": previous ?? .undefined(.reason("there is no previous item"))
        case "nextitem": try peek() ?? .undefined(.reason("there is no next item"))
        case "cycle": .object(JinjaFunction("cycle", nesting: depth, body: cycle))
        case "changed": .object(JinjaFunction("changed", nesting: depth, body: changed))
        default: nil
        }
    }

    private func cycle(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        guard !arguments.positional.isEmpty else { throw rendering.failure("no items for cycling given") }
        return arguments.positional[position % arguments.positional.count]
    }

    private func changed(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue
    {
        if let lastChanged,
            try rendering.areEqual(.list(JinjaList(lastChanged)), .list(JinjaList(arguments.positional)))
        {
            return .bool(false)
        }
        lastChanged = arguments.positional
        return .bool(true)
    }

    override func call(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        guard let recursion else {
            throw rendering.failure("The loop must have the 'recursive' marker to be called recursively.")
        }
        let items = try rendering.bind(arguments, to: ["iterable"], required: 1, of: "loop")[0]
        return try recursion(items ?? .none, depth0 + 1)
    }

    /// Lets go of what `changed` remembers, which may be the loop itself.
    func end() { lastChanged = nil }
}
