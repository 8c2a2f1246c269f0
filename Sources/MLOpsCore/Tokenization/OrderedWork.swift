internal import Synchronization

/// Numbered pieces of work that threads take one after another, and a total to which results are added in the order of the numbers.
final class OrderedWork<Result: Sendable, Total: Sendable>: Sendable {
    private let count: Int
    private let adding: @Sendable (inout Total, Result) -> Void
    private let state: Mutex<State>

    private struct State {
        var next = 0
        /// What was finished before something with a smaller number.
        var early: [Int: Result] = [:]
        var added = 0
        var total: Total
        var failure: (index: Int, error: any Error)?
    }

    init(count: Int, total: Total, adding: @escaping @Sendable (inout Total, Result) -> Void) {
        self.count = count
        self.adding = adding
        state = Mutex(State(total: total))
    }

    /// The next number; nil when all are taken, or after a failure.
    func next() -> Int? {
        state.withLock { state in
            guard state.next < count, state.failure == nil else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Does piece `index`, and adds its result as soon as those before it are there.
    func finish(_ index: Int, _ work: () throws -> Result) {
        do {
            let result = try work()
            state.withLock { state in
                state.early[index] = result
                while let result = state.early.removeValue(forKey: state.added) {
                    adding(&state.total, result)
                    state.added += 1
                }
            }
        } catch {
            // Numbers are taken in order, so every smaller one is under way or done: the smallest that fails is the first of all.
            state.withLock { state in
                if state.failure.map({ index < $0.index }) ?? true { state.failure = (index, error) }
            }
        }
    }

    /// The total, once no thread works any more.
    ///
    /// - Throws: what the first piece that failed threw.
    func total() throws -> Total {
        try state.withLock { state in
            if let failure = state.failure { throw failure.error }
            return state.total
        }
    }
}
