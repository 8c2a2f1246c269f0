internal import Foundation
public import MLOpsCore

extension GateConfiguration.Rule {
    /// Reads a rule as reports and command lines write it.
    ///
    /// `METRIC > X` and `METRIC improvement > X` bound the improvement, `METRIC percent_change > X` the improvement in
    /// percent, `METRIC value >= X` and `METRIC value <= X` the value itself.
    ///
    /// - Throws: ``GateRuleError`` when `text` is none of these.
    public init(parsing text: String) throws(GateRuleError) {
        guard let mark = text.firstIndex(where: { "<>".contains($0) }) else { throw GateRuleError(text: text) }
        let left = text[..<mark].split(separator: " ").map(String.init)
        var right = text[mark...].dropFirst()
        let isInclusive = right.first == "="
        if isInclusive { right = right.dropFirst() }
        let number = right.trimmingCharacters(in: .whitespaces)
        guard let metric = left.first, left.count <= 2, let bound = Double(number), bound.isFinite else {
            throw GateRuleError(text: text)
        }
        self.init(metric: metric)
        switch (left.count == 2 ? left[1] : "improvement", text[mark], isInclusive) {
        case ("improvement", ">", false): minimumImprovement = bound
        case ("percent_change", ">", false): minimumPercentChange = bound
        case ("value", ">", true): minimumValue = bound
        case ("value", "<", true): maximumValue = bound
        default: throw GateRuleError(text: text)
        }
    }
}

/// A gate's rule that does not parse.
public struct GateRuleError: ReportableError, Hashable {
    /// The rule as it was written.
    public let text: String

    /// Shows what a rule looks like.
    public var message: String {
        "'\(text)' is not a rule of a gate. Write 'rouge1 > 0.05' (improvement), 'rouge1 percent_change > 10', 'rouge1 value >= 0.3' or 'perplexity value <= 8'."
    }
    /// 64: the command line is wrong.
    public var exitStatus: ExitStatus { .usage }
}
