internal import OrderedCollections

/// One pass over data files: what has been seen so far.
///
/// Rows are read in batches of a few megabytes; each is examined by itself, on all processors, and then compared with
/// those before it, in the order of the files. So neither findings nor results depend on the number of processors.
struct DatasetScan {
    private let reader: DatasetReader
    /// The training rows, when these are the test rows: with the names of their files.
    private let training: (rows: RowLedger, files: RowAudit)?
    /// The runs of words in the test rows: to be looked for, when these are the training rows, and then known.
    private(set) var testRuns: TestRuns?
    private var neighbours: NearDuplicates?
    private let encode: (@Sendable (Conversation) throws -> TokenizedExample)?
    /// What is remembered of rows in memory, and the names of the files.
    private(set) var audit = RowAudit()
    /// What is remembered of rows outside memory; nil when ``audit`` does that.
    private(set) var ledger: RowLedger?
    private var duplicates = RowSet()
    private(set) var isStopped = false
    private let keepsText: Bool
    private let labelKey: String?
    /// Told the numbers of all rows that are nearly the same, at the end; the first pairs are noted as well.
    private let joins: ((Int, Int) -> Void)?
    private var tally: TokenTally?
    var report: DatasetReport

    init(
        reader: DatasetReader, ledger: RowLedger? = nil, training: (rows: RowLedger, files: RowAudit)? = nil,
        testRuns: TestRuns? = nil, maximumLength: Int = .max,
        overlength: OverlengthPolicy = .error, special: SpecialIDs = SpecialIDs(), keepsText: Bool = false,
        labelKey: String? = nil, joins: ((Int, Int) -> Void)? = nil,
        encode: (@Sendable (Conversation) throws -> TokenizedExample)? = nil
    ) {
        self.reader = reader
        self.ledger = ledger
        self.joins = joins
        self.training = training
        self.testRuns = testRuns
        self.encode = encode
        self.keepsText = keepsText
        self.labelKey = labelKey
        neighbours = reader.nearDuplicateThreshold.map { NearDuplicates(threshold: $0) }
        report = DatasetReport(findingLimit: reader.findingLimit)
        if encode != nil {
            tally = TokenTally(
                maximumLength: maximumLength, overlength: overlength, findingLimit: reader.findingLimit,
                special: special)
        }
    }

    /// How many rows and bytes a batch has before it is examined.
    private static let batchRows = 2048
    private static let batchBytes = 1 << 22

    /// Tells of names that lead to a file which is read by another name.
    mutating func note(_ repeated: [(name: String, file: String)]) {
        let names = OrderedDictionary(grouping: repeated, by: \.file).mapValues { $0.map(\.name) }
        for (file, names) in names {
            let others = names.count == 1 ? "" : " and \(names.count - 1) more name\(names.count == 2 ? "" : "s")"
            note(
                .sameFile, RowOrigin(file: names[0], line: 1),
                "This is '\(file)' again, as a link makes it\(others); it is read once.",
                fix: "Remove the link, or choose a pattern that leaves it out.")
        }
    }

    /// Reads one file to its end, or to where it cannot be read on, or to where `use` stops.
    mutating func read(_ file: String, use: RowVisitor) throws(DatasetError) {
        let rowsBefore = report.rowCount
        do throws(ByteSourceError) {
            let disk = try FileByteSource(path: file)
            var scanner = try scanner(of: file, disk)
            let isEmpty = try readRows(of: file, &scanner, use: use)
            if isStopped { return }
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
            case .visitor(let error): throw error
            }
        }
    }

    /// Writes into the report what is known only at the end.
    mutating func finish() throws(FileError) {
        report.distinctPromptCount = audit.distinctPromptCount
        if let ledger {
            let repetitions = try ledger.repetitions(limit: reader.findingLimit)
            report.distinctPromptCount = repetitions.distinctPromptCount
            duplicates = repetitions.duplicates
            insert(repetitions.relations, othersIn: audit)
            if let training {
                insert(try training.rows.leaks(into: ledger, limit: reader.findingLimit), othersIn: training.files)
            }
        }
        try noteNeighbours()
        guard let tally else { return }
        tally.complete(&report)
        report.findings.add(tally.findings)
    }

    /// Returns the scanner that the file's name asks for.
    private func scanner(of file: String, _ disk: FileByteSource) throws(ByteSourceError) -> any RowScanner {
        var name = file.split(separator: "/").last.map { $0.lowercased() } ?? ""
        var source: any ByteSource = disk
        if name.hasSuffix(".zst") {
            name.removeLast(4)
            source = try ZstandardByteSource(disk)
        }
        if name.hasSuffix(".json") { return ValueScanner(source, maximumLength: reader.maximumRowLength) }
        // A name without an ending is a pipe or a link; any other ending was meant for another tool.
        guard name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") || !name.contains(".") else {
            throw .corrupt("its name does not end in .jsonl, .ndjson, .json, .jsonl.zst or .json.zst")
        }
        return LineScanner(source, maximumLength: reader.maximumRowLength)
    }

    /// Reads the rows; returns whether there was none at all.
    private mutating func readRows(
        of file: String, _ scanner: inout any RowScanner, use: RowVisitor
    ) throws(ByteSourceError) -> Bool {
        let examiner = RowExaminer(
            file: file, format: reader.format, maximumRowLength: reader.maximumRowLength,
            auditsTexts: reader.auditsTexts, comparesNeighbours: neighbours != nil,
            ignoresSystemTurns: reader.ignoresSystemTurns, keepsText: keepsText,
            labelPath: labelKey?.split(separator: ".").map(String.init), testRuns: testRuns, encode: encode)
        var isEmpty = true
        var line = 0
        while !isStopped {
            var batch: [RowText] = []
            var size = 0
            var damage: String?
            do throws(ByteSourceError) {
                while batch.count < Self.batchRows, size < Self.batchBytes, let text = try scanner.next() {
                    line = text.line
                    size += text.bytes.count
                    batch.append(text)
                }
            } catch {
                guard case .corrupt(let reason) = error else { throw error }
                damage = reason
            }
            if batch.isEmpty, damage == nil { return isEmpty }
            if isEmpty, scanner.sawByteOrderMark {
                note(
                    .byteOrderMark, RowOrigin(file: file, line: 1), "The file begins with a byte-order mark.",
                    fix: "Save it as UTF-8 without one; other tools take the mark for a part of the first row.")
            }
            for examination in batch.mappedInParallel(examiner.examine) {
                if examination.isRow { isEmpty = false }
                try take(examination, use: use)
                if isStopped { return false }
            }
            if let damage {
                note(
                    .corruptFile, RowOrigin(file: file, line: line + 1), "The file cannot be read on: \(damage).",
                    fix: "Fetch or make it again.")
                return false
            }
        }
        return isEmpty
    }

    /// Compares a row with those before it, and hands it on.
    private mutating func take(_ examination: RowExaminer.Examination, use: RowVisitor) throws(ByteSourceError) {
        for finding in examination.findings { report.findings.add(finding) }
        guard let (row, shape, keys) = examination.usable else {
            if examination.isRow { report.invalidRowCount += 1 }
            return
        }
        do throws(FileError) { try compare(examination, keys) } catch { throw .file(error) }
        switch examination.tokens {
        case .success(let example): _ = tally?.add(example)
        case .failure(let error): tally?.add(error, at: row.origin)
        case nil: break
        }
        report.add(row, shape: shape)
        do throws(DatasetError) {
            if try use(examination, row, keys) == .stop { isStopped = true }
        } catch {
            throw .visitor(error)
        }
    }

    /// Compares a row with test rows and rows before it, or keeps what that takes for the end.
    private mutating func compare(_ examination: RowExaminer.Examination, _ keys: RowKeys) throws(FileError) {
        let origin = examination.origin
        let place = audit.place(of: origin)
        if ledger != nil {
            let overlap = training == nil ? nil : testRuns?.holder(of: examination.runs)
            try ledger?.add(keys, at: place, row: report.rowCount, overlap: overlap)
        } else if reader.comparesRows {
            for finding in audit.add(keys, at: origin) {
                if finding.kind == .duplicate { duplicates.insert(report.rowCount) }
                report.findings.add(finding)
            }
        }
        if let fingerprint = examination.fingerprint {
            try neighbours?.add(fingerprint, at: place, row: report.rowCount)
        }
        if training == nil, !examination.runs.isEmpty { testRuns?.note(examination.runs, at: place) }
    }

    /// Notes what rows are to one another, each where its row stands.
    private mutating func insert(_ log: RelationLog, othersIn files: RowAudit) {
        let findings = log.relations.map {
            $0.finding(at: audit.origin(of: $0.place), other: files.text($0.other))
        }
        let numbers = audit.fileNumbers
        report.findings.insert(findings, counts: log.counts) {
            RowAudit.Place(file: numbers[$0.origin.file] ?? 0, line: $0.origin.line)
        }
    }

    /// Notes which rows are nearly the same as earlier ones.
    private mutating func noteNeighbours() throws(FileError) {
        guard var neighbours else { return }
        self.neighbours = nil
        var findings = report.findings
        try neighbours.forEachPair(excluding: duplicates) { pair in
            joins?(pair.row, pair.other)
            findings.add(.nearDuplicate) {
                let share = Int((pair.similarity * 100).rounded())
                return DataFinding(
                    .nearDuplicate, at: audit.origin(of: pair.place),
                    "The row is nearly the same as \(audit.text(pair.otherPlace)): about \(share) % of their runs of "
                        + "three words are common.",
                    fix: "Keep one of them, unless both are meant.")
            }
        }
        report.findings = findings
    }

    private mutating func note(_ kind: DataFinding.Kind, _ origin: RowOrigin, _ message: String, fix: String) {
        report.findings.add(DataFinding(kind, at: origin, message, fix: fix))
    }
}
