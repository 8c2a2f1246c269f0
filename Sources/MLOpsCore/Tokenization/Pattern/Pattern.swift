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
        case start
        case end
        case accept
    }

    /// The pattern's text.
    let source: String
    private let program: [Instruction]

    /// Reads a pattern.
    ///
    /// - Throws: ``TokenizerError`` naming the part that is not supported.
    init(_ source: String) throws(TokenizerError) {
        self.source = source
        var program: [Instruction] = []
        try Self.compile(try PatternParser.parse(source), into: &program)
        program.append(.accept)
        self.program = program
    }

    private static func compile(_ node: PatternNode, into program: inout [Instruction]) throws(TokenizerError) {
        guard program.count <= 100_000 else {
            throw TokenizerError(
                .unsupported, "A pre-tokenizer's pattern is too large: its repetitions multiply past 100000 steps.")
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
                    "A pre-tokenizer's pattern has a possessive repetition of a group, which is not supported.")
            }
            try compile(repetitionOf: node, minimum, maximum, into: &program)
        case .lookahead(let node, let negative):
            let place = program.count
            program.append(.accept)
            try compile(node, into: &program)
            program.append(.accept)
            program[place] = .lookahead(end: program.count, negative: negative)
        case .start: program.append(.start)
        case .end: program.append(.end)
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
    /// - Throws: ``TokenizerError`` when more than `steps` steps were needed, counting down `steps`.
    func match(_ text: ArraySlice<Unicode.Scalar>, at start: Int, steps: inout Int) throws(TokenizerError) -> Int? {
        try run(text, from: 0, at: start, steps: &steps)
    }

    private func run(
        _ text: ArraySlice<Unicode.Scalar>, from first: Int, at start: Int, steps: inout Int
    ) throws(TokenizerError) -> Int? {
        var stack: [Choice] = []
        var counter = first
        var position = start
        while true {
            steps -= 1
            guard steps > 0, stack.count < 1_000_000 else {
                throw TokenizerError(
                    .unsupported, "The pre-tokenizer's pattern \(source.prefix(300)) needs too many steps on this text."
                )
            }
            var succeeds = true
            switch program[counter] {
            case .one(let set):
                succeeds = position < text.endIndex && set.contains(text[position])
                if succeeds { position += 1 }
            case .many(let set, let minimum, let maximum, let greed):
                let begin = position
                let limit = maximum < text.endIndex - begin ? begin + maximum : text.endIndex
                while position < limit, set.contains(text[position]) { position += 1 }
                steps -= position - begin
                succeeds = position - begin >= minimum
                if succeeds, greed == .greedy, position > begin + minimum {
                    stack.append(Choice(instruction: counter + 1, position: position - 1, least: begin + minimum))
                }
            case .otherwise(let other): stack.append(Choice(instruction: other, position: position, least: position))
            case .jump(let target): counter = target - 1
            case .lookahead(let end, let negative):
                succeeds = (try run(text, from: counter + 1, at: position, steps: &steps) != nil) != negative
                if succeeds { counter = end - 1 }
            case .start: succeeds = position == text.startIndex
            case .end: succeeds = position == text.endIndex
            case .accept: return position
            }
            if succeeds {
                counter += 1
            } else {
                guard var choice = stack.popLast() else { return nil }
                counter = choice.instruction
                position = choice.position
                if choice.position > choice.least {
                    choice.position -= 1
                    stack.append(choice)
                }
            }
        }
    }

    /// Returns the matches in `text`, from left to right, none overlapping.
    ///
    /// - Throws: ``TokenizerError`` when the pattern needs too many steps on this text.
    func matches(in text: ArraySlice<Unicode.Scalar>) throws(TokenizerError) -> [Range<Int>] {
        var steps = 10_000_000 + 1000 * text.count
        var found: [Range<Int>] = []
        var position = text.startIndex
        while position <= text.endIndex {
            guard let end = try match(text, at: position, steps: &steps) else {
                position += 1
                continue
            }
            // An empty match splits the text where it stands, except right behind another match.
            if end > position || found.last?.upperBound != position { found.append(position..<end) }
            position = max(end, position + 1)
        }
        return found
    }
}
