import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsPublish

/// Packs a run into one file (`mlops publish archive`).
struct PublishArchive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Pack the adapter, its card, figures and configuration into a .tar.zst with checksums.")

    @OptionGroup var source: ReleaseSource
    @OptionGroup var options: OutputOptions

    func run() async throws {
        let (run, approval) = try source.open()
        // Only the licence is taken from the base model: an archive can be made without it.
        let release = ArchiveRelease(run, approval: approval, base: try? source.base(run))
        let (archive, record) = try release.write(to: source.directory(run, "archive"))
        let path = archive.path(percentEncoded: false)
        try options.console.report(
            ["output": .string(path), "release": record.json],
            text: "Wrote '\(path)' with \(record.files.count) files. Unpack it with `tar --zstd -xf`.")
    }
}
