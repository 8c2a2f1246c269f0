/// Which rows must stay together when data is split: found from digests alone.
///
/// Rows that ask the same, apart from case and white space, belong together, and so do rows that ask what happens
/// within another's conversation. The digests go to a ``RecordSpool``; in memory there are four bytes a row.
struct PromptGroups {
    /// A parent of each row, never a later one; a row that is its own is the root of its group (union-find with path
    /// halving).
    private var parents: [Int32] = []
    private var spool: RecordSpool
    private static let innerFlag: UInt64 = 1 << 63

    /// - Parameter bound: how many words are held in memory.
    init(bound: Int = RecordSpool.standardBound) { spool = RecordSpool(bound: bound) }

    /// How many rows there are.
    var count: Int { parents.count }

    /// Takes note of the next row.
    ///
    /// - Throws: ``FileError`` when there is no room for temporary files.
    mutating func add(_ keys: RowKeys) throws(FileError) {
        let row = UInt64(parents.count)
        parents.append(Int32(truncatingIfNeeded: parents.count))
        for (index, key) in keys.prompts.enumerated() {
            let flag = index == keys.prompts.count - 1 ? 0 : Self.innerFlag
            try spool.append([key.high, key.low, row | flag], to: Int(key.high >> 56))
        }
    }

    /// Puts the groups of two rows together.
    mutating func join(_ row: Int, _ other: Int) {
        let (left, right) = (root(row), root(other))
        parents[max(left, right)] = Int32(truncatingIfNeeded: min(left, right))
    }

    private mutating func root(_ row: Int) -> Int {
        var row = row
        while Int(parents[row]) != row {
            parents[row] = parents[Int(parents[row])]
            row = Int(parents[row])
        }
        return row
    }

    /// Returns the group of each row, groups numbered in the order of their first rows, and how many rows each has.
    ///
    /// - Throws: ``FileError`` when a temporary file cannot be read.
    mutating func groups() throws(FileError) -> (ofRow: [Int32], sizes: [Int]) {
        for part in 0..<RecordSpool.partCount where !spool.isEmpty(part) { try join(part) }
        for row in parents.indices { parents[row] = Int32(truncatingIfNeeded: root(row)) }
        // A root comes before the rest of its group, so that the number is there when they ask for it.
        var groups = parents
        var sizes: [Int] = []
        for row in groups.indices {
            let root = Int(parents[row])
            if root == row {
                groups[row] = Int32(truncatingIfNeeded: sizes.count)
                sizes.append(0)
            } else {
                groups[row] = groups[root]
            }
            sizes[Int(groups[row])] += 1
        }
        return (groups, sizes)
    }

    /// Joins the rows of a part with those that answer the same prompt last.
    private mutating func join(_ part: Int) throws(FileError) {
        let words = try spool.words(of: part)
        var first: [RowKey: Int] = [:]
        for isInner in [false, true] {
            for start in stride(from: 0, to: words.count, by: 3)
            where (words[start + 2] & Self.innerFlag != 0) == isInner {
                let key = RowKey(high: words[start], low: words[start + 1])
                let row = Int(words[start + 2] & ~Self.innerFlag)
                if let other = first[key] {
                    join(row, other)
                } else if !isInner {
                    first[key] = row
                }
            }
        }
    }
}
