extension DatasetReport {
    /// How many findings forbid the use of the data under `policy`.
    ///
    /// Wrong rows can be left out; a file that was not read to its end, and test rows that leak, cannot.
    public func errorCount(onInvalid policy: InvalidRowPolicy) -> Int {
        findings.kinds.reduce(0) { sum, kind in
            let counts = policy == .error ? kind.severity == .error : kind.severity == .error && !kind.isSkippable
            return counts ? sum + findings.count(of: kind) : sum
        }
    }

    /// Checks that the rows may be used.
    ///
    /// - Throws: ``DatasetError`` when rows are wrong and `policy` does not leave them out, when a file could not be read
    ///   to its end, and when no row is left.
    public func requireUsable(onInvalid policy: InvalidRowPolicy) throws(DatasetError) {
        let other = findings.count(of: DataFinding.Kind.otherFormat)
        if rowCount == 0, other > 0, other == invalidRowCount {
            let first = findings.listed.first { $0.kind == .otherFormat }
            throw DatasetError(
                .unusable,
                "None of the \(other) rows has the format that was asked for. "
                    + (first.map { "\($0.origin): \($0.message) \($0.fix)" } ?? ""),
                findings: findings.listed)
        }
        guard errorCount(onInvalid: policy) == 0 else {
            throw DatasetError(invalidRows: findings, onInvalid: policy)
        }
        guard rowCount > 0 else {
            throw DatasetError(
                .unusable,
                "None of the \(invalidRowCount) rows can be used; all were skipped (on_invalid). "
                    + "`mlops data check` says what is wrong with them.",
                findings: findings.listed)
        }
    }
}
