public import Foundation
internal import Synchronization

extension RunDirectory {
    /// Returns the runs in `parent`, oldest first; a folder without a journal is none.
    ///
    /// - Throws: ``RunError`` when `parent` cannot be listed; one that does not exist holds no runs.
    public static func all(in parent: URL) throws(RunError) -> [RunDirectory] {
        try folders(in: parent).filter(\.hasJournal)
    }

    /// What may be a run in `parent`, oldest first.
    private static func folders(in parent: URL) throws(RunError) -> [RunDirectory] {
        let path = parent.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw RunError(FileError(errno: EACCES, action: "list", path: path))
        }
        return names.filter { $0 != "latest" && !$0.hasPrefix(".") }
            .map { RunDirectory(unchecked: parent.appending(path: $0, directoryHint: .isDirectory)) }
            .map { ($0, $0.order) }
            .sorted { $0.1 < $1.1 }
            .map(\.0)
    }

    /// Returns the run that the link `latest` in `parent` names: the newest that succeeded.
    ///
    /// - Throws: ``RunError``, `missing` when no run has succeeded yet.
    public static func latest(in parent: URL) throws(RunError) -> RunDirectory {
        let link = parent.appending(path: "latest")
        guard FileManager.default.fileExists(atPath: link.path(percentEncoded: false)) else {
            throw RunError(
                .missing,
                "No run in '\(parent.path(percentEncoded: false))' has succeeded yet. Name a run, or start one with `mlops train`."
            )
        }
        return try RunDirectory(contentsOf: link)
    }

    /// Returns the newest run in `parent` that has not come to its end, which is what `--resume latest` continues.
    ///
    /// One whose process ended before the journal began is among them.
    ///
    /// - Throws: ``RunError``, `missing` when every run has ended.
    public static func newestUnfinished(in parent: URL) throws(RunError) -> RunDirectory {
        for run in try folders(in: parent).reversed() where run.canContinue && !run.status.isFinal { return run }
        throw RunError(
            .missing,
            "No run in '\(parent.path(percentEncoded: false))' is unfinished. Start one with `mlops train`, or name a run."
        )
    }

    /// Held while a link is looked at and replaced: of two runs of this process that end at once, the newer one is the latest.
    private static let linking = Mutex(())

    /// Points the link `latest` beside this run at it, replacing the old link in one step.
    ///
    /// Call it when the run has succeeded, before its journal says that it has finished. A link that names a newer run is left alone.
    ///
    /// - Throws: ``RunError`` when the file system refuses.
    public func becomeLatest() throws(RunError) {
        try Self.linking.withLock { (_) throws(RunError) in try replaceLatest() }
    }

    private func replaceLatest() throws(RunError) {
        let parent = url.deletingLastPathComponent()
        let link = parent.appending(path: "latest").path(percentEncoded: false)
        if let current = try? FileManager.default.destinationOfSymbolicLink(atPath: link) {
            let other = RunDirectory(unchecked: parent.appending(path: current, directoryHint: .isDirectory))
            if other.hasJournal, other.order > order { return }
        }
        let partial = parent.appending(path: ".latest.\(ProcessInfo.processInfo.processIdentifier).partial")
            .path(percentEncoded: false)
        unsafe unlink(partial)
        guard unsafe symlink(name, partial) == 0 else {
            throw RunError(FileError(errno: errno, action: "link", path: link))
        }
        guard unsafe rename(partial, link) == 0 else {
            let number = errno
            unsafe unlink(partial)
            throw RunError(FileError(errno: number, action: "replace the link", path: link))
        }
        do {
            try WholeFile.synchronizeDirectory(parent)
        } catch {
            throw RunError(error)
        }
    }

    /// A place in the order of starting: the name's second, then the number after it.
    private var order: Order {
        let parts = name.split(separator: "_")
        if parts.count == 2, parts[0].count == 10, parts[1].count >= 8 {
            let clock = parts[1].prefix(8)
            let rest = parts[1].dropFirst(8)
            if rest.isEmpty { return Order(second: "\(parts[0])_\(clock)", number: 1, name: name) }
            if rest.first == "-", let number = Int(rest.dropFirst()) {
                return Order(second: "\(parts[0])_\(clock)", number: number, name: name)
            }
        }
        // A run with a name of its own: when its journal was begun, or, without one, its configuration written.
        let begun =
            JournalReader.firstEntry(of: journal)?["time"]?.string
            ?? (try? configuration.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate?
            .ISO8601Format()
        return Order(second: begun ?? "", number: 1, name: name)
    }

    private struct Order: Comparable {
        let second: String
        let number: Int
        let name: String

        static func < (a: Order, b: Order) -> Bool {
            (a.second, a.number, a.name) < (b.second, b.number, b.name)
        }
    }
}
