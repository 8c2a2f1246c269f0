import Foundation
import MLOpsCore
import MLOpsEval
import MLOpsTraining

/// A model and its baseline measured on the same questions, with what happens shown on standard error.
struct SideBySide {
    let evaluation: Evaluation
    let questions: [Conversation]
    let console: Console

    /// - Parameter metrics: names of metrics; `generation_time` and `perplexity` may be among them.
    init(
        metrics: [String], measuresPerplexity: Bool, generation: GenerationOptions, batchSize: Int,
        questions: [Conversation], console: Console
    ) throws(EvaluationError) {
        let special = ["generation_time", "perplexity"]
        evaluation = Evaluation(
            metrics: try MetricSet(named: metrics.filter { !special.contains($0) }), options: generation,
            batchSize: batchSize, measuresPerplexity: measuresPerplexity || metrics.contains("perplexity"),
            measuresTime: metrics.contains("generation_time"))
        self.questions = questions
        self.console = console
    }

    /// Asks `model` every question.
    ///
    /// - Parameter name: what progress calls it.
    func report(of model: TextModel, name: String) async throws -> EvaluationReport {
        let progress = EvaluationProgress(console: console, name: name)
        progress.show(0, of: questions.count)
        let report = try await evaluation.report(on: questions, of: model) { progress.show($0, of: $1) }
        progress.end()
        console.warn(of: report.examples.map(\.completion), beyond: model.model.architecture)
        return report
    }
}

/// An evaluation as a person sees it on standard error.
struct EvaluationProgress {
    private let console: Console
    private let name: String
    private let start = TimeSource.system.seconds()

    init(console: Console, name: String) {
        self.console = console
        self.name = name
    }

    /// Shows how many answers there are.
    func show(_ answered: Int, of count: Int) {
        guard console.verbosity != .quiet, console.errorIsTerminal else { return }
        let width = 24
        let filled = answered * width / max(1, count)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        var line = "\r\u{1B}[K\(name): \(bar) \(answered)/\(count)"
        if answered > 0 {
            let elapsed = TimeSource.system.seconds() - start
            let rest = Int((elapsed / Double(answered) * Double(count - answered)).rounded())
            line += String(
                format: "  %.1f/s  %d:%02d left", Double(answered) / max(elapsed, 1e-9), rest / 60, rest % 60)
        }
        console.complain(line)
    }

    /// Ends the line.
    func end() {
        if console.verbosity != .quiet, console.errorIsTerminal { console.complain("\r\u{1B}[K") }
        console.log(String(format: "%@: answered in %.1f s", name, TimeSource.system.seconds() - start))
    }
}
