import MLOpsCore

extension Console {
    /// Tells what is odd about rows that are used: the first findings, and how many more there are.
    func warn(of report: DatasetReport) {
        let findings = report.findings.listed.filter { $0.severity == .warning }
        for finding in findings.prefix(5) { warn("\(finding)") }
        let more = report.findings.count(of: DataFinding.Severity.warning) - min(5, findings.count)
        if more > 0 { warn("… and \(more) more; `mlops data check` lists them") }
        warn(ofSkippedIn: report)
    }

    /// Tells how many wrong rows were left out, and the first of them.
    func warn(ofSkippedIn report: DatasetReport) {
        guard report.invalidRowCount > 0 else { return }
        for finding in report.findings.listed.filter({ $0.severity == .error }).prefix(5) { warn("\(finding)") }
        let count = report.invalidRowCount
        warn(
            "\(count) wrong \(count == 1 ? "row was" : "rows were") left out of \(count + report.rowCount) "
                + "(on_invalid=skip); `mlops data check` lists what is wrong")
    }
}
