/// The look across more rows than fit into memory: a record of each, compared part by part once all have been read.
///
/// Rows with one prompt go to one part of a ``RecordSpool``, and whatever repeats, contradicts or leaks has one prompt:
/// so a part is looked through by a ``RowAudit`` of its own, and what is found does not depend on the parts.
struct RowLedger {
    private var spool: RecordSpool
    private static let innerFlag: UInt64 = 1 << 63
    private static let width = 11

    /// - Parameter bound: how many words are held in memory.
    init(bound: Int = RecordSpool.standardBound) { spool = RecordSpool(bound: bound) }

    /// Takes note of the row numbered `row` at `place`, which shares words with the training row `overlap`.
    mutating func add(
        _ keys: RowKeys, at place: RowAudit.Place, row: Int, overlap: RowAudit.Place? = nil
    ) throws(FileError) {
        let prompt = keys.prompt
        try spool.append(
            [
                prompt.high, prompt.low, keys.exact.high, keys.exact.low, keys.answer.high, keys.answer.low,
                keys.letterPrompts.last ?? prompt.high, keys.pair, place.bits, UInt64(row), overlap?.bits ?? .max,
            ], to: Self.part(of: prompt))
        for (inner, letters) in zip(keys.prompts.dropLast(), keys.letterPrompts) {
            try spool.append(
                [inner.high, inner.low, 0, 0, 0, 0, letters, 0, place.bits, UInt64(row) | Self.innerFlag, .max],
                to: Self.part(of: inner))
        }
    }

    private static func part(of prompt: RowKey) -> Int { Int(prompt.high >> 56) }

    private struct Record {
        let keys: RowKeys
        let place: RowAudit.Place
        let row: Int
        let isInner: Bool
        let overlap: RowAudit.Place?
    }

    private func records(of part: Int, use: (Record) -> Void) throws(FileError) {
        let words = try spool.words(of: part)
        for start in stride(from: 0, to: words.count, by: Self.width) {
            let record = words[start..<start + Self.width]
            func key(_ index: Int) -> RowKey { RowKey(high: record[start + index], low: record[start + index + 1]) }
            let (row, overlap) = (record[start + 9], record[start + 10])
            let keys = RowKeys(
                exact: key(2), prompts: [key(0)], letterPrompts: [record[start + 6]], answer: key(4),
                pair: record[start + 7])
            use(
                Record(
                    keys: keys, place: RowAudit.Place(bits: record[start + 8]), row: Int(row & ~Self.innerFlag),
                    isInner: row & Self.innerFlag != 0, overlap: overlap == .max ? nil : RowAudit.Place(bits: overlap)))
        }
    }

    private static func note(_ record: Record, in audit: inout RowAudit) -> RowRelation? {
        guard record.isInner else { return audit.note(record.keys, at: record.place) }
        audit.note(innerPrompt: record.keys.prompt, letters: record.keys.letterPrompts[0], at: record.place)
        return nil
    }

    /// What the rows are to one another.
    struct Repetitions {
        var relations: RelationLog
        /// The rows that repeat an earlier one.
        var duplicates = RowSet()
        /// How many different prompts there are, apart from case and white space.
        var distinctPromptCount = 0
    }

    /// Returns what the rows repeat or contradict; of each kind, the first `limit` are kept.
    func repetitions(limit: Int) throws(FileError) -> Repetitions {
        var result = Repetitions(relations: RelationLog(limit: limit))
        for part in 0..<RecordSpool.partCount where !spool.isEmpty(part) {
            var audit = RowAudit()
            try records(of: part) { record in
                guard let relation = Self.note(record, in: &audit) else { return }
                result.relations.add(relation)
                if relation.kind == .duplicate { result.duplicates.insert(record.row) }
            }
            result.distinctPromptCount += audit.distinctPromptCount
        }
        return result
    }

    /// Returns what the rows of `tests` are to these; of each kind, the first `limit` are kept.
    func leaks(into tests: RowLedger, limit: Int) throws(FileError) -> RelationLog {
        var log = RelationLog(limit: limit)
        for part in 0..<RecordSpool.partCount where !tests.spool.isEmpty(part) {
            var audit = RowAudit()
            try records(of: part) { record in _ = Self.note(record, in: &audit) }
            try tests.records(of: part) { record in
                guard !record.isInner else { return }
                if let leak = audit.leak(record.keys, at: record.place) {
                    log.add(leak)
                } else if let overlap = record.overlap {
                    log.add(RowRelation(kind: .overlap, place: record.place, other: overlap))
                }
            }
        }
        return log
    }
}

/// Relations in no order: all are counted, and of each kind of finding those are kept that come first in the data.
struct RelationLog {
    private let limit: Int
    private var kept: [DataFinding.Kind: [RowRelation]] = [:]
    /// How many there were of each kind.
    private(set) var counts: [DataFinding.Kind: Int] = [:]

    init(limit: Int) { self.limit = limit }

    mutating func add(_ relation: RowRelation) {
        let kind = relation.findingKind
        counts[kind, default: 0] += 1
        kept[kind, default: []].append(relation)
        if kept[kind, default: []].count > 2 * limit + 1024 { kept[kind] = first(of: kind) }
    }

    private func first(of kind: DataFinding.Kind) -> [RowRelation] {
        Array((kept[kind] ?? []).sorted { $0.place < $1.place }.prefix(limit))
    }

    /// Those that are kept, in the order of the rows.
    var relations: [RowRelation] { kept.keys.flatMap(first).sorted { $0.place < $1.place } }
}
