/// A data set that cannot be used.
public struct DatasetError: ReportableError, Hashable {
    /// Kinds of failure, by what the caller can do about them.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// Nothing is at the path, or no file matches the pattern.
        case missing
        /// A file could not be opened or read.
        case unreadable
        /// Rows are wrong; ``DatasetError/findings`` says which and why.
        case invalidRows
        /// The rows are right, but not what was asked for: none of the format, or too few for the split.
        case unusable
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, where, and what to do next.
    public let message: String
    /// What a command exits with.
    public let exitStatus: ExitStatus
    /// What is wrong with the rows, when rows are wrong.
    public let findings: [DataFinding]

    /// Creates an error from its parts.
    package init(_ code: Code, _ message: String, findings: [DataFinding] = []) {
        self.code = code
        self.message = message
        self.findings = findings
        exitStatus = code == .missing ? .inputMissing : .invalidData
    }

    /// The failure of a file, as the error of the data set it belongs to.
    package init(_ error: FileError) {
        code = error.code == .missing ? .missing : .unreadable
        message = error.message
        exitStatus = error.exitStatus
        findings = []
    }

    /// Rows are wrong: the first findings are in the message, the rest are counted.
    ///
    /// - Parameter policy: what was asked for; with `skip`, only what it does not mend is said.
    package init(invalidRows log: FindingLog, onInvalid policy: InvalidRowPolicy = .error, shown: Int = 20) {
        let kinds = log.kinds.filter { $0.severity == .error && (policy == .error || !$0.isSkippable) }
        let errors = log.listed.filter { kinds.contains($0.kind) }
        let total = kinds.reduce(0) { $0 + log.count(of: $1) }
        var lines = ["\(total) \(total == 1 ? "error" : "errors") in the data set; nothing was used."]
        lines += errors.prefix(shown).map { "  \($0)" }
        if total > shown {
            let counts = kinds.map { "\($0.rawValue): \(log.count(of: $0))" }
            lines.append("  … and \(total - shown) more (\(counts.joined(separator: ", "))).")
        }
        lines.append(
            "List them all with `mlops data check`, and mend or remove the rows"
                + (kinds.contains(where: \.isSkippable) ? ", or leave them out with on_invalid=skip." : "."))
        self.init(.invalidRows, lines.joined(separator: "\n"), findings: errors)
    }
}
