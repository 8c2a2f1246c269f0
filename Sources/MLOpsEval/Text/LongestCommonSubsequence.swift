/// The longest common subsequence of two sequences of words, by dynamic programming.
///
/// `length[i][j]` is that of the first i words of one and the first j of the other.
enum LongestCommonSubsequence {
    /// Returns its length, keeping one row of the table.
    ///
    /// - Complexity: O(first.count · second.count) time, O(second.count) memory.
    static func length(_ first: [Int32], _ second: [Int32]) -> Int {
        var row = [Int32](repeating: 0, count: second.count + 1)
        for word in first {
            var diagonal: Int32 = 0
            for column in second.indices {
                let above = row[column + 1]
                row[column + 1] = word == second[column] ? diagonal + 1 : max(above, row[column])
                diagonal = above
            }
        }
        return Int(row[second.count])
    }

    /// Returns the positions in `first` of one such subsequence: of several, the one rouge-score finds, which walks
    /// back from the end and prefers to leave a word of `first` out.
    ///
    /// - Complexity: O(first.count · second.count) time and memory.
    static func positions(in first: [Int32], of second: [Int32]) -> [Int] {
        let width = second.count + 1
        var length = [Int32](repeating: 0, count: (first.count + 1) * width)
        for (i, word) in first.enumerated() {
            for (j, other) in second.enumerated() {
                length[(i + 1) * width + j + 1] =
                    word == other
                    ? length[i * width + j] + 1 : max(length[i * width + j + 1], length[(i + 1) * width + j])
            }
        }
        var positions: [Int] = []
        var (i, j) = (first.count, second.count)
        while i > 0, j > 0 {
            if first[i - 1] == second[j - 1] {
                positions.append(i - 1)
                i -= 1
                j -= 1
            } else if length[i * width + j - 1] > length[(i - 1) * width + j] {
                j -= 1
            } else {
                i -= 1
            }
        }
        return positions
    }
}
