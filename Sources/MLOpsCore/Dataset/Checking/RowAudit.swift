/// The look across rows: what repeats, what contradicts, what leaks.
///
/// Remembers keys and places, never texts.
public struct RowAudit: Sendable {
    /// Where a row stands, in eight bytes: there is one for each row.
    struct Place: Sendable, Hashable {
        private let bits: UInt64

        /// A line, up to 2^40, of one of up to 2^24 files.
        init(file: Int, line: Int) {
            bits = UInt64(UInt32(clamping: file)) << 40 | UInt64(max(0, line)) & 0xFF_FFFF_FFFF
        }

        var file: Int { Int(bits >> 40) }
        var line: Int { Int(bits & 0xFF_FFFF_FFFF) }
    }
    private struct Prompt: Sendable {
        var place: Place
        var answer: RowKey
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
        let place = place(of: origin)
        if let first = rows[keys.exact] {
            return [
                DataFinding(
                    .duplicate, at: origin, "The row is the same as \(text(first)).", fix: "Remove one of them.")
            ]
        }
        rows[keys.exact] = place
        letterPrompts.formUnion(keys.letterPrompts)
        pairs.insert(keys.pair)
        for key in keys.prompts.dropLast() where innerPrompts[key] == nil { innerPrompts[key] = place }
        guard let first = prompts[keys.prompt] else {
            prompts[keys.prompt] = Prompt(place: place, answer: keys.answer)
            return []
        }
        guard first.answer != keys.answer else { return [] }
        return [
            DataFinding(
                .conflictingAnswer, at: origin, "The prompt has another answer at \(text(first.place)).",
                fix: "Keep the better answer, unless both are meant.")
        ]
    }

    /// Returns the leak that `testRow` is, when a row seen so far answers the same prompt.
    public func leak(_ testRow: DatasetRow) -> DataFinding? { leak(RowKeys(testRow), at: testRow.origin) }

    /// Returns the leak that the test row at `origin` is, which `keys` identify.
    func leak(_ keys: RowKeys, at origin: RowOrigin) -> DataFinding? {
        let key = keys.prompt
        if let place = rows[keys.exact] {
            return DataFinding(
                .leak, at: origin, "The test row is the training row \(text(place)).",
                fix: "Remove one of them; a score on a row seen in training says nothing.")
        }
        guard let place = prompts[key]?.place ?? innerPrompts[key] else { return nil }
        // The case of a letter can be the question, as in the options of a command: then the answers differ.
        guard keys.letterPrompts.last.map(letterPrompts.contains) == true || pairs.contains(keys.pair) else {
            return DataFinding(
                .caseLeak, at: origin,
                "Apart from the case of letters, the test row asks what the training row \(text(place)) asks, "
                    + "but its answer is another.",
                fix: "Remove one of them, unless the case makes it another question.")
        }
        return DataFinding(
            .leak, at: origin, "The test row asks what the training row \(text(place)) asks.",
            fix: "Remove one of them; a score on a prompt seen in training says nothing.")
    }

    /// Returns the overlap that the test row at `origin` is, when a row seen so far holds some of its runs of words.
    func overlap(_ words: RowWords, with runs: TestRuns, at origin: RowOrigin) -> DataFinding? {
        overlap(runs.found(in: words), with: runs, at: origin)
    }

    /// Returns the overlap of the test row at `origin`, which holds the runs `found`.
    func overlap(_ found: [Int32], with runs: TestRuns, at origin: RowOrigin) -> DataFinding? {
        guard let holder = runs.holder(of: found) else { return nil }
        return DataFinding(
            .overlap, at: origin,
            "The test row has \(TestRuns.length) words in a row in common with the training row \(text(holder)).",
            fix: "Remove one of them, unless the words are a phrase that everybody uses.")
    }

    /// Returns the place that `origin` names.
    mutating func place(of origin: RowOrigin) -> Place {
        // Rows come file by file, so the last name is nearly always the right one.
        if files.last != origin.file { files.append(origin.file) }
        return Place(file: files.count - 1, line: origin.line)
    }

    /// Returns `place` in full.
    func origin(of place: Place) -> RowOrigin { RowOrigin(file: files[place.file], line: place.line) }

    /// Returns `place` as messages write it.
    func text(_ place: Place) -> String { "\(files[place.file]):\(place.line)" }
}
