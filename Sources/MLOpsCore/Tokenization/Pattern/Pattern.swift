/// A regular expression, ready to match: a small program for a backtracking machine.
///
/// Alternatives are tried in order and repetitions take as much as they can, giving back one at a time, as in
/// every Perl-like dialect. The way back is kept on an explicit stack, and the steps are counted, so neither a long text
/// nor a malicious pattern can exhaust the thread's stack or run without end.
final class Pattern: Sendable {
    /// One step of the program.
    ///
    /// Classes are named by their place among ``sets``: a step is plain numbers, so that threads that share a pattern do not
    /// count references to it.
    enum Instruction: Sendable, Hashable, BitwiseCopyable {
        case one(Int)
        /// Between `minimum` and `maximum` members of a class; possessive ones never give back.
        case many(Int, minimum: Int, maximum: Int, PatternNode.Greed)
        /// Go on at the next instruction; if that fails, at this one.
        case otherwise(Int)
        /// Go on at this instruction; if that fails, at the next one.
        case rather(Int)
        /// The instructions up to `end` match in the first way they can; go on at `end`.
        case atomic(end: Int)
        case jump(Int)
        /// The instructions up to `end` must (not) match here; go on at `end`.
        case lookahead(end: Int, negative: Bool)
        /// The instructions up to `end` must (not) match the `length` characters before here; go on at `end`.
        case lookbehind(end: Int, length: Int, negative: Bool)
        case boundary(negative: Bool)
        case start
        case end
        case lineStart
        case lineEnd
        /// Keeps this position in the memory's place `slot`.
        case keep(slot: Int)
        /// Goes on at `exit` when nothing was matched since the position in `slot` was kept.
        case unlessMoved(slot: Int, exit: Int)
        /// What lies between the positions in `slot` and the one behind it, once more.
        case reference(slot: Int, ignoresCase: Bool)
        case accept
    }

    /// The pattern's text.
    let source: String
    private let unicode: ReferenceUnicode.Version
    let program: [Instruction]
    /// How many positions the program keeps.
    let slots: Int
    /// The classes that the program names.
    let sets: ScalarSets
    /// What finds the same matches faster, if there is such.
    let known: KnownPattern?

    /// Reads a pattern.
    ///
    /// - Parameters:
    ///   - unicode: what its properties of characters are taken from.
    ///   - dialect: whose regular expression it is.
    /// - Throws: ``TokenizerError`` naming the part that is not supported.
    init(
        _ source: String, unicode: ReferenceUnicode.Version = .version16, dialect: PatternDialect = .oniguruma
    ) throws(TokenizerError) {
        self.source = source
        self.unicode = unicode
        known = KnownPattern(source, unicode)
        var program = Program(sets: ScalarSets(unicode))
        try Self.compile(try PatternParser.parse(source, unicode, dialect), into: &program)
        program.append(.accept)
        self.program = program.steps
        slots = program.slots
        sets = program.sets
    }

    /// Whether a group is repeated without bound, so that some text may take exponential time.
    var repeatsGroups: Bool {
        program.indices.contains { index in
            if case .jump(let target) = program[index] { target <= index } else { false }
        }
    }

    /// A program in the making.
    private struct Program {
        var steps: [Instruction] = []
        var sets: ScalarSets
        var slots = 0
        private var groups: [Int: Int] = [:]

        init(sets: ScalarSets) { self.sets = sets }

        var count: Int { steps.count }
        mutating func append(_ step: Instruction) { steps.append(step) }

        mutating func newSlot(count: Int = 1) -> Int {
            slots += count
            return slots - count
        }

        /// Where a group's beginning is kept; its end is kept behind it.
        mutating func slot(ofGroup number: Int) -> Int {
            if let slot = groups[number] { return slot }
            let slot = newSlot(count: 2)
            groups[number] = slot
            return slot
        }

        subscript(index: Int) -> Instruction {
            get { steps[index] }
            set { steps[index] = newValue }
        }
    }

    private static func compile(_ node: PatternNode, into program: inout Program) throws(TokenizerError) {
        guard program.count <= 100_000 else {
            throw TokenizerError(
                .unsupported, "A tokenizer's pattern is too large: its repetitions multiply past 100000 steps.")
        }
        switch node {
        case .one(let set): program.append(.one(program.sets.place(of: set)))
        case .sequence(let nodes): for node in nodes { try compile(node, into: &program) }
        case .alternatives(let nodes):
            var exits: [Int] = []
            for node in nodes.dropLast() {
                let choice = program.count
                program.append(.otherwise(0))
                try compile(node, into: &program)
                exits.append(program.count)
                program.append(.jump(0))
                program[choice] = .otherwise(program.count)
            }
            if let last = nodes.last { try compile(last, into: &program) }
            for exit in exits { program[exit] = .jump(program.count) }
        case .repetition(.one(let set), let minimum, let maximum, let greed) where greed != .lazy:
            program.append(.many(program.sets.place(of: set), minimum: minimum, maximum: maximum, greed))
        case .repetition(let node, let minimum, let maximum, let greed):
            if greed == .possessive {
                let greedy = PatternNode.repetition(node, minimum: minimum, maximum: maximum, .greedy)
                return try compile(.atomic(greedy), into: &program)
            }
            try compile(repetitionOf: node, minimum, maximum, isLazy: greed == .lazy, into: &program)
        case .atomic(let node):
            let place = program.count
            program.append(.accept)
            try compile(node, into: &program)
            program.append(.accept)
            program[place] = .atomic(end: program.count)
        case .lookahead(let node, let negative):
            let place = program.count
            program.append(.accept)
            try compile(node, into: &program)
            program.append(.accept)
            program[place] = .lookahead(end: program.count, negative: negative)
        case .lookbehind(let node, let negative):
            guard let length = node.length else {
                throw TokenizerError(
                    .unsupported,
                    "A tokenizer's pattern looks back over texts of several lengths, which is not supported.")
            }
            let place = program.count
            program.append(.accept)
            try compile(node, into: &program)
            program.append(.accept)
            program[place] = .lookbehind(end: program.count, length: length, negative: negative)
        case .group(let node, let number):
            let slot = program.slot(ofGroup: number)
            program.append(.keep(slot: slot))
            try compile(node, into: &program)
            program.append(.keep(slot: slot + 1))
        case .reference(let number, let ignoresCase):
            program.append(.reference(slot: program.slot(ofGroup: number), ignoresCase: ignoresCase))
        case .boundary(let negative): program.append(.boundary(negative: negative))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .lineStart: program.append(.lineStart)
        case .lineEnd: program.append(.lineEnd)
        }
    }

    private static func compile(
        repetitionOf node: PatternNode, _ minimum: Int, _ maximum: Int, isLazy: Bool, into program: inout Program
    ) throws(TokenizerError) {
        func way(out place: Int) -> Instruction { isLazy ? .rather(place) : .otherwise(place) }
        for _ in 0..<minimum { try compile(node, into: &program) }
        if maximum == .max {
            let loop = program.count
            program.append(.otherwise(0))
            let slot = node.isOptional ? program.newSlot() : nil
            if let slot { program.append(.keep(slot: slot)) }
            try compile(node, into: &program)
            // A body that matches nothing would be repeated for ever.
            if let slot { program.append(.unlessMoved(slot: slot, exit: program.count + 2)) }
            program.append(.jump(loop))
            program[loop] = way(out: program.count)
        } else {
            var exits: [Int] = []
            for _ in minimum..<maximum {
                exits.append(program.count)
                program.append(.otherwise(0))
                try compile(node, into: &program)
            }
            for exit in exits { program[exit] = way(out: program.count) }
        }
    }
}

extension Pattern: Hashable {
    /// Whether both are written the same and mean the same: most patterns do in every dialect.
    static func == (left: Pattern, right: Pattern) -> Bool {
        left.unicode == right.unicode && left.program == right.program
            && left.source.utf8.elementsEqual(right.source.utf8)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(unicode)
        hasher.combine(source)
    }
}
