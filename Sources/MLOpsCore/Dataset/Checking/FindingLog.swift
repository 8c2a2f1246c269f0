/// Findings as they come: all are counted, and the first of each kind are kept.
public struct FindingLog: Sendable, Hashable {
    /// How many findings of one kind are kept.
    public let limit: Int
    /// The findings kept, in the order they were found.
    public private(set) var listed: [DataFinding] = []
    private var counts: [DataFinding.Kind: Int] = [:]

    /// Creates an empty log that keeps `limit` findings of each kind.
    public init(limit: Int = 100) { self.limit = limit }

    /// How many findings of `kind` there were.
    public func count(of kind: DataFinding.Kind) -> Int { counts[kind, default: 0] }

    /// How many findings of `severity` there were.
    public func count(of severity: DataFinding.Severity) -> Int {
        counts.reduce(0) { $0 + ($1.key.severity == severity ? $1.value : 0) }
    }

    /// The kinds that were found, in the order of ``DataFinding/Kind``.
    public var kinds: [DataFinding.Kind] { DataFinding.Kind.allCases.filter { counts[$0] != nil } }

    /// How many findings were counted but not kept.
    public var unlistedCount: Int { counts.values.reduce(0, +) - listed.count }

    /// Counts `finding`, and keeps it if there is room.
    public mutating func add(_ finding: DataFinding) {
        counts[finding.kind, default: 0] += 1
        if count(of: finding.kind) <= limit { listed.append(finding) }
    }

    /// Counts a finding of `kind`, and keeps what `finding` makes if there is room.
    mutating func add(_ kind: DataFinding.Kind, _ finding: () -> DataFinding) {
        counts[kind, default: 0] += 1
        if count(of: kind) <= limit { listed.append(finding()) }
    }

    /// Counts `counts`, and puts `findings` among those kept, each behind the last that does not stand after it.
    ///
    /// - Parameter place: where a finding stands.
    mutating func insert(
        _ findings: [DataFinding], counts: [DataFinding.Kind: Int], place: (DataFinding) -> RowAudit.Place
    ) {
        self.counts.merge(counts, uniquingKeysWith: +)
        guard !findings.isEmpty else { return }
        var merged: [DataFinding] = []
        var rest = listed[...]
        for finding in findings {
            let own = place(finding)
            while let next = rest.first, place(next) <= own {
                merged.append(next)
                rest.removeFirst()
            }
            merged.append(finding)
        }
        listed = merged + rest
    }

    /// Returns the part of the log that is of the kinds `isIncluded` admits.
    func filtered(_ isIncluded: (DataFinding.Kind) -> Bool) -> FindingLog {
        var part = FindingLog(limit: limit)
        part.counts = counts.filter { isIncluded($0.key) }
        part.listed = listed.filter { isIncluded($0.kind) }
        return part
    }

    /// Adds what `other` counted, and keeps of its findings those there is room for.
    public mutating func add(_ other: FindingLog) {
        for finding in other.listed where listed.count(where: { $0.kind == finding.kind }) < limit {
            listed.append(finding)
        }
        counts.merge(other.counts, uniquingKeysWith: +)
    }
}
