import ArgumentParser
import Foundation
import MLOpsCore
import OrderedCollections

/// Shows what files hold (`mlops inspect`).
struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the tensors and metadata of a safetensors or GGUF file, an adapter, a model or a checkpoint.",
        // One a line, in alphabetical order.
        subcommands: [
            InspectFiles.self,
            InspectLogits.self,
        ],
        defaultSubcommand: InspectFiles.self
    )
}

/// Shows what a file or directory holds (`mlops inspect PATH`).
struct InspectFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "Show the tensors and metadata of a file or directory.")

    @Argument(help: "A safetensors or GGUF file, or the directory of a model, an adapter, a checkpoint or a run.")
    var path: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let inspection = try Inspection(contentsOf: URL(filePath: path))
        try output.console.report(inspection.json, text: text(inspection))
    }

    private func text(_ inspection: Inspection) -> String {
        var lines = ["\(inspection.path): \(inspection.kind.rawValue)"]
        for (name, value) in inspection.metadata {
            guard let members = value.object else {
                lines.append("  \(name): \(value.text())")
                continue
            }
            if !members.isEmpty { lines.append("  \(name)") }
            for (key, value) in members { lines.append("    \(key): \(shortened(value.text()))") }
        }
        lines.append(
            "  \(inspection.tensors.count) tensors, \(inspection.parameterCount) numbers, \(inspection.byteCount) bytes"
        )
        let width = inspection.tensors.map(\.name.count).max() ?? 0
        for tensor in inspection.tensors {
            let name = tensor.name + String(repeating: " ", count: width - tensor.name.count)
            let file = tensor.file.map { "  \($0)" } ?? ""
            lines.append("    \(name)  \(tensor.type.rawValue)  \(tensor.shape)\(file)")
        }
        return lines.joined(separator: "\n")
    }

    private func shortened(_ text: String) -> String { text.count <= 100 ? text : text.prefix(97) + "…" }
}
