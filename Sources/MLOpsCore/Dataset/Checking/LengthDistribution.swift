/// How many rows have which length, exactly: a sparse count per length.
public struct LengthDistribution: Sendable, Hashable {
    private var counts: [Int: Int] = [:]
    /// How many lengths were added.
    public private(set) var count = 0
    /// The sum of the lengths.
    public private(set) var total = 0

    /// Creates a distribution of nothing.
    public init() {}

    /// Adds one length.
    public mutating func add(_ length: Int) {
        counts[length, default: 0] += 1
        count += 1
        total += length
    }

    /// The smallest length; 0 when there is none.
    public var minimum: Int { counts.keys.min() ?? 0 }
    /// The largest length; 0 when there is none.
    public var maximum: Int { counts.keys.max() ?? 0 }
    /// The mean length; 0 when there is none.
    public var mean: Double { count == 0 ? 0 : Double(total) / Double(count) }

    /// Returns the smallest length that at least `fraction` of all lengths do not exceed (the nearest-rank quantile).
    ///
    /// - Complexity: O(*k* log *k*) for *k* different lengths.
    public func quantile(_ fraction: Double) -> Int {
        let rank = max(1, Int((fraction * Double(count)).rounded(.up)))
        var seen = 0
        for (length, number) in counts.sorted(by: { $0.key < $1.key }) {
            seen += number
            if seen >= rank { return length }
        }
        return 0
    }

    /// A range of lengths, and how many are in it.
    public struct Bin: Sendable, Hashable {
        /// The lengths, both ends included.
        public let range: ClosedRange<Int>
        /// How many there are.
        public let count: Int
    }

    /// Returns the counts in at most `limit` ranges of one width, from the smallest length to the largest.
    public func histogram(limit: Int = 12) -> [Bin] {
        guard count > 0 else { return [] }
        let low = minimum
        let span = maximum - low + 1
        let width = (span - 1) / max(1, limit) + 1
        var bins = [Int](repeating: 0, count: (span - 1) / width + 1)
        for (length, number) in counts { bins[(length - low) / width] += number }
        return bins.enumerated().map { index, number in
            let start = low + index * width
            return Bin(range: start...(start + width - 1), count: number)
        }
    }

    /// The distribution as it stands in reports.
    public var json: JSONValue {
        [
            "total": .integer(Int64(total)), "min": .integer(Int64(minimum)), "mean": .number(mean),
            "p50": .integer(Int64(quantile(0.5))), "p90": .integer(Int64(quantile(0.9))),
            "p99": .integer(Int64(quantile(0.99))), "max": .integer(Int64(maximum)),
            "histogram": .array(
                histogram().map {
                    [
                        "from": .integer(Int64($0.range.lowerBound)), "to": .integer(Int64($0.range.upperBound)),
                        "count": .integer(Int64($0.count)),
                    ]
                }),
        ]
    }
}
