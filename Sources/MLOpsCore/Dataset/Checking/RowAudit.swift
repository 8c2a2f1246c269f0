/// The look across rows: what repeats, what contradicts, what leaks.
///
/// Remembers keys and places, never texts.
public struct RowAudit: Sendable {
    /// Where a row stands, in eight bytes: there is one for each row.
    struct Place: Sendable, Hashable, Comparable {
        /// The file in the high bits, so that places are in the order rows are read.
        let bits: UInt64

        /// Takes a place from its bits.
        init(bits: UInt64) { self.bits = bits }

        /// A line, up to 2^40, of one of up to 2^24 files.
        init(file: Int, line: Int) {
            bits = UInt64(UInt32(clamping: file)) << 40 | UInt64(max(0, line)) & 0xFF_FFFF_FFFF
        }

        var file: Int { Int(bits >> 40) }
        var line: Int { Int(bits & 0xFF_FFFF_FFFF) }

        static func < (left: Place, right: Place) -> Bool { left.bits < right.bits }
    }
    private struct Prompt: Sendable {
        var place: Place
        var answer: RowKey
        /// The prompt with the case of its letters.
        var letters: UInt64
    }

    private var files: [String] = []
    private var rows: [RowKey: Place] = [:]
    private var prompts: [RowKey: Prompt] = [:]
    /// Prompts within longer conversations: a test row that asks one of them leaks as well.
    private var innerPrompts: [RowKey: Place] = [:]
    /// All of these prompts with the case of their letters.
    private var letterPrompts: Set<UInt64> = []
    /// Prompts with their answers, apart from case and white space.
    private var pairs: Set<UInt64> = []

    /// Creates an audit that has seen nothing.
    public init() {}

    /// How many different rows were seen.
    public var distinctRowCount: Int { rows.count }
    /// How many different prompts were seen, apart from case and white space.
    public var distinctPromptCount: Int { prompts.count }

    /// Takes note of `row`, and returns what it repeats or contradicts.
    public mutating func add(_ row: DatasetRow) -> [DataFinding] { add(RowKeys(row), at: row.origin) }

    /// Takes note of the row at `origin` that `keys` identify.
    mutating func add(_ keys: RowKeys, at origin: RowOrigin) -> [DataFinding] {
        note(keys, at: place(of: origin)).map { [$0.finding(at: origin, other: text($0.other))] } ?? []
    }

    /// Takes note of the row at `place`, and returns what it repeats or contradicts.
    mutating func note(_ keys: RowKeys, at place: Place) -> RowRelation? {
        if let first = rows[keys.exact] { return RowRelation(kind: .duplicate, place: place, other: first) }
        rows[keys.exact] = place
        letterPrompts.formUnion(keys.letterPrompts)
        pairs.insert(keys.pair)
        for key in keys.prompts.dropLast() where innerPrompts[key] == nil { innerPrompts[key] = place }
        let letters = keys.letterPrompts.last ?? keys.prompt.high
        guard let first = prompts[keys.prompt] else {
            prompts[keys.prompt] = Prompt(place: place, answer: keys.answer, letters: letters)
            return nil
        }
        guard first.answer != keys.answer else { return nil }
        return RowRelation(
            kind: first.letters == letters ? .conflict : .caseConflict, place: place, other: first.place)
    }

    /// Takes note of a prompt that the row at `place` answers before its last.
    mutating func note(innerPrompt key: RowKey, letters: UInt64, at place: Place) {
        letterPrompts.insert(letters)
        if innerPrompts[key] == nil { innerPrompts[key] = place }
    }

    /// Returns the leak that `testRow` is, when a row seen so far answers the same prompt.
    public func leak(_ testRow: DatasetRow) -> DataFinding? { leak(RowKeys(testRow), at: testRow.origin) }

    /// Returns the leak that the test row at `origin` is, which `keys` identify.
    func leak(_ keys: RowKeys, at origin: RowOrigin) -> DataFinding? {
        leak(keys, at: Place(file: 0, line: 0)).map { $0.finding(at: origin, other: text($0.other)) }
    }

    /// Returns the leak that the test row at `place` is, which `keys` identify.
    func leak(_ keys: RowKeys, at place: Place) -> RowRelation? {
        if let other = rows[keys.exact] { return RowRelation(kind: .sameRow, place: place, other: other) }
        guard let other = prompts[keys.prompt]?.place ?? innerPrompts[keys.prompt] else { return nil }
        // The case of a letter can be the question, as in the options of a command: then the answers differ.
        let asksTheSame = keys.letterPrompts.last.map(letterPrompts.contains) == true || pairs.contains(keys.pair)
        return RowRelation(kind: asksTheSame ? .samePrompt : .samePromptButForCase, place: place, other: other)
    }

    /// Returns the overlap that the test row at `origin` is, when a row seen so far holds some of its runs of words.
    func overlap(_ words: RowWords, with runs: TestRuns, at origin: RowOrigin) -> DataFinding? {
        overlap(runs.found(in: words), with: runs, at: origin)
    }

    /// Returns the overlap of the test row at `origin`, which holds the runs `found`.
    func overlap(_ found: [Int32], with runs: TestRuns, at origin: RowOrigin) -> DataFinding? {
        guard let holder = runs.holder(of: found) else { return nil }
        return RowRelation(kind: .overlap, place: holder, other: holder).finding(at: origin, other: text(holder))
    }

    /// Returns the place that `origin` names.
    mutating func place(of origin: RowOrigin) -> Place {
        // Rows come file by file, so the last name is nearly always the right one.
        if files.last != origin.file { files.append(origin.file) }
        return Place(file: files.count - 1, line: origin.line)
    }

    /// The number of each file in places.
    var fileNumbers: [String: Int] {
        Dictionary(files.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Returns `place` in full.
    func origin(of place: Place) -> RowOrigin { RowOrigin(file: files[place.file], line: place.line) }

    /// Returns `place` as messages write it.
    func text(_ place: Place) -> String { "\(files[place.file]):\(place.line)" }
}
