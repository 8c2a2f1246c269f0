/// The look at one row by itself, before it is compared with others: the same on any thread, in any order.
struct RowExaminer: Sendable {
    let file: String
    let format: DataFormat
    let maximumRowLength: Int
    let auditsTexts: Bool
    let comparesNeighbours: Bool
    /// Whether questions are compared without the system turns before them.
    let ignoresSystemTurns: Bool
    /// Whether the row's JSON is kept, on one line.
    let keepsText: Bool
    /// The keys that lead to a field whose value is kept; nil: none is.
    let labelPath: [String]?
    /// The runs of test rows to be found in training rows; nil when there are no test rows.
    let testRuns: TestRuns?
    let encode: (@Sendable (Conversation) throws -> TokenizedExample)?

    /// What a row shows by itself.
    struct Examination: Sendable {
        let origin: RowOrigin
        /// Whether there was a row at all, and not an empty line.
        var isRow = true
        /// The row, when it can be used, with its shape and what identifies it.
        var usable: (row: DatasetRow, shape: RowShape, keys: RowKeys)?
        /// The row as tokens, or why it cannot be; nil when tokens were not asked for.
        var tokens: Result<TokenizedExample, any Error>?
        /// What it is nearly the same by; nil when that is not asked for.
        var fingerprint: MinHash?
        /// The runs of words it shares with test rows.
        var runs: [Int32] = []
        /// The row's JSON on one line, when it is kept.
        var text: [UInt8] = []
        /// The value of the field that was asked for; nil when the row has none.
        var label: String?
        /// What is wrong with it.
        var findings: [DataFinding] = []
    }

    /// Looks at the row that `text` is.
    func examine(_ text: RowText) -> Examination {
        var examination = Examination(origin: RowOrigin(file: file, line: text.line))
        if case .empty = text.defect {
            examination.isRow = false
            examination.note(.emptyLine, "The line is empty.", fix: "Remove it.")
            return examination
        }
        guard let value = value(of: text, &examination) else { return examination }
        var decoder = RowDecoder(format: format)
        let result = decoder.decode(value, at: examination.origin)
        examination.findings += result.findings
        guard let row = result.row, let shape = result.shape else { return examination }
        let keys = RowKeys(row)
        examination.usable = (
            row, shape, ignoresSystemTurns ? keys.asking(as: RowKeys(row.withoutSystemTurns)) : keys
        )
        if keepsText { examination.text = text.onOneLine }
        if let labelPath { examination.label = value.value(at: labelPath).map { $0.string ?? $0.text() } }
        if auditsTexts, let conversation = row.conversation {
            examination.findings += TextAudit.findings(in: conversation)
        }
        if comparesNeighbours || testRuns != nil {
            let words = RowWords(row)
            if comparesNeighbours { examination.fingerprint = MinHash(words) }
            if let testRuns { examination.runs = testRuns.found(in: words) }
        }
        if let encode { examination.tokens = Result { try row.tokenized(encode) } }
        return examination
    }

    /// Returns the row's JSON; nil, with a finding, when it has none.
    private func value(of text: RowText, _ examination: inout Examination) -> JSONValue? {
        switch text.defect {
        case .tooLong:
            examination.note(
                .lineTooLong, "The row has more than \(maximumRowLength) bytes.",
                fix: "Split it: a row is one conversation.")
            return nil
        case .structure(let reason):
            examination.note(
                .corruptFile, "The list cannot be read on: \(reason).", fix: "Mend the JSON; what follows was not read."
            )
            return nil
        case .empty, nil: break
        }
        do {
            return try JSONValue(parsing: text.bytes, maximumDepth: 64)
        } catch {
            if let bad = text.firstInvalidByte {
                let byte = String(text.bytes[bad], radix: 16, uppercase: true)
                examination.note(
                    .badUTF8, column: bad + 1, "The row is not UTF-8: byte 0x\(byte) at column \(bad + 1).",
                    fix: text.otherFormat ?? "Save the file as UTF-8.")
            } else {
                examination.note(
                    .badJSON, line: text.line + error.line - 1, column: error.column,
                    "The row is not JSON: \(error.reason) (column \(error.column)).",
                    fix: "Write each row as one JSON object.")
            }
            return nil
        }
    }
}

extension RowExaminer.Examination {
    /// Notes something wrong with the row; `line` when it is not the row's first.
    mutating func note(
        _ kind: DataFinding.Kind, line: Int? = nil, column: Int? = nil, _ message: String, fix: String
    ) {
        let place = RowOrigin(file: origin.file, line: line ?? origin.line)
        findings.append(DataFinding(kind, at: place, column: column, message, fix: fix))
    }
}

extension JSONValue {
    /// Returns the value that `path` leads to through objects.
    fileprivate func value(at path: [String]) -> JSONValue? {
        var value: JSONValue? = self
        for key in path { value = value?[key] }
        return value
    }
}

extension RowText {
    /// What to do about a file that is not text at all; nil when the row does not show it.
    fileprivate var otherFormat: String? {
        guard line == 1 else { return nil }
        if bytes.starts(with: [0x1F, 0x8B]) {
            return "It is a gzip file: decompress it, and compress it with `mlops data pack` if it shall be small."
        }
        if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            return "It is a Zstandard file: its name must end in .jsonl.zst."
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return "It is UTF-16: save it as UTF-8."
        }
        return nil
    }

    /// The JSON without the line ends and tabs between its values; spaces at both ends are gone too.
    fileprivate var onOneLine: [UInt8] {
        let start = bytes.firstIndex { !$0.isJSONSpace } ?? bytes.endIndex
        let end = (bytes.lastIndex { !$0.isJSONSpace } ?? -1) + 1
        guard start < end else { return [] }
        // Inside a string all three must be escaped, so that those left stand between values.
        return bytes[start..<end].filter { $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    }

    /// Where the bytes stop being UTF-8; nil when they all are.
    fileprivate var firstInvalidByte: Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var decoder = UTF8()
        var input = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&input) { offset += UTF8.width(scalar) }
        return min(offset, bytes.count - 1)
    }
}
