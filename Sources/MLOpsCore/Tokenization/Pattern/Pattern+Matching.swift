extension Pattern {
    /// A place to come back to when a way fails.
    struct Choice: BitwiseCopyable {
        var instruction: Int
        var position: Int
        /// The least position this choice may be retried at: greater ones are tried first, one by one.
        var least: Int

        /// No choice, but what the memory's place `slot` was before.
        static func memory(_ slot: Int, was position: Int) -> Choice {
            Choice(instruction: -1 - slot, position: position, least: position)
        }
        var slot: Int? { instruction < 0 ? -1 - instruction : nil }
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
        var stack: [Choice] = []
        var memory = Array(repeating: -1, count: slots)
        return try run(text, bounds, from: 0, at: start, steps: &steps, &stack, &memory)
    }

    /// Runs the program from instruction `first` on; what it puts on `stack` it takes off again.
    private func run(
        _ text: [UInt8], _ bounds: Range<Int>, from first: Int, at start: Int, steps: inout Int,
        _ stack: inout [Choice], _ memory: inout [Int]
    ) throws(TokenizerError) -> Int? {
        let floor = stack.count
        defer {
            // What the memory was stays known: what comes before may still fail.
            if memory.isEmpty { stack.removeSubrange(floor...) } else { Self.forget(choicesFrom: floor, &stack) }
        }
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
                    succeeds = sets.holds(set, value)
                    if succeeds { position += width }
                }
            case .many(let set, let minimum, let maximum, let greed):
                var count = 0
                var least = position
                while count < maximum, position < bounds.upperBound {
                    let (value, width) = text.scalar(at: position)
                    guard sets.holds(set, value) else { break }
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
            case .rather(let other):
                stack.append(Choice(instruction: counter + 1, position: position, least: position))
                counter = other - 1
            case .atomic(let end):
                let found = try run(text, bounds, from: counter + 1, at: position, steps: &steps, &stack, &memory)
                succeeds = found != nil
                if let found { (position, counter) = (found, end - 1) }
            case .jump(let target): counter = target - 1
            case .lookahead(let end, let negative):
                let height = stack.count
                let found = try run(text, bounds, from: counter + 1, at: position, steps: &steps, &stack, &memory)
                if negative { _ = Self.choice(above: height, &stack, &memory, isWanted: false) }
                succeeds = (found != nil) != negative
                if succeeds { counter = end - 1 }
            case .lookbehind(let end, let length, let negative):
                let height = stack.count
                var start: Int? = position
                for _ in 0..<length {
                    start = start.flatMap { $0 > bounds.lowerBound ? text.scalarStart(before: $0) : nil }
                }
                var isFound = false
                if let start {
                    isFound = try run(text, bounds, from: counter + 1, at: start, steps: &steps, &stack, &memory) != nil
                }
                if negative { _ = Self.choice(above: height, &stack, &memory, isWanted: false) }
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
            case .keep(let slot):
                stack.append(.memory(slot, was: memory[slot]))
                memory[slot] = position
            case .unlessMoved(let slot, let exit): if memory[slot] == position { counter = exit - 1 }
            case .reference(let slot, let ignoresCase):
                let kept = (memory[slot], memory[slot + 1])
                let end = Self.repeated(kept, of: text, at: position, before: bounds.upperBound, ignoresCase)
                succeeds = end != nil
                if let end {
                    steps -= end - position
                    position = end
                }
            case .accept: return position
            }
            if succeeds {
                counter += 1
            } else {
                guard var choice = Self.choice(above: floor, &stack, &memory) else { return nil }
                counter = choice.instruction
                position = choice.position
                if choice.position > choice.least {
                    choice.position = text.scalarStart(before: choice.position)
                    stack.append(choice)
                }
            }
        }
    }

    /// Takes the newest choice off the stack, and with it what the memory has kept since; or all of them, for none.
    private static func choice(
        above floor: Int, _ stack: inout [Choice], _ memory: inout [Int], isWanted: Bool = true
    ) -> Choice? {
        while stack.count > floor, let choice = stack.popLast() {
            if let slot = choice.slot { memory[slot] = choice.position } else if isWanted { return choice }
        }
        return nil
    }

    private static func forget(choicesFrom floor: Int, _ stack: inout [Choice]) {
        let kept = stack[floor...].filter { $0.slot != nil }
        stack.replaceSubrange(floor..., with: kept)
    }

    /// Where a copy at `position` of the text between two positions ends; nil when there is none, or they are not kept.
    private static func repeated(
        _ kept: (start: Int, end: Int), of text: [UInt8], at position: Int, before limit: Int, _ ignoresCase: Bool
    ) -> Int? {
        guard kept.start >= 0, kept.end >= 0 else { return nil }
        var (wanted, here) = (kept.start, position)
        while wanted < kept.end {
            guard here < limit else { return nil }
            let (left, right) = (text.scalar(at: wanted), text.scalar(at: here))
            guard left.value == right.value || ignoresCase && folded(left.value) == folded(right.value) else {
                return nil
            }
            wanted += left.width
            here += right.width
        }
        return here
    }

    private static func folded(_ value: UInt32) -> String? {
        Unicode.Scalar(value)?.properties.uppercaseMapping
    }

    /// Returns the matches in the bytes `bounds` of `text`, from left to right, none overlapping.
    ///
    /// - Throws: ``TokenizerError`` when the pattern needs too many steps on this text.
    func matches(
        in text: [UInt8], _ bounds: Range<Int>, steps limit: Int? = nil
    ) throws(TokenizerError) -> [Range<Int>] {
        if program.count == 2, case .one(let set) = program[0] { return members(of: set, in: text, bounds) }
        var steps = limit ?? 10_000_000 + 1000 * bounds.count
        var found: [Range<Int>] = []
        var stack: [Choice] = []
        var memory = Array(repeating: -1, count: slots)
        var position = bounds.lowerBound
        while position <= bounds.upperBound {
            let next = position < bounds.upperBound ? position + text.scalar(at: position).width : position + 1
            let end = try run(text, bounds, from: 0, at: position, steps: &steps, &stack, &memory)
            if !memory.isEmpty {
                stack = []
                memory = Array(repeating: -1, count: slots)
            }
            guard let end else {
                position = next
                continue
            }
            // An empty match splits the text where it stands, except right behind another match.
            if end > position || found.last?.upperBound != position { found.append(position..<end) }
            position = max(end, next)
        }
        return found
    }

    /// The matches of a pattern that is one class: its members, each by itself.
    private func members(of set: Int, in text: [UInt8], _ bounds: Range<Int>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var position = bounds.lowerBound
        while position < bounds.upperBound {
            let (value, width) = text.scalar(at: position)
            if sets.holds(set, value) { found.append(position..<position + width) }
            position += width
        }
        return found
    }
}
