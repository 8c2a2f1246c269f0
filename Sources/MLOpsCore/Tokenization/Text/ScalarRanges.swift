/// A set of characters given by the first and the last of each of its ranges.
struct ScalarRanges: Sendable, Hashable {
    /// Firsts and lasts in turn, ascending.
    private let bounds: [UInt32]

    /// Creates a set from firsts and lasts in turn.
    ///
    /// - Precondition: they ascend.
    init(_ bounds: [UInt32]) { self.bounds = bounds }

    /// The ranges, ascending.
    var list: [ClosedRange<UInt32>] {
        stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]...bounds[$0 + 1] }
    }

    /// Whether the scalar `value` is a member.
    ///
    /// - Complexity: O(log *n*) for *n* ranges.
    func contains(_ value: UInt32) -> Bool {
        guard let first = bounds.first, value >= first else { return false }
        // The last range that begins at or before the scalar.
        var lower = 0
        var upper = bounds.count / 2
        while upper - lower > 1 {
            let middle = (lower + upper) / 2
            if bounds[2 * middle] <= value { lower = middle } else { upper = middle }
        }
        return value <= bounds[2 * lower + 1]
    }
}
