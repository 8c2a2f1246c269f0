/// Numbers of rows, a bit for each.
struct RowSet: Sendable {
    private var bits: [UInt64] = []

    /// Whether `row` is among them.
    func contains(_ row: Int) -> Bool { row >> 6 < bits.count && bits[row >> 6] >> UInt64(row & 63) & 1 == 1 }

    /// Adds `row`.
    mutating func insert(_ row: Int) {
        if row >> 6 >= bits.count { bits += Array(repeating: 0, count: row >> 6 + 1 - bits.count) }
        bits[row >> 6] |= 1 << UInt64(row & 63)
    }
}
