import Foundation
import MLOpsCore
import MLOpsTraining

/// Training as a person sees it on standard error: a bar that redraws itself on a terminal, lines elsewhere.
struct TrainingProgress {
    private let console: Console
    private let interval: Int
    private var totalSteps = 1
    private var recent: [TrainingEvent.Step] = []
    private var isBarDrawn = false
    private var lastLine = -Double.infinity

    /// - Parameter interval: steps between lines (`logging_steps`).
    init(console: Console, interval: Int) {
        self.console = console
        self.interval = interval
    }

    /// Shows `event`.
    mutating func show(_ event: TrainingEvent) {
        switch event {
        case .started(let start):
            totalSteps = start.plan.totalSteps
            let begin = start.completedSteps == 0 ? "training" : "continuing after step \(start.completedSteps)"
            say(
                "\(begin): \(start.plan.rowCount) rows, \(start.validationCount) held out, \(totalSteps) steps, "
                    + "\(start.parameterCount) trainable parameters")
        case .checkpointSkipped(_, let reason): warn(reason)
        case .step(let step):
            recent = recent.suffix(19) + [step]
            draw(step)
        case .health(let finding): warn("step \(finding.step): \(finding.message)")
        case .evaluated(let evaluation): say(TrainingLog.line(for: evaluation.json))
        case .checkpointed(let step, let url):
            if console.verbosity == .verbose { say("step \(step): saved \(url.path(percentEncoded: false))") }
        case .verified(let check):
            if let warning = check.warning { warn(warning) }
            if console.verbosity == .verbose { say("the saved model reads back: \(check.parameterCount) numbers") }
        case .interrupted(let step): say("stopped after step \(step); a checkpoint is saved")
        case .stopped(let finding): say("stopped by the rule \(finding.rule.rawValue); a checkpoint is saved")
        case .finished(let summary):
            say(
                String(
                    format: "trained %d steps in %.1f s: loss %.4f → %.4f, %.0f tokens/s", summary.steps,
                    summary.seconds,
                    summary.firstLoss, summary.finalLoss, Double(summary.tokens) / max(summary.seconds, 1e-9)))
        @unknown default: break
        }
    }

    private mutating func draw(_ step: TrainingEvent.Step) {
        guard console.verbosity != .quiet else { return }
        if console.errorIsTerminal {
            console.complain("\r\u{1B}[K" + bar(step))
            isBarDrawn = true
            return
        }
        let isDue = step.index % interval == 0 || step.index == totalSteps || step.index == 1
        let now = TimeSource.system.seconds()
        // A log file needs no line every few milliseconds.
        guard isDue, console.verbosity == .verbose || now - lastLine >= 1 || step.index == totalSteps else { return }
        lastLine = now
        console.complain(TrainingLog.line(for: step.json) + ", " + remaining(step) + " left\n")
    }

    private func bar(_ step: TrainingEvent.Step) -> String {
        let width = 24
        let filled = min(width, step.index * width / max(totalSteps, 1))
        let loss = recent.reduce(0) { $0 + $1.loss } / Double(recent.count)
        let seconds = recent.reduce(0) { $0 + $1.seconds }
        let speed = Double(recent.reduce(0) { $0 + $1.tokens }) / max(seconds, 1e-9)
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            + String(format: " %d/%d  loss %.4f  %.0f tokens/s  ", step.index, totalSteps, loss, speed)
            + remaining(step) + " left"
    }

    /// The time that the steps to come will take at the pace of the last ones.
    private func remaining(_ step: TrainingEvent.Step) -> String {
        let pace = recent.reduce(0) { $0 + $1.seconds } / Double(max(1, recent.count))
        let seconds = Int(saturating: pace * Double(totalSteps - step.index))
        return seconds >= 3600
            ? String(format: "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
            : String(format: "%d:%02d", seconds / 60, seconds % 60)
    }

    private mutating func say(_ text: String) {
        endBar()
        console.log(text)
    }

    private mutating func warn(_ text: String) {
        endBar()
        console.warn(text)
    }

    private mutating func endBar() {
        if isBarDrawn { console.complain("\n") }
        isBarDrawn = false
    }
}
