import MLOpsCore
import Testing

@testable import MLOpsEval

@Suite struct LongestCommonSubsequenceTests {
    /// The textbook table and rouge-score's walk through it.
    private func table(_ first: [Int32], _ second: [Int32]) -> (length: Int, positions: [Int]) {
        var t = Array(repeating: Array(repeating: 0, count: second.count + 1), count: first.count + 1)
        for i in first.indices {
            for j in second.indices {
                t[i + 1][j + 1] = first[i] == second[j] ? t[i][j] + 1 : max(t[i][j + 1], t[i + 1][j])
            }
        }
        var (i, j) = (first.count, second.count)
        var positions: [Int] = []
        while i > 0, j > 0 {
            if first[i - 1] == second[j - 1] {
                positions.append(i - 1)
                (i, j) = (i - 1, j - 1)
            } else if t[i][j - 1] > t[i - 1][j] {
                j -= 1
            } else {
                i -= 1
            }
        }
        return (t[first.count][second.count], positions)
    }

    @Test(arguments: [1, 2, 3, 20], [0, 1, 7, 63, 64, 65, 130, 200])
    func agreesWithTheTable(vocabulary: Int32, longest: Int) {
        var random = PhiloxStream(seed: UInt64(longest), purpose: UInt32(vocabulary))
        for _ in 0..<30 {
            let first = (0..<Int.random(in: 0...longest, using: &random)).map { _ in
                Int32.random(in: 0..<vocabulary, using: &random)
            }
            let second = (0..<longest).map { _ in Int32.random(in: 0..<vocabulary, using: &random) }
            let expected = table(first, second)
            let subsequence = LongestCommonSubsequence(first, second)
            #expect(subsequence.length == expected.length, "\(first) \(second)")
            #expect(subsequence.positions == expected.positions, "\(first) \(second)")
        }
    }
}
