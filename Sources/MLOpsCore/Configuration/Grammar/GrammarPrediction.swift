/// Finds the alternative that the coming words belong to, reading as many of them as it takes: ANTLR's prediction.
///
/// As there, a rule's end is followed by whatever may follow that rule anywhere, so that an error may be noticed a few
/// words after the one that a person would name.
struct GrammarPrediction {
    /// A state in which the words read so far may be, on the way of one alternative.
    private struct Place: Hashable {
        let state: Int
        let alternative: Int
        let stack: [Int]
        /// Whether it has left the rule in which the decision stands.
        let hasLeft: Bool
    }

    let automaton: GrammarAutomaton

    /// What a prediction finds: an alternative, from 0, or the number of words after which none is possible.
    enum Result { case alternative(Int), impossible(after: Int) }

    /// Returns the alternative to take for the words that `word` gives.
    func predict<Failure: Error>(
        _ lefts: [Int], word: (Int) throws(Failure) -> GrammarToken
    ) throws(Failure) -> Result {
        var places: [Place] = []
        for (index, left) in lefts.enumerated() {
            places += closure(Place(state: left, alternative: index, stack: [], hasLeft: false))
        }
        var position = 0
        while true {
            if let only = Self.only(places) { return .alternative(only) }
            let token = try word(position)
            let next = reached(places, token.kind)
            if next.isEmpty {
                // An alternative that is complete already is taken, and the word is someone else's mistake.
                let complete = places.filter { $0.hasLeft || isComplete($0) }.map(\.alternative).min()
                return complete.map { .alternative($0) } ?? .impossible(after: position)
            }
            places = next
            if token.kind == GrammarToken.end { return .alternative(places.map(\.alternative).min() ?? 0) }
            position += 1
        }
    }

    private static func only(_ places: [Place]) -> Int? {
        guard let first = places.first?.alternative, places.allSatisfy({ $0.alternative == first }) else { return nil }
        return first
    }

    private func isComplete(_ place: Place) -> Bool {
        automaton.states[place.state].kind == .ruleStop && place.stack.isEmpty
    }

    private func reached(_ places: [Place], _ kind: Int) -> [Place] {
        var next: [Place] = []
        var seen: Set<Place> = []
        for place in places {
            for case .words(let kinds, let target) in automaton.states[place.state].ways where kinds.contains(kind) {
                let moved = Place(
                    state: target, alternative: place.alternative, stack: place.stack, hasLeft: place.hasLeft)
                for place in closure(moved) where seen.insert(place).inserted { next.append(place) }
            }
        }
        return next
    }

    /// The places that can be reached from `place` without a word, and wait for one.
    private func closure(_ place: Place) -> [Place] {
        var found: [Place] = []
        var seen: Set<Place> = []
        func visit(_ place: Place) {
            guard seen.insert(place).inserted else { return }
            func go(_ state: Int, _ stack: [Int], hasLeft: Bool) {
                visit(Place(state: state, alternative: place.alternative, stack: stack, hasLeft: hasLeft))
            }
            let state = automaton.states[place.state]
            if state.kind == .ruleStop, let follow = place.stack.last {
                return go(follow, place.stack.dropLast(), hasLeft: place.hasLeft)
            }
            let leaves = place.hasLeft || state.kind == .ruleStop
            var waits = state.ways.isEmpty
            for way in state.ways {
                switch way {
                case .epsilon(let next): go(next, place.stack, hasLeft: leaves)
                case .rule(let rule, let follow):
                    go(automaton.start(of: rule), place.stack + [follow], hasLeft: leaves)
                case .words: waits = true
                }
            }
            if waits { found.append(place) }
        }
        visit(place)
        return found
    }
}
