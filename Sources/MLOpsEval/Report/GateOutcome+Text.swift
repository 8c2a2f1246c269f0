public import MLOpsCore

extension GateOutcome {
    /// The findings for people: a line a rule, then the verdict.
    public var text: String {
        let lines = rules.map { rule in "\(Self.mark(rule.verdict)) \(rule.reason)" }
        return (lines + ["Gate \(verdict.rawValue)."]).joined(separator: "\n")
    }

    private static func mark(_ verdict: Verdict) -> String {
        switch verdict {
        case .passed: "✓"
        case .failed: "✗"
        case .inconclusive: "?"
        }
    }
}
