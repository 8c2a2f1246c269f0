internal import Foundation

/// One rendering of a template: its variables, its output, and what it may still use.
final class JinjaRendering {
    let program: JinjaProgram
    /// What the template is given.
    private let given: JinjaScope
    /// What the template sets outside every body.
    let globals: JinjaScope
    /// The moment `strftime_now` tells.
    let now: Date
    /// The line being evaluated, for messages.
    var line = 1
    private var depth = 0
    /// What `random` and `lipsum` draw from; it begins alike every time, so a conversation renders alike too.
    private var seed: UInt64 = 0
    private var steps: Int
    private var bytes: Int
    /// Whether output is written in HTML's escapes.
    var escapes = false
    /// What may hold itself in a circle, let go of at the end.
    private var namespaces: [JinjaNamespace] = []
    private var captured: [JinjaScope] = []
    /// Where `{% generation %}` blocks lie in the output.
    var generationRanges: [Range<Int>] = []

    /// - Parameter inputBytes: how much text the template is given; more of it may take longer.
    init(_ program: JinjaProgram, now: Date = .distantPast, inputBytes: Int) {
        self.program = program
        self.now = now
        given = JinjaScope(parent: nil)
        globals = JinjaScope(parent: given)
        let inputBytes = min(inputBytes, 1 << 30)
        steps = JinjaLimits.steps + 16 * inputBytes
        bytes = JinjaLimits.totalBytes + 64 * inputBytes
    }

    /// Renders the template.
    func run(_ variables: [(String, JinjaValue)]) throws(TemplateError) -> JinjaText {
        defer {
            for namespace in namespaces { namespace.clear() }
            for scope in captured { scope.clear() }
            globals.clear()
            given.clear()
        }
        var numbers: [String: Int] = [:]
        for (number, name) in program.names.enumerated() { numbers[name] = number }
        for (name, value) in variables {
            if let number = numbers[name] { given.set(number, value) }
        }
        for (name, value) in JinjaGlobals.functions {
            if let number = numbers[name], given.value(number) == nil { given.set(number, value()) }
        }
        // Whatever a variable of that name is, `self` is the template.
        if let number = numbers["self"] { given.set(number, .object(JinjaTemplateReference())) }
        let output = JinjaOutput(isMain: true)
        _ = try execute(program.body, in: globals, to: output)
        // What macros and blocks marked, as far as it is not inside what the template marks itself.
        let marked = output.text.generatedRanges.filter { range in
            !generationRanges.contains { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound }
        }
        generationRanges = (generationRanges + marked).sorted { $0.lowerBound < $1.lowerBound }
        return output.text
    }

    /// A number from 0 to below `count`: SplitMix64.
    func draw(below count: Int) -> Int {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var bits = (seed ^ seed >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((bits ^ bits >> 31) % UInt64(max(count, 1)))
    }

    // MARK: - Bounds

    func failure(_ reason: String) -> TemplateError { TemplateError(.evaluation, reason, line: line) }
    func excess(_ reason: String) -> TemplateError { TemplateError(.tooMuch, reason, line: line) }

    /// Counts `count` operations.
    func spend(_ count: Int = 1) throws(TemplateError) {
        steps -= count
        guard steps >= 0 else { throw excess("it needs more than \(JinjaLimits.steps) steps") }
    }

    /// Counts the making of a text.
    ///
    /// Called before it is made.
    func reserve(bytes count: Int) throws(TemplateError) {
        guard count <= JinjaLimits.textBytes else {
            throw excess("it makes a text of more than \(JinjaLimits.textBytes) bytes")
        }
        bytes -= count
        guard bytes >= 0 else { throw excess("it makes more than \(JinjaLimits.totalBytes) bytes of text and lists") }
        try spend(1 + count >> 6)
    }

    /// Counts the making of a list.
    func reserve(elements count: Int) throws(TemplateError) {
        guard count <= JinjaLimits.elements else {
            throw excess("it makes a list of more than \(JinjaLimits.elements) elements")
        }
        bytes -= count * 48
        guard bytes >= 0 else { throw excess("it makes more than \(JinjaLimits.totalBytes) bytes of text and lists") }
        try spend(1 + count >> 2)
    }

    /// Checks that a list or dictionary just made nests no deeper than is safe.
    func checked(_ value: JinjaValue) throws(TemplateError) -> JinjaValue {
        guard value.nesting <= JinjaLimits.valueDepth else {
            throw excess("its values nest deeper than \(JinjaLimits.valueDepth) levels")
        }
        return value
    }

    func enter() throws(TemplateError) {
        depth += 1
        guard depth <= JinjaLimits.evaluationDepth else {
            throw excess("maximum recursion depth exceeded: its calls nest too deep")
        }
        try spend()
    }

    func leave() { depth -= 1 }

    // MARK: - Making values

    func namespace() -> JinjaNamespace {
        let namespace = JinjaNamespace()
        namespaces.append(namespace)
        return namespace
    }

    func macro(_ node: JinjaMacroNode, in scope: JinjaScope) -> JinjaMacro {
        captured.append(scope)
        return JinjaMacro(node, in: scope)
    }

    func list(_ elements: [JinjaValue]) throws(TemplateError) -> JinjaValue {
        try reserve(elements: elements.count)
        return try checked(.list(JinjaList(elements)))
    }

    func tuple(_ elements: [JinjaValue]) throws(TemplateError) -> JinjaValue {
        try reserve(elements: elements.count)
        return try checked(.tuple(JinjaList(elements)))
    }

    func dictionary(_ entries: [(key: JinjaValue, value: JinjaValue)]) throws(TemplateError) -> JinjaValue {
        try reserve(elements: 2 * entries.count)
        try spend(8 * entries.count)
        guard let dictionary = JinjaDictionary(entries) else {
            let type = entries.first { JinjaKey($0.key) == nil }?.key.typeName ?? "list"
            throw failure("unhashable type: '\(type)'")
        }
        return try checked(.dictionary(dictionary))
    }
}

/// Where statements write.
final class JinjaOutput {
    var text = JinjaText()
    /// Whether this is the rendering's own output, not that of a macro or block.
    let isMain: Bool

    init(isMain: Bool = false) { self.isMain = isMain }
}
