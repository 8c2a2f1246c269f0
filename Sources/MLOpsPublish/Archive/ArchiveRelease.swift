public import Foundation
public import MLOpsCore

/// A run packed into one file: adapter, tokenizer, card, figures, configuration, checksums.
///
/// The archive unpacks to a folder that PEFT loads and the hub accepts as it is. The same run gives the same bytes.
public struct ArchiveRelease: Sendable {
    private let run: PublishableRun
    private let approval: ReleaseApproval
    private let card: ModelCard

    /// Prepares the release of `run`.
    ///
    /// - Parameter base: the base model's files, which may say the licence; nil leaves it out.
    /// - Precondition: the approval was given for this run's adapter.
    public init(_ run: PublishableRun, approval: ReleaseApproval, base: ModelFiles? = nil) {
        self.run = run
        self.approval = approval
        card = ModelCard(run, base: base, approval: approval)
    }

    /// Writes `NAME.tar.zst` and `release.json` into `directory`, which is created when missing.
    ///
    /// - Returns: the archive and the record of its files.
    /// - Throws: ``FileError``, ``PublishError``; what was there before is then untouched.
    public func write(to directory: URL) throws -> (archive: URL, record: ReleaseRecord) {
        guard try run.adapterDigest() == approval.adapterDigest else {
            throw PublishError(
                .usage, "The adapter of run '\(run.directory.name)' changed after it was approved. Try again.")
        }
        var contents = try contents()
        let files = contents.map {
            ReleaseRecord.File(path: $0.path, byteCount: $0.data.count, digest: Digest.sha256($0.data))
        }
        let record = ReleaseRecord(kind: "archive", run: run, approval: approval, files: files)
        let recordText = record.json.text(.pretty) + "\n"
        contents.append(("release.json", Data(recordText.utf8)))
        let sums =
            record.checksums + "\(Digest.sha256(Data(recordText.utf8)))  release.json\n"
        contents.append(("SHA256SUMS", Data(sums.utf8)))
        contents.sort { $0.path < $1.path }

        try WholeFile.createDirectory(directory)
        let archive = directory.appending(path: "\(run.directory.name).tar.zst")
        let writer = try WholeFileWriter(to: archive)
        guard let compressor = ZstandardCompressor(level: 9) else {
            throw FileError(
                .inputOutput, "There is not enough memory to compress '\(archive.path(percentEncoded: false))'.")
        }
        for (path, data) in contents {
            try Task.checkCancellation()
            let header = try TarArchive.header(path: "\(run.directory.name)/\(path)", byteCount: data.count)
            try writer.append(compressor.compress(header + Array(data) + TarArchive.padding(data.count), isEnd: false))
        }
        try writer.append(compressor.compress(TarArchive.end, isEnd: true))
        try writer.commit()
        try WholeFile.write(recordText, to: directory.appending(path: "release.json"))
        return (archive, record)
    }

    /// The files of the archive: everything in the run's `model/`, and what explains it.
    private func contents() throws -> [(path: String, data: Data)] {
        var contents: [(path: String, data: Data)] = [("README.md", Data(card.text.utf8))]
        let folder = run.adapter.url
        func add(_ folder: URL, _ prefix: String) throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
            for name in names.sorted() where !name.hasPrefix(".") && prefix + name != "README.md" {
                let place = folder.appending(path: name)
                var isDirectory: ObjCBool = false
                let path = place.path(percentEncoded: false)
                if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue
                {
                    // Templates lie one level down, nothing deeper.
                    if prefix.isEmpty { try add(place, name + "/") }
                    continue
                }
                contents.append((prefix + name, try WholeFile.read(place, limit: 1 << 32)))
            }
        }
        try add(folder, "")
        let others = [
            ("config_used.yaml", run.directory.configuration), ("metrics.json", run.directory.metrics),
            ("environment.json", run.directory.artifacts.appending(path: "environment.json")),
            ("data_stats.json", run.directory.artifacts.appending(path: "data_stats.json")),
        ]
        for (name, url) in others where FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) {
            contents.append((name, try WholeFile.read(url, limit: 1 << 28)))
        }
        return contents
    }
}
