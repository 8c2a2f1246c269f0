/// The bytes of one row, and the line they start at.
struct RowText {
    /// What is wrong with the row before anyone looks at its JSON.
    enum Defect {
        /// It is longer than accepted, and was passed over.
        case tooLong
        /// There is nothing on the line.
        case empty
        /// The text between rows is not that of a JSON list.
        case structure(String)
    }

    var bytes: [UInt8]
    var line: Int
    var defect: Defect?
}

/// A file cut into rows.
protocol RowScanner {
    /// Returns the next row; nil at the end.
    mutating func next() throws(ByteSourceError) -> RowText?
    /// Whether the file began with a byte-order mark, known from the first row on.
    var sawByteOrderMark: Bool { get }
}
