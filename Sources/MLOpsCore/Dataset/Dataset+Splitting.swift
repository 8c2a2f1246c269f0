extension Dataset {
    /// Names the random numbers of a split: the letters "splt".
    private static let splitPurpose: UInt32 = 0x7370_6C74

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
        let groups = promptGroups()
        guard target < rows.count, groups.count > 1 else {
            throw DatasetError(
                .unusable,
                "A test size of \(size) leaves no row to train on: there are \(rows.count) rows with "
                    + "\(groups.count) different prompts. Lower test_size, or set it to 0.")
        }
        var isTest = [Bool](repeating: false, count: rows.count)
        var taken = 0
        var random = PhiloxStream(seed: seed, purpose: Self.splitPurpose)
        for index in random.permutation(of: groups.count) where taken < target {
            let group = groups[index]
            guard taken + group.count <= target else { continue }
            taken += group.count
            for row in group { isTest[row] = true }
        }
        if taken == 0, let smallest = groups.min(by: { $0.count < $1.count }) {
            for row in smallest { isTest[row] = true }
        }
        let train = part { !isTest[$0] }
        var record = train.report
        // The rows that were left out belong to the record of the training data.
        record.invalidRowCount = report.invalidRowCount
        record.findings.add(report.findings.filtered { $0.severity == .error })
        return (Dataset(rows: train.rows, report: record), part { isTest[$0] })
    }

    /// Returns the indices of the rows that must stay together, groups and members in the order of the rows.
    private func promptGroups() -> [[Int]] {
        var parent = Array(rows.indices)
        func root(_ row: Int) -> Int {
            var row = row
            while parent[row] != row {
                parent[row] = parent[parent[row]]
                row = parent[row]
            }
            return row
        }
        let keys = rows.map(RowKeys.init)
        var first: [RowKey: Int] = [:]
        for index in rows.indices {
            let key = keys[index].prompt
            if let other = first[key] { parent[root(index)] = root(other) } else { first[key] = index }
        }
        for index in rows.indices {
            for key in keys[index].prompts.dropLast() {
                if let other = first[key] { parent[root(index)] = root(other) }
            }
        }
        var members: [Int: [Int]] = [:]
        for index in rows.indices { members[root(index), default: []].append(index) }
        return members.values.sorted { $0[0] < $1[0] }
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
        case .conversation(let conversation): conversation.kind == .messages ? .messages : .promptCompletion
        case .tokens: .tokenized
        }
    }
}
