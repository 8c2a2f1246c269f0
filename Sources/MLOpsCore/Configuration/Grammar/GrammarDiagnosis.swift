/// Says what ANTLR's parsers say to a text that is not of their grammar: the first error, in their words.
///
/// It walks the grammar as those parsers do. Where they would mend the text and go on, the first message is all that
/// anybody sees, so it ends there.
struct GrammarDiagnosis {
    /// What is wrong with a text.
    struct Finding: Error, Hashable {
        /// The kinds of errors, by how Hydra tells them.
        enum Kind: Sendable { case notAWord, unexpected, mended }

        let kind: Kind
        let message: String
    }

    private let grammar: Grammar
    private let automaton: GrammarAutomaton
    private let prediction: GrammarPrediction
    private let tokens: GrammarTokens
    private var position = 0
    /// The states from which the rules under way were entered, the outermost first.
    private var calls: [Int] = []

    private init(_ grammar: Grammar, _ tokens: GrammarTokens) {
        self.grammar = grammar
        self.tokens = tokens
        automaton = GrammarAutomaton(grammar)
        prediction = GrammarPrediction(automaton: automaton)
    }

    /// Returns what is wrong with `tokens` as a whole of `grammar`; nil: nothing.
    static func finding(in tokens: GrammarTokens, of grammar: Grammar, rule: Int = 0) -> Finding? {
        var diagnosis = GrammarDiagnosis(grammar, tokens)
        do throws(Finding) {
            try diagnosis.walk(diagnosis.automaton.nodes[rule])
            return nil
        } catch { return error }
    }

    // MARK: Words

    private func word(_ offset: Int = 0) throws(Finding) -> GrammarToken {
        let index = position + offset
        if index < tokens.words.count { return tokens.words[index] }
        if let failure = tokens.failure { throw Finding(kind: .notAWord, message: failure) }
        return GrammarToken(kind: GrammarToken.end, text: "<EOF>")
    }

    private mutating func consume() throws(Finding) {
        if position < tokens.words.count { position += 1 }
        _ = try word()
    }

    // MARK: Messages

    private static func quoted(_ text: String) -> String {
        let shown = text.replacing("\n", with: "\\n").replacing("\r", with: "\\r").replacing("\t", with: "\\t")
        return "'\(shown)'"
    }

    private func list(_ kinds: Set<Int>) -> String {
        let names = kinds.sorted().map(grammar.name).joined(separator: ", ")
        return kinds.count > 1 ? "{\(names)}" : names
    }

    /// The words expected at `state`, with those after the ends of the rules under way.
    private func expected(at state: Int) -> Set<Int> {
        var following = automaton.expected(at: state, stack: nil)
        var all = following
        for call in calls.reversed() {
            guard following.contains(GrammarAutomaton.epsilon), let follow = automaton.follow(of: call) else { break }
            following = automaton.expected(at: follow, stack: nil)
            all.formUnion(following)
        }
        all.remove(GrammarAutomaton.epsilon)
        if following.contains(GrammarAutomaton.epsilon) { all.insert(GrammarToken.end) }
        return all
    }

    private func mismatch(at state: Int) throws(Finding) -> Finding {
        Finding(
            kind: .unexpected,
            message: "mismatched input \(Self.quoted(try word().text)) expecting \(list(expected(at: state)))")
    }

    private func extraneous(at state: Int) throws(Finding) -> Finding {
        Finding(
            kind: .mended,
            message: "extraneous input \(Self.quoted(try word().text)) expecting \(list(expected(at: state)))")
    }

    private func noAlternative(after count: Int) throws(Finding) -> Finding {
        var text = ""
        for offset in 0...count {
            let word = try word(offset)
            if word.kind != GrammarToken.end { text += word.text }
        }
        if try word().kind == GrammarToken.end {
            text = "<EOF>"
        } else if let failure = tokens.failure {
            // To show the words it takes all of them, and meets what is none.
            throw Finding(kind: .notAWord, message: failure)
        }
        return Finding(kind: .unexpected, message: "no viable alternative at input \(Self.quoted(text))")
    }

    // MARK: Walking

    /// Looks whether the coming word can be, before a decision.
    private func synchronize(at state: Int) throws(Finding) {
        let next = automaton.expected(at: state, stack: nil)
        guard !next.contains(try word().kind), !next.contains(GrammarAutomaton.epsilon) else { return }
        switch automaton.states[state].kind {
        case .blockStart, .loopEntry:
            if expected(at: state).contains(try word(1).kind) { throw try extraneous(at: state) }
            throw try mismatch(at: state)
        case .loopBack: throw try extraneous(at: state)
        case .basic, .ruleStop: return
        }
    }

    private mutating func match(_ kinds: Set<Int>, at state: Int) throws(Finding) {
        let current = try word()
        if kinds.contains(current.kind) {
            if current.kind != GrammarToken.end { try consume() }
            return
        }
        if expected(at: state).contains(try word(1).kind) { throw try extraneous(at: state) }
        if let next = automaton.next(of: state),
            automaton.expected(at: next, stack: calls.compactMap(automaton.follow)).contains(current.kind)
        {
            throw Finding(
                kind: .mended, message: "missing \(list(expected(at: state))) at \(Self.quoted(current.text))")
        }
        throw try mismatch(at: state)
    }

    private func alternative(_ lefts: [Int]) throws(Finding) -> Int {
        switch try prediction.predict(lefts, word: { offset throws(Finding) in try word(offset) }) {
        case .alternative(let index): return index
        case .impossible(let count): throw try noAlternative(after: count)
        }
    }

    private mutating func walk(_ node: GrammarAutomaton.Node) throws(Finding) {
        switch node {
        case .words(let state, let kinds): try match(kinds, at: state)
        case .rule(let state, let rule):
            calls.append(state)
            try walk(automaton.nodes[rule])
            calls.removeLast()
        case .sequence(let nodes): for node in nodes { try walk(node) }
        case .choice(let state, let nodes, let first, let lefts):
            try synchronize(at: state)
            let index: Int
            if let first {
                let kind = try word().kind
                guard let found = first.firstIndex(where: { $0.contains(kind) }) else {
                    throw try noAlternative(after: 0)
                }
                index = found
            } else {
                index = try alternative(lefts)
            }
            try walk(nodes[index])
        case .optional(let state, let body, let first, let lefts):
            try synchronize(at: state)
            let isTaken = try first.map { first throws(Finding) in first.contains(try word().kind) }
            let takes: Bool
            if let isTaken { takes = isTaken } else { takes = try alternative(lefts) == 0 }
            if takes { try walk(body) }
        case .star(let entry, let back, let body, let first):
            try synchronize(at: entry)
            while first.contains(try word().kind) {
                try walk(body)
                try synchronize(at: back)
            }
        case .plus(let start, let back, let body, let first):
            try synchronize(at: start)
            repeat {
                try walk(body)
                try synchronize(at: back)
            } while first.contains(try word().kind)
        }
    }
}
