/// Which rows must stay together when data is split: found row by row, from digests alone.
///
/// Rows that ask the same, apart from case and white space, belong together, and so do rows that ask what happens
/// within another's conversation.
struct PromptGroups {
    /// A parent of each row; a row that is its own is the root of its group (union-find with path halving).
    private var parents: [Int32] = []
    /// The first row that answers each prompt.
    private var first: [RowKey: Int32] = [:]
    /// The rows in whose conversations each prompt is answered on the way.
    private var inner: [RowKey: [Int32]] = [:]

    /// How many rows there are.
    var count: Int { parents.count }

    /// Takes note of the next row.
    mutating func add(_ keys: RowKeys) {
        let row = Int32(truncatingIfNeeded: parents.count)
        parents.append(row)
        if let other = first[keys.prompt] {
            join(Int(row), Int(other))
        } else {
            first[keys.prompt] = row
            for other in inner.removeValue(forKey: keys.prompt) ?? [] { join(Int(row), Int(other)) }
        }
        for key in keys.prompts.dropLast() {
            if let other = first[key] { join(Int(row), Int(other)) } else { inner[key, default: []].append(row) }
        }
    }

    /// Puts the groups of two rows together.
    mutating func join(_ row: Int, _ other: Int) { parents[root(row)] = Int32(truncatingIfNeeded: root(other)) }

    private mutating func root(_ row: Int) -> Int {
        var row = row
        while Int(parents[row]) != row {
            parents[row] = parents[Int(parents[row])]
            row = Int(parents[row])
        }
        return row
    }

    /// Returns the group of each row, groups numbered in the order of their first rows, and how many rows each has.
    mutating func groups() -> (ofRow: [Int32], sizes: [Int]) {
        var numbers = [Int32](repeating: -1, count: parents.count)
        var groups = [Int32](repeating: 0, count: parents.count)
        var sizes: [Int] = []
        for row in parents.indices {
            let root = root(row)
            if numbers[root] < 0 {
                numbers[root] = Int32(truncatingIfNeeded: sizes.count)
                sizes.append(0)
            }
            groups[row] = numbers[root]
            sizes[Int(numbers[root])] += 1
        }
        return (groups, sizes)
    }
}
