/// The longest common subsequence of two sequences of words, 64 cells of the table at a time.
///
/// With t(i, j) the length for the first i words of one and the first j of the other, neighbours in a row differ by 0 or 1,
/// so a row is a bit vector: bit j − 1 is clear where t(i, j) = t(i, j − 1) + 1. The next row follows from the last by
/// one addition with carry (H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004).
struct LongestCommonSubsequence {
    private let first: [Int32]
    private let second: [Int32]
    /// Where each word stands in `second`.
    private let places: [Int32: [Int]]

    /// Compares `first` with `second`.
    init(_ first: [Int32], _ second: [Int32]) {
        self.first = first
        self.second = second
        places = Dictionary(grouping: second.indices, by: { second[$0] })
    }

    /// Its length.
    ///
    /// - Complexity: O(first.count · second.count / 64) time, O(second.count) memory.
    var length: Int {
        var row = firstRow
        for word in first { advance(&row, by: word) }
        return Self.clearBits(of: row, before: second.count)
    }

    /// The positions in `first` of one such subsequence: of several, the one rouge-score finds, which walks back from the
    /// end and leaves a word of `second` out only where leaving out one of `first` would shorten the result.
    ///
    /// - Complexity: O(first.count · second.count / 64) time, O(√first.count · second.count) bits of memory.
    var positions: [Int] {
        // Rows are kept block by block: the last of each block from a first pass, all of one block from a second.
        let blockSize = max(1, Int(Double(first.count).squareRoot()))
        var starts: [[UInt64]] = []
        var row = firstRow
        for (index, word) in first.enumerated() {
            if index.isMultiple(of: blockSize) { starts.append(row) }
            advance(&row, by: word)
        }
        var positions: [Int] = []
        var column = second.count
        for block in starts.indices.reversed() {
            let words = first[(block * blockSize)..<min((block + 1) * blockSize, first.count)]
            var rows = [starts[block]]
            for word in words {
                var row = rows[rows.count - 1]
                advance(&row, by: word)
                rows.append(row)
            }
            walk(rows, from: words.startIndex, column: &column, into: &positions)
        }
        return positions
    }

    /// Walks back through `rows`, the row before the word at `start` and one after each word, down to the first.
    private func walk(_ rows: [[UInt64]], from start: Int, column: inout Int, into positions: inout [Int]) {
        for index in (1..<rows.count).reversed() {
            let (row, above) = (rows[index], rows[index - 1])
            let word = first[start + index - 1]
            var length = Self.clearBits(of: row, before: column)
            var lengthAbove = Self.clearBits(of: above, before: column)
            while column > 0, second[column - 1] != word {
                // t(i, j − 1) > t(i − 1, j): the row has nothing at this column, but more than the row above.
                guard Self.bit(column - 1, of: row), length > lengthAbove else { break }
                column -= 1
                if !Self.bit(column, of: row) { length -= 1 }
                if !Self.bit(column, of: above) { lengthAbove -= 1 }
            }
            guard column > 0 else { return }
            if second[column - 1] == word {
                positions.append(start + index - 1)
                column -= 1
            }
        }
    }

    private var firstRow: [UInt64] { [UInt64](repeating: .max, count: (second.count + 63) / 64) }

    /// Turns the row before `word` into the one after it: V ← (V + (V ∧ M)) ∨ (V ∧ ¬M), M the places of `word`.
    private func advance(_ row: inout [UInt64], by word: Int32) {
        guard let places = places[word] else { return }
        var place = 0
        var carry: UInt64 = 0
        for index in row.indices {
            var mask: UInt64 = 0
            while place < places.count, places[place] / 64 == index {
                mask |= 1 << UInt64(places[place] % 64)
                place += 1
            }
            if mask == 0, carry == 0 { continue }
            let value = row[index]
            let (sum, overflow) = value.addingReportingOverflow(value & mask)
            let (total, carried) = sum.addingReportingOverflow(carry)
            carry = overflow || carried ? 1 : 0
            row[index] = total | (value & ~mask)
        }
    }

    private static func bit(_ index: Int, of row: [UInt64]) -> Bool { row[index / 64] >> UInt64(index % 64) & 1 == 1 }

    private static func clearBits(of row: [UInt64], before end: Int) -> Int {
        var count = 0
        for index in 0..<(end / 64) { count += (~row[index]).nonzeroBitCount }
        let rest = end % 64
        return rest == 0 ? count : count + (~row[end / 64] & (1 << UInt64(rest) - 1)).nonzeroBitCount
    }
}
