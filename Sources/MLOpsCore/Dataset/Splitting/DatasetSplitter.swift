public import Foundation

/// The writing of train, validation and test files, so that no prompt of one is asked in another.
///
/// The files are read twice: once to find what belongs together, from digests of the rows, and once to write each row, as
/// it stands, to its side. The same rows and settings give the same bytes on every machine.
public struct DatasetSplitter: Sendable {
    /// How many rows go to the test side; a count of 0 makes none.
    public var testSize: SplitSize
    /// How many rows go to the validation side; a count of 0 makes none.
    public var validationSize: SplitSize
    /// How many rows are trained on; nil: all that are not tested.
    public var trainSize: SplitSize?
    /// Which of the possible splits is made.
    public var seed: UInt64
    /// The key, with points between its parts, of a field whose values have the same share in every side; nil: none.
    public var stratifyKey: String?
    /// From which share of common shingles on rows stay together as well; nil: only rows with the same prompt do.
    public var nearDuplicateThreshold: Double?
    /// Whether questions stay together whatever the system turns before them say.
    ///
    /// Right for data in which one question is asked under many personas; wrong where the system turn holds what is asked
    /// about, as every row may then be of one group.
    public var ignoresSystemTurns = false

    /// Creates a splitter.
    public init(
        testSize: SplitSize = .fraction(0.1), validationSize: SplitSize = .count(0), trainSize: SplitSize? = nil,
        seed: UInt64 = 42, stratifyKey: String? = nil, nearDuplicateThreshold: Double? = nil
    ) {
        self.testSize = testSize
        self.validationSize = validationSize
        self.trainSize = trainSize
        self.seed = seed
        self.stratifyKey = stratifyKey
        self.nearDuplicateThreshold = nearDuplicateThreshold
    }

    /// What was written.
    public struct Result: Sendable {
        /// What was found in the rows, the first pairs of near-duplicates that stay together among it.
        public let report: DatasetReport
        /// How many rows each file has, by its name.
        public let counts: [(file: String, rows: Int)]
        /// How many rows went to no side.
        public let unusedCount: Int
        /// How many groups of rows stayed together.
        public let groupCount: Int
        /// How many values the field to stratify by has.
        public let stratumCount: Int
    }

    /// The first pass: what belongs together, and what is known of each row.
    private struct Survey {
        var groups = PromptGroups()
        /// The stratum of each row.
        var strata: [Int32] = []
        var numbers: [RowKey: Int32] = [:]
        var labelledCount = 0

        mutating func add(
            _ examination: RowExaminer.Examination, _ keys: RowKeys, isStratified: Bool
        ) throws(FileError) {
            try groups.add(keys)
            guard isStratified else { return }
            if examination.label != nil { labelledCount += 1 }
            // Rows without the field are a stratum of their own.
            let key = RowKey(Array((examination.label ?? "\u{0}").utf8))
            let number = numbers[key] ?? Int32(truncatingIfNeeded: numbers.count)
            numbers[key] = number
            strata.append(number)
        }
    }

    /// Splits the rows that `paths` name into `train.jsonl`, `validation.jsonl` and `test.jsonl` in `directory`.
    ///
    /// - Parameters:
    ///   - paths: files, directories, or patterns; they are read twice, so that a pipe will not do.
    ///   - pattern: which files of a directory are meant.
    ///   - directory: made when it does not exist. Its files appear whole, and only when everything went well.
    ///   - reader: what rows are admitted, and what becomes of wrong ones.
    /// - Throws: ``DatasetError`` when rows are wrong, there are too few for the sizes, no row has the field to stratify by,
    ///   a file cannot be read or written or changes meanwhile, or is one of those that would be written.
    public func split(
        _ paths: [String], pattern: String? = nil, into directory: URL, reader: DatasetReader = DatasetReader()
    ) throws(DatasetError) -> Result {
        try DataFiles.demandRereadable(paths)
        let many = 1 << 30
        for (_, file) in Self.names([.validation: validationSize.rows(of: many), .test: testSize.rows(of: many)]) {
            try DataFiles.demandSeparate(directory.appending(path: file), from: paths, pattern: pattern)
        }
        // Rows with the same texts ask the same: near-duplicates need not know them apart.
        var reader = reader.passing
        reader.nearDuplicateThreshold = nearDuplicateThreshold
        var survey = Survey()
        // Joined as they are found, at the end of the scan, so that the pairs are not kept.
        var scan = DatasetScan(
            reader: reader, labelKey: stratifyKey, joins: { survey.groups.join($0, $1) })
        try reader.examine(&scan, over: paths, pattern: pattern) { examination, row, keys throws(DatasetError) in
            let keys = ignoresSystemTurns ? RowKeys(row.withoutSystemTurns) : keys
            do throws(FileError) {
                try survey.add(examination, keys, isStratified: stratifyKey != nil)
            } catch { throw DatasetError(error) }
            return .next
        }
        let report = scan.report
        try report.requireUsable(onInvalid: reader.onInvalid)
        if let stratifyKey, survey.labelledCount == 0 {
            throw DatasetError(.unusable, "No row has the key '\(stratifyKey)'. Check the name to stratify by.")
        }
        let (groupOfRow, sizes): ([Int32], [Int])
        do throws(FileError) { (groupOfRow, sizes) = try survey.groups.groups() } catch { throw DatasetError(error) }
        let targets = try targets(rowCount: groupOfRow.count, groupCount: sizes.count)
        let plan = SplitPlan(
            sizes: sizes, strata: Self.strata(of: groupOfRow, survey.strata, count: sizes.count), targets: targets,
            seed: seed)
        let counts = try write(paths, pattern, reader, directory, report, Self.names(targets)) { row in
            row < groupOfRow.count ? plan.sides[Int(groupOfRow[row])] : nil
        }
        return Result(
            report: report, counts: counts, unusedCount: groupOfRow.count - counts.reduce(0) { $0 + $1.rows },
            groupCount: sizes.count, stratumCount: survey.numbers.count)
    }

    private func targets(rowCount: Int, groupCount: Int) throws(DatasetError) -> [SplitPlan.Side: Int] {
        var targets: [SplitPlan.Side: Int] = [
            .test: testSize.rows(of: rowCount), .validation: validationSize.rows(of: rowCount),
        ]
        let heldOut = targets.values.reduce(0, +)
        let sideCount = targets.values.count { $0 > 0 } + 1
        if let trainSize { targets[.train] = trainSize.rows(of: rowCount) }
        let total = targets.values.reduce(0, +)
        guard heldOut > 0 else {
            throw DatasetError(
                .unusable, "Neither a test nor a validation size was given. Say how many rows are held out.")
        }
        guard heldOut < rowCount, total <= rowCount, groupCount >= sideCount, targets[.train] != 0 else {
            throw DatasetError(
                .unusable,
                "The sizes leave a side without rows: \(total) of \(rowCount) rows, with \(groupCount) groups that stay together, "
                    + "were asked for. Lower them.")
        }
        return targets
    }

    /// Returns the stratum of each group, which is that of its first row.
    private static func strata(of groupOfRow: [Int32], _ strata: [Int32], count: Int) -> [Int32] {
        guard !strata.isEmpty else { return [] }
        var first = [Int32](repeating: -1, count: count)
        for (row, group) in groupOfRow.enumerated() where first[Int(group)] < 0 { first[Int(group)] = strata[row] }
        return first
    }

    private static func names(_ targets: [SplitPlan.Side: Int]) -> [(side: SplitPlan.Side, file: String)] {
        SplitPlan.Side.allCases.filter { $0 == .train || targets[$0] ?? 0 > 0 }
            .map { (side: $0, file: "\($0).jsonl") }
    }

    /// Writes each row to the file of its side, and returns how many each has.
    private func write(
        _ paths: [String], _ pattern: String?, _ reader: DatasetReader, _ directory: URL, _ report: DatasetReport,
        _ names: [(side: SplitPlan.Side, file: String)], side: (Int) -> SplitPlan.Side?
    ) throws(DatasetError) -> [(file: String, rows: Int)] {
        var scan = DatasetScan(reader: reader.passing, keepsText: true)
        var writers: [SplitPlan.Side: DatasetWriter] = [:]
        do throws(FileError) {
            try WholeFile.createDirectory(directory)
            for (side, file) in names { writers[side] = try DatasetWriter(to: directory.appending(path: file)) }
        } catch { throw DatasetError(error) }
        var row = 0
        try reader.examine(&scan, over: paths, pattern: pattern) { examination, _, _ throws(DatasetError) in
            defer { row += 1 }
            guard let side = side(row), let writer = writers[side] else { return .next }
            do throws(FileError) { try writer.append(line: examination.text) } catch { throw DatasetError(error) }
            return .next
        }
        guard scan.report.files == report.files else {
            throw DatasetError(.unusable, "The data changed while it was split. Start again.")
        }
        do throws(FileError) {
            for (side, _) in names { try writers[side]?.commit() }
        } catch { throw DatasetError(error) }
        return names.map { (file: $0.file, rows: writers[$0.side]?.count ?? 0) }
    }
}

extension DatasetRow {
    /// The row without what a system turn says.
    /// The row as it is where system turns do not belong to the question.
    var withoutSystemTurns: DatasetRow {
        guard case .conversation(var conversation) = self else { return self }
        conversation.messages.removeAll { $0.role == "system" }
        return .conversation(conversation)
    }
}
