public import Foundation
public import MLOpsCore

/// A run as a directory that `ollama create` takes: the merged model as GGUF, a Modelfile, card, record and checksums.
///
/// The Modelfile says how messages are framed and what ends an answer. Ollama otherwise guesses the template from a list of its
/// own, and a fine-tuned model that is asked in other words than it was trained in answers badly.
public struct OllamaRelease: Sendable {
    private let run: PublishableRun
    private let approval: ReleaseApproval
    private let export: GGUFExport
    private let modelfile: String
    private let fileName: String
    private let card: ModelCard

    /// Prepares the release of `run`; everything that can be refused is refused here.
    ///
    /// - Parameters:
    ///   - base: the base model the adapter is merged into.
    ///   - type: the type of the matrices.
    /// - Throws: ``PublishError`` when the model cannot be expressed, and what reading the tokenizer and the template throws.
    /// - Precondition: the approval was given for this run's adapter.
    public init(_ run: PublishableRun, approval: ReleaseApproval, base: ModelFiles, type: GGUFWeightType) throws {
        self.run = run
        self.approval = approval
        export = try GGUFExport(MergedModel(base: base, adapter: run.adapter), type: type, name: run.directory.name)
        fileName = "model-\(type.rawValue).gguf"
        card = ModelCard(run, base: base, approval: approval)
        let encoder = try ConversationEncoder(base)
        let tokenizer = encoder.tokenizer
        let shape = encoder.template.flatMap { template in
            ConversationShape { messages, addsGenerationPrompt in
                try template.rendering(
                    ChatTemplateInput(
                        messages, addsGenerationPrompt: addsGenerationPrompt, variables: encoder.variables)
                ).text
            }
        }
        modelfile = try Modelfile(
            file: fileName, shape: shape,
            addedBOS: tokenizer.addsBOS ? tokenizer.bosID.flatMap { tokenizer.token($0) } : nil,
            stops: encoder.stopIDs.sorted().compactMap { tokenizer.token($0) }
        ).text()
    }

    /// Writes the directory, whole or not at all; an earlier release of this kind is replaced.
    ///
    /// - Parameter progress: called before each tensor with its place and the count.
    /// - Throws: ``FileError``, ``PublishError`` when something else is at `directory` or the adapter was changed,
    ///   `CancellationError`.
    public func write(to directory: URL, progress: (Int, Int) -> Void = { _, _ in }) throws -> ReleaseRecord {
        try Self.refuseToReplaceOthers(directory)
        guard try run.adapterDigest() == approval.adapterDigest else {
            throw PublishError(
                .usage, "The adapter of run '\(run.directory.name)' changed after it was approved. Try again.")
        }
        try WholeFile.createDirectory(directory.deletingLastPathComponent())
        var files: [ReleaseRecord.File] = []
        func record() -> ReleaseRecord { ReleaseRecord(kind: Self.kind, run: run, approval: approval, files: files) }
        try WholeDirectory.write(to: directory) { folder in
            try export.write(to: folder.appending(path: fileName), progress: progress)
            try WholeFile.write(modelfile, to: folder.appending(path: "Modelfile"))
            try WholeFile.write(card.text, to: folder.appending(path: "README.md"))
            files = try [fileName, "Modelfile", "README.md"].map { name in
                let url = folder.appending(path: name)
                let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
                return ReleaseRecord.File(path: name, byteCount: size, digest: try Digest.sha256(contentsOf: url))
            }
            try WholeFile.write(record().json.text(.pretty) + "\n", to: folder.appending(path: "release.json"))
            try WholeFile.write(record().checksums, to: folder.appending(path: "SHA256SUMS"))
        }
        return record()
    }

    private static let kind = "ollama"

    /// A directory with anything but an earlier release of this kind is left alone.
    private static func refuseToReplaceOthers(_ directory: URL) throws {
        let path = directory.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path) else { return }
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        if let names, names.isEmpty { return }
        let record = try? WholeFile.read(directory.appending(path: "release.json"), limit: 1 << 24)
        guard let record, (try? JSONValue(parsing: record))?["kind"]?.string == kind else {
            throw PublishError(
                .outputInTheWay,
                "'\(path)' holds something else than an earlier release for Ollama. Name another directory with --output."
            )
        }
    }
}
