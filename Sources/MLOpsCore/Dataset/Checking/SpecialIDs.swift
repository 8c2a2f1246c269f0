/// The tokens by which a model knows where a text begins and an answer ends.
public struct SpecialIDs: Sendable, Hashable {
    /// The token that begins a text; nil when the model has none.
    public var beginning: Int32?
    /// The tokens that end an answer.
    public var ends: Set<Int32>

    /// Creates the tokens of a model; of none, by default.
    public init(beginning: Int32? = nil, ends: Set<Int32> = []) {
        self.beginning = beginning
        self.ends = ends
    }
}

/// How many rows begin and end as they should: known when rows are checked with a model.
public struct SpecialCounts: Sendable, Hashable {
    /// BOS tokens in all rows.
    public internal(set) var beginnings = 0
    /// Tokens that end an answer, in all rows.
    public internal(set) var ends = 0
    /// Rows whose first token is BOS.
    public internal(set) var rowsWithBeginning = 0
    /// Rows in which a token that ends an answer is learned.
    public internal(set) var rowsWithEnd = 0

    /// The counts as they stand in reports.
    public var json: JSONValue {
        [
            "bos": .integer(Int64(beginnings)), "eos": .integer(Int64(ends)),
            "rows_beginning_with_bos": .integer(Int64(rowsWithBeginning)),
            "rows_learning_an_eos": .integer(Int64(rowsWithEnd)),
        ]
    }
}
