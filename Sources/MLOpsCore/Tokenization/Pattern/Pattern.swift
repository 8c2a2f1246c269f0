/// A regular expression, ready to match: a small program for a backtracking machine.
///
/// Alternatives are tried in order and repetitions take as much as they can, giving back one at a time, as in
/// every Perl-like dialect. The way back is kept on an explicit stack, and the steps are counted, so neither a long text
/// nor a malicious pattern can exhaust the thread's stack or run without end.
struct Pattern: Sendable, Hashable {
    /// One step of the program.
    enum Instruction: Sendable, Hashable {
        case one(ScalarClass)
        /// Between `minimum` and `maximum` members of a class; possessive ones never give back.
        case many(ScalarClass, minimum: Int, maximum: Int, PatternNode.Greed)
        /// Go on at the next instruction; if that fails, at this one.
        case otherwise(Int)
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
        case accept
    }

    /// The pattern's text.
    let source: String
    private let program: [Instruction]
    /// What finds the same matches faster, if there is such.
    let known: KnownPattern?

    /// Reads a pattern.
    ///
    /// - Parameter unicode: what its properties of characters are taken from.
    /// - Throws: ``TokenizerError`` naming the part that is not supported.
    init(_ source: String, unicode: ReferenceUnicode.Version = .version16) throws(TokenizerError) {
        self.source = source
        known = KnownPattern(source, unicode)
        var program: [Instruction] = []
        try Self.compile(try PatternParser.parse(source, unicode), into: &program)
        program.append(.accept)
        self.program = program
    }

    /// Whether a group is repeated without bound, so that some text may take exponential time.
    var repeatsGroups: Bool {
        program.indices.contains { index in
            if case .jump(let target) = program[index] { target <= index } else { false }
        }
    }

    private static func compile(_ node: PatternNode, into program: inout [Instruction]) throws(TokenizerError) {
        guard program.count <= 100_000 else {
            throw TokenizerError(
                .unsupported, "A tokenizer's pattern is too large: its repetitions multiply past 100000 steps.")
        }
        switch node {
        case .one(let set): program.append(.one(set))
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
        case .repetition(.one(let set), let minimum, let maximum, let greed):
            program.append(.many(set, minimum: minimum, maximum: maximum, greed))
        case .repetition(let node, let minimum, let maximum, let greed):
            guard greed == .greedy else {
                throw TokenizerError(
                    .unsupported,
                    "A tokenizer's pattern has a possessive repetition of a group, which is not supported.")
            }
            try compile(repetitionOf: node, minimum, maximum, into: &program)
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
        case .boundary(let negative): program.append(.boundary(negative: negative))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .lineStart: program.append(.lineStart)
        case .lineEnd: program.append(.lineEnd)
        }
    }

    private static func compile(
        repetitionOf node: PatternNode, _ minimum: Int, _ maximum: Int, into program: inout [Instruction]
    ) throws(TokenizerError) {
        for _ in 0..<minimum { try compile(node, into: &program) }
        if maximum == .max {
            // A body that matches nothing would loop for ever; the step count ends it.
            let loop = program.count
            program.append(.otherwise(0))
            try compile(node, into: &program)
            program.append(.jump(loop))
            program[loop] = .otherwise(program.count)
        } else {
            var exits: [Int] = []
            for _ in minimum..<maximum {
                exits.append(program.count)
                program.append(.otherwise(0))
                try compile(node, into: &program)
            }
            for exit in exits { program[exit] = .otherwise(program.count) }
        }
    }

    /// A place to come back to when a way fails.
    private struct Choice {
        var instruction: Int
        var position: Int
        /// The least position this choice may be retried at: greater ones are tried first, one by one.
        var least: Int
    }

    /// Returns the end of the match that begins at `start`; nil when there is none.
    ///
    /// - Parameters:
    ///   - text: valid UTF-8.
    ///   - bounds: what the pattern sees of it.
    /// - Throws: ``TokenizerError`` when more than `steps` steps were needed, counting down `steps`.
    func match(
        _ text: [UInt8], in bounds: Range<Int>, at start: Int, steps: inout Int
    ) throws(TokenizerError) -> Int? {
        try run(text, bounds, from: 0, at: start, steps: &steps)
    }

    private func run(
        _ text: [UInt8], _ bounds: Range<Int>, from first: Int, at start: Int, steps: inout Int
    ) throws(TokenizerError) -> Int? {
        var stack: [Choice] = []
        var counter = first
        var position = start
        while true {
            steps -= 1
            guard steps > 0, stack.count < 1_000_000 else {
                throw TokenizerError(
                    .unsupported, "The tokenizer's pattern \(source.prefix(300)) needs too many steps on this text.")
            }
            var succeeds = true
            switch program[counter] {
            case .one(let set):
                succeeds = false
                if position < bounds.upperBound {
                    let (value, width) = text.scalar(at: position)
                    succeeds = set.contains(value)
                    if succeeds { position += width }
                }
            case .many(let set, let minimum, let maximum, let greed):
                var count = 0
                var least = position
                while count < maximum, position < bounds.upperBound {
                    let (value, width) = text.scalar(at: position)
                    guard set.contains(value) else { break }
                    position += width
                    count += 1
                    if count == minimum { least = position }
                }
                steps -= count
                succeeds = count >= minimum
                if succeeds, greed == .greedy, position > least {
                    stack.append(
                        Choice(instruction: counter + 1, position: text.scalarStart(before: position), least: least))
                }
            case .otherwise(let other): stack.append(Choice(instruction: other, position: position, least: position))
            case .jump(let target): counter = target - 1
            case .lookahead(let end, let negative):
                let found = try run(text, bounds, from: counter + 1, at: position, steps: &steps)
                succeeds = (found != nil) != negative
                if succeeds { counter = end - 1 }
            case .lookbehind(let end, let length, let negative):
                var start: Int? = position
                for _ in 0..<length {
                    start = start.flatMap { $0 > bounds.lowerBound ? text.scalarStart(before: $0) : nil }
                }
                var isFound = false
                if let start { isFound = try run(text, bounds, from: counter + 1, at: start, steps: &steps) != nil }
                succeeds = isFound != negative
                if succeeds { counter = end - 1 }
            case .boundary(let negative):
                let before =
                    position > bounds.lowerBound
                    && ScalarClass.looseWord.contains(text.scalar(at: text.scalarStart(before: position)).value)
                let after =
                    position < bounds.upperBound
                    && ScalarClass.looseWord.contains(text.scalar(at: position).value)
                succeeds = (before != after) != negative
            case .start: succeeds = position == bounds.lowerBound
            case .end: succeeds = position == bounds.upperBound
            case .lineStart:
                // A last, empty line has no beginning.
                succeeds =
                    position == bounds.lowerBound
                    || text[position - 1] == 0x0A && position < bounds.upperBound
            case .lineEnd: succeeds = position == bounds.upperBound || text[position] == 0x0A
            case .accept: return position
            }
            if succeeds {
                counter += 1
            } else {
                guard var choice = stack.popLast() else { return nil }
                counter = choice.instruction
                position = choice.position
                if choice.position > choice.least {
                    choice.position = text.scalarStart(before: choice.position)
                    stack.append(choice)
                }
            }
        }
    }

    /// Returns the matches in the bytes `bounds` of `text`, from left to right, none overlapping.
    ///
    /// - Throws: ``TokenizerError`` when the pattern needs too many steps on this text.
    func matches(
        in text: [UInt8], _ bounds: Range<Int>, steps limit: Int? = nil
    ) throws(TokenizerError) -> [Range<Int>] {
        var steps = limit ?? 10_000_000 + 1000 * bounds.count
        var found: [Range<Int>] = []
        var position = bounds.lowerBound
        while position <= bounds.upperBound {
            let next = position < bounds.upperBound ? position + text.scalar(at: position).width : position + 1
            guard let end = try match(text, in: bounds, at: position, steps: &steps) else {
                position = next
                continue
            }
            // An empty match splits the text where it stands, except right behind another match.
            if end > position || found.last?.upperBound != position { found.append(position..<end) }
            position = max(end, next)
        }
        return found
    }
}
