import ArgumentParser
import Foundation
import MLOpsCore

/// Tells what this machine has, what is missing and how to get it (`mlops doctor`).
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What this machine has, what is missing and how to get it.",
        discussion: "Exits 1 when something is missing without which the main job cannot work.")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let diagnosis = Diagnosis(
            directory: URL(filePath: FileManager.default.currentDirectoryPath),
            environment: ProcessInfo.processInfo.environment, machine: .current)
        let findings = diagnosis.findings
        let isReady = !findings.contains { $0.state == .missing }
        let width = findings.map(\.subject.count).max() ?? 0
        try output.console.report(
            ["ready": .bool(isReady), "findings": .array(findings.map(\.json))],
            text: findings.map { $0.text(subjectWidth: width) }.joined(separator: "\n"))
        if !isReady { throw ExitStatus.failure.code }
    }
}
