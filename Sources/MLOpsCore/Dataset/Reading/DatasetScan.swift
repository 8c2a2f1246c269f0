/// One pass over data files: what has been seen so far.
struct DatasetScan {
    private let maximumRowLength: Int
    private let training: RowAudit?
    private var decoder: RowDecoder
    private(set) var audit = RowAudit()
    var report: DatasetReport

    init(reader: DatasetReader, training: RowAudit?) {
        maximumRowLength = reader.maximumRowLength
        self.training = training
        decoder = RowDecoder(format: reader.format)
        report = DatasetReport(findingLimit: reader.findingLimit)
    }

    /// Reads one file to its end, or to where it cannot be read on.
    mutating func read(_ file: String, use: (DatasetRow) -> Void) throws(DatasetError) {
        let rowsBefore = report.rowCount
        do throws(ByteSourceError) {
            let disk = try FileByteSource(path: file)
            var scanner = try scanner(of: file, disk)
            let isEmpty = try readRows(of: file, &scanner, use: use)
            if isEmpty {
                note(
                    .emptyFile, RowOrigin(file: file, line: 1), "The file holds no row.",
                    fix: "Remove it, or write rows.")
            }
            // What follows the last row passes too, so that the digest is that of the whole file.
            while try disk.next() != nil {}
            report.files.append(
                DatasetReport.File(
                    path: file, digest: disk.digest, size: disk.count, rowCount: report.rowCount - rowsBefore))
        } catch {
            switch error {
            case .file(let error): throw DatasetError(error)
            case .corrupt(let reason): throw DatasetError(.unreadable, "'\(file)' cannot be read: \(reason).")
            }
        }
    }

    /// Returns the scanner that the file's name asks for.
    private func scanner(of file: String, _ disk: FileByteSource) throws(ByteSourceError) -> any RowScanner {
        var name = file.split(separator: "/").last.map { $0.lowercased() } ?? ""
        var source: any ByteSource = disk
        if name.hasSuffix(".zst") {
            name.removeLast(4)
            source = try ZstandardByteSource(disk)
        }
        if name.hasSuffix(".json") { return ValueScanner(source, maximumLength: maximumRowLength) }
        // A name without an ending is a pipe or a link; any other ending was meant for another tool.
        guard name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") || !name.contains(".") else {
            throw .corrupt("its name does not end in .jsonl, .ndjson, .json, .jsonl.zst or .json.zst")
        }
        return LineScanner(source, maximumLength: maximumRowLength)
    }

    /// Reads the rows; returns whether there was none at all.
    private mutating func readRows(
        of file: String, _ scanner: inout any RowScanner, use: (DatasetRow) -> Void
    ) throws(ByteSourceError) -> Bool {
        var isEmpty = true
        var line = 0
        while true {
            do throws(ByteSourceError) {
                guard let text = try scanner.next() else { return isEmpty }
                line = text.line
                if case .empty = text.defect {
                    note(.emptyLine, RowOrigin(file: file, line: line), "The line is empty.", fix: "Remove it.")
                } else {
                    isEmpty = false
                    read(text, at: RowOrigin(file: file, line: line), use: use)
                }
            } catch {
                guard case .corrupt(let reason) = error else { throw error }
                note(
                    .corruptFile, RowOrigin(file: file, line: line + 1), "The file cannot be read on: \(reason).",
                    fix: "Fetch or make it again.")
                return false
            }
        }
    }

    private mutating func read(_ text: RowText, at origin: RowOrigin, use: (DatasetRow) -> Void) {
        guard let value = value(of: text, at: origin) else {
            report.invalidRowCount += 1
            return
        }
        let result = decoder.decode(value, at: origin)
        for finding in result.findings { report.findings.add(finding) }
        guard let row = result.row, let shape = result.shape else {
            report.invalidRowCount += 1
            return
        }
        for finding in audit.add(row) { report.findings.add(finding) }
        if let leak = training?.leak(row) { report.findings.add(leak) }
        report.add(row, shape: shape)
        use(row)
    }

    /// Returns the row's JSON; nil, with a finding, when it has none.
    private mutating func value(of text: RowText, at origin: RowOrigin) -> JSONValue? {
        switch text.defect {
        case .tooLong:
            note(
                .lineTooLong, origin, "The row has more than \(maximumRowLength) bytes.",
                fix: "Split it: a row is one conversation.")
            return nil
        case .structure(let reason):
            note(
                .corruptFile, origin, "The list cannot be read on: \(reason).",
                fix: "Mend the JSON; what follows was not read.")
            return nil
        case .empty, nil: break
        }
        do {
            return try JSONValue(parsing: text.bytes, maximumDepth: 64)
        } catch {
            if let bad = text.firstInvalidByte {
                let byte = String(text.bytes[bad], radix: 16, uppercase: true)
                note(
                    .badUTF8, origin, "The row is not UTF-8: byte 0x\(byte) at column \(bad + 1).",
                    fix: "Save the file as UTF-8.")
            } else {
                note(
                    .badJSON, RowOrigin(file: origin.file, line: origin.line + error.line - 1),
                    "The row is not JSON: \(error.reason) (column \(error.column)).",
                    fix: "Write each row as one JSON object.")
            }
            return nil
        }
    }

    private mutating func note(_ kind: DataFinding.Kind, _ origin: RowOrigin, _ message: String, fix: String) {
        report.findings.add(DataFinding(kind, at: origin, message, fix: fix))
    }
}

extension RowText {
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
