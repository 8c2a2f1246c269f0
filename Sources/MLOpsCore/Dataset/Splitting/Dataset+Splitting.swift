extension Dataset {
    /// Returns the rows in two data sets, so that no prompt of one is asked in the other.
    ///
    /// Rows that ask the same (apart from case and white space), and rows that ask what happens within another's
    /// conversation, stay together. Which groups are tested depends on `seed` alone; each side keeps the order of the rows.
    ///
    /// - Parameters:
    ///   - size: how many rows are tested. Groups stay whole, so that there may be fewer; at least one group is tested.
    ///   - seed: which of the possible splits is made.
    /// - Throws: ``DatasetError`` when one side would be empty. A size of 0 gives an empty test side without error.
    public func split(testSize size: SplitSize, seed: UInt64) throws(DatasetError) -> (train: Dataset, test: Dataset) {
        let target = size.rows(of: rows.count)
        guard target > 0 else { return (self, Dataset(rows: [], report: DatasetReport())) }
        var groups = PromptGroups()
        let (groupOfRow, sizes): ([Int32], [Int])
        do throws(FileError) {
            for row in rows { try groups.add(RowKeys(row)) }
            (groupOfRow, sizes) = try groups.groups()
        } catch { throw DatasetError(error) }
        guard target < rows.count, sizes.count > 1 else {
            throw DatasetError(
                .unusable,
                "A test size of \(size) leaves no row to train on: there are \(rows.count) rows with "
                    + "\(sizes.count) different prompts. Lower test_size, or set it to 0.")
        }
        let plan = SplitPlan(sizes: sizes, targets: [.test: target], seed: seed)
        let isTest = groupOfRow.map { plan.sides[Int($0)] == .test }
        let train = part { !isTest[$0] }
        var record = train.report
        // The rows that were left out belong to the record of the training data.
        record.invalidRowCount = report.invalidRowCount
        record.findings.add(report.findings.filtered { $0.severity == .error })
        return (Dataset(rows: train.rows, report: record), part { isTest[$0] })
    }

    private func part(_ isIncluded: (Int) -> Bool) -> Dataset {
        var part = DatasetReport()
        var audit = RowAudit()
        var kept: [DatasetRow] = []
        for (index, row) in rows.enumerated() where isIncluded(index) {
            kept.append(row)
            part.add(row, shape: row.plainShape)
            for finding in audit.add(row) { part.findings.add(finding) }
        }
        part.distinctPromptCount = audit.distinctPromptCount
        part.files = report.files
        return Dataset(rows: kept, report: part)
    }
}

extension DatasetRow {
    /// The shape of the row as far as the row itself still tells.
    var plainShape: RowShape {
        switch self {
        case .conversation(let conversation): conversation.kind.plainShape
        case .tokens: .tokenized
        }
    }
}
