/// A row as the model sees it: token ids, and which of them it is asked to learn.
public struct TokenizedExample: Sendable, Hashable {
    /// The ids, in order.
    public var ids: [Int32]
    /// Of each id, whether predicting it is part of the loss.
    ///
    /// Same count as `ids`; the first is never learned.
    public var isSupervised: [Bool]
    /// Where the row came from, for messages.
    public var origin: RowOrigin

    /// Creates an example.
    ///
    /// - Precondition: `ids` and `isSupervised` have the same count.
    public init(ids: [Int32], isSupervised: [Bool], origin: RowOrigin = RowOrigin(file: "", line: 0)) {
        precondition(ids.count == isSupervised.count, "\(ids.count) ids, but \(isSupervised.count) marks")
        self.ids = ids
        self.isSupervised = isSupervised
        self.origin = origin
    }

    /// How many tokens are learned.
    ///
    /// The first position has nothing before it to be predicted from.
    public var supervisedCount: Int { isSupervised.dropFirst().count { $0 } }
}
