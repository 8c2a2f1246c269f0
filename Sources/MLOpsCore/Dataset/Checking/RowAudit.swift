/// The look across rows: what repeats, what contradicts, what leaks.
///
/// Remembers keys and places, never texts.
public struct RowAudit: Sendable {
    private struct Place: Sendable {
        var file: Int32
        var line: Int
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
        guard let place = prompts[key]?.place ?? innerPrompts[key] else { return nil }
        return DataFinding(
            .leak, at: origin, "The test row asks what the training row \(text(place)) asks.",
            fix: "Remove one of them; a score on a prompt seen in training says nothing.")
    }

    private mutating func place(of origin: RowOrigin) -> Place {
        // Rows come file by file, so the last name is nearly always the right one.
        if files.last != origin.file { files.append(origin.file) }
        return Place(file: Int32(truncatingIfNeeded: files.count - 1), line: origin.line)
    }

    private func text(_ place: Place) -> String { "\(files[Int(place.file)]):\(place.line)" }
}
