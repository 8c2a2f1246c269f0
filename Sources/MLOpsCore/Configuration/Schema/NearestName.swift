/// Finds the name somebody meant.
enum NearestName {
    /// Returns the name of `names` with the fewest letters to change from `name`, if that is few enough to be a slip.
    static func find(_ name: String, among names: [String]) -> String? {
        // Groups are often forgotten: 'max_samples' is near 'eval.max_samples'.
        func cost(_ candidate: String) -> Int {
            let tail = candidate.split(separator: ".").last.map(String.init) ?? candidate
            return min(distance(name, candidate), name.contains(".") ? .max : distance(name, tail))
        }
        let best = names.map { (cost($0), $0) }.min { ($0.0, $0.1) < ($1.0, $1.1) }
        guard let best, best.0 <= max(1, min(name.count, 40) / 3) else { return nil }
        return best.1
    }

    /// The number of letters to insert, delete, replace, or swap with a neighbour.
    static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left.lowercased().prefix(80))
        let b = Array(right.lowercased().prefix(80))
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
