/// One pass over data files: what has been seen so far.
///
/// Rows are read in batches of a few megabytes; each is examined by itself, on all processors, and then compared with
/// those before it, in the order of the files. So neither findings nor results depend on the number of processors.
struct DatasetScan {
    private let reader: DatasetReader
    /// The training rows, when these are the test rows.
    private let training: RowAudit?
    /// The runs of words in the test rows: to be looked for, when these are the training rows, and then known.
    private(set) var testRuns: TestRuns?
    private var neighbours: NearDuplicates?
    private let encode: (@Sendable (Conversation) throws -> TokenizedExample)?
    private(set) var audit = RowAudit()
    private(set) var isStopped = false
    private let keepsText: Bool
    private let labelKey: String?
    /// The number of each row among those that are compared with their neighbours.
    private var neighbourNumbers: [Int32] = []
    /// The numbers of rows that are nearly the same, known at the end.
    private(set) var neighbourRows: [(Int, Int)] = []
    private var tally: TokenTally?
    var report: DatasetReport

    init(
        reader: DatasetReader, training: RowAudit? = nil, testRuns: TestRuns? = nil, maximumLength: Int = .max,
        overlength: OverlengthPolicy = .error, special: SpecialIDs = SpecialIDs(), keepsText: Bool = false,
        labelKey: String? = nil,
        encode: (@Sendable (Conversation) throws -> TokenizedExample)? = nil
    ) {
        self.reader = reader
        self.training = training
        self.testRuns = testRuns
        self.encode = encode
        self.keepsText = keepsText
        self.labelKey = labelKey
        neighbours = reader.nearDuplicateThreshold.map(NearDuplicates.init(threshold:))
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
    mutating func finish() {
        report.distinctPromptCount = audit.distinctPromptCount
        noteNeighbours()
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
            auditsTexts: reader.auditsTexts, comparesNeighbours: neighbours != nil, keepsText: keepsText,
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
        let repetitions = reader.comparesRows ? audit.add(keys, at: row.origin) : []
        for finding in repetitions { report.findings.add(finding) }
        compare(examination, keys, isDuplicate: repetitions.contains { $0.kind == .duplicate })
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

    /// Compares a row with test rows, training rows, and rows like it.
    private mutating func compare(_ examination: RowExaminer.Examination, _ keys: RowKeys, isDuplicate: Bool) {
        let origin = examination.origin
        if let fingerprint = examination.fingerprint, !isDuplicate {
            neighbourNumbers.append(Int32(truncatingIfNeeded: report.rowCount))
            neighbours?.add(fingerprint, at: audit.place(of: origin))
        }
        guard let training else {
            if !examination.runs.isEmpty { testRuns?.note(examination.runs, at: audit.place(of: origin)) }
            return
        }
        if let leak = training.leak(keys, at: origin) {
            report.findings.add(leak)
        } else if let testRuns, let overlap = training.overlap(examination.runs, with: testRuns, at: origin) {
            report.findings.add(overlap)
        }
    }

    /// Notes which rows are nearly the same as earlier ones.
    private mutating func noteNeighbours() {
        guard let neighbours else { return }
        for pair in neighbours.pairs() {
            neighbourRows.append((Int(neighbourNumbers[pair.row]), Int(neighbourNumbers[pair.other])))
            let share = Int((pair.similarity * 100).rounded())
            note(
                .nearDuplicate, audit.origin(of: neighbours.place(pair.row)),
                "The row is nearly the same as \(audit.text(neighbours.place(pair.other))): about \(share) % of their runs "
                    + "of three words are common.",
                fix: "Keep one of them, unless both are meant.")
        }
    }

    private mutating func note(_ kind: DataFinding.Kind, _ origin: RowOrigin, _ message: String, fix: String) {
        report.findings.add(DataFinding(kind, at: origin, message, fix: fix))
    }
}
