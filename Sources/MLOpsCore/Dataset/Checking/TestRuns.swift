/// The runs of words that test rows hold, and the training rows that hold them too.
///
/// Of more than two million runs a half is looked for, of more than four a quarter, and so on, drawn by their hashes: a
/// copied passage of many words is still found, one of 13 perhaps not.
///
/// As in the GPT-3 paper (Brown et al. 2020, appendix C): runs of 13 words, of which those are passed over that more
/// than ten training rows hold, because such a run is a phrase and no copy.
public struct TestRuns: Sendable {
    /// How many words a run has.
    public static let length = 13
    private static let commonCount: UInt8 = 10

    private struct Holders: Sendable {
        var count: UInt8 = 0
        var last: Int32 = -1
        var first = RowAudit.Place(file: 0, line: 0)
    }
    private var indices: [UInt64: Int32] = [:]
    private var holders: [Holders] = []
    private var rowCount: Int32 = 0
    /// The bits of a run that are zero in those that are looked for.
    private var mask: UInt64 = 0
    private let limit: Int

    /// The runs of no test row.
    public init() { self.init(limit: 2_000_000) }

    /// - Parameter limit: how many runs are looked for.
    init(limit: Int) { self.limit = limit }

    /// Takes note of a test row; one with fewer words than a run has none.
    mutating func add(_ words: RowWords) {
        guard words.hashes.count >= Self.length else { return }
        for run in words.runs(of: Self.length) where run & mask == 0 && indices[run] == nil {
            indices[run] = Int32(truncatingIfNeeded: holders.count)
            holders.append(Holders())
        }
        while holders.count > limit { thin() }
    }

    /// Gives up every second run.
    private mutating func thin() {
        mask = mask << 1 | 1
        let kept = indices.keys.filter { $0 & mask == 0 }.sorted()
        indices = [:]
        for (index, run) in kept.enumerated() { indices[run] = Int32(truncatingIfNeeded: index) }
        holders = Array(repeating: Holders(), count: kept.count)
    }

    /// Whether there is no run at all.
    var isEmpty: Bool { indices.isEmpty }

    /// Returns the runs of a row that some test row holds.
    func found(in words: RowWords) -> [Int32] {
        guard !indices.isEmpty, words.hashes.count >= Self.length else { return [] }
        return words.runs(of: Self.length).compactMap { $0 & mask == 0 ? indices[$0] : nil }
    }

    /// Notes that the training row at `place` holds `runs`.
    mutating func note(_ runs: [Int32], at place: RowAudit.Place) {
        rowCount += 1
        for run in runs {
            let index = Int(run)
            guard holders[index].last != rowCount else { continue }
            if holders[index].count == 0 { holders[index].first = place }
            holders[index].last = rowCount
            if holders[index].count < .max { holders[index].count += 1 }
        }
    }

    /// Returns the first training row that holds one of `runs`, when few enough do.
    func holder(of runs: [Int32]) -> RowAudit.Place? {
        runs.lazy.map { holders[Int($0)] }.first { (1...Self.commonCount).contains($0.count) }?.first
    }
}
