public import Foundation

/// Directories that appear with all their files or not at all.
///
/// The files are written to a hidden directory beside the target, which is synced and then renamed. A crash leaves at most
/// the hidden one, which ``removeLeftovers(in:)`` clears away.
public enum WholeDirectory {
    /// Makes the directory `target` from what `body` writes to the directory it is given, replacing one that exists.
    ///
    /// Files that `body` writes must be synced by it, as ``WholeFile`` does.
    ///
    /// - Throws: ``FileError``, or what `body` throws; the old directory, if any, is then untouched.
    public static func write(to target: URL, _ body: (URL) throws -> Void) throws {
        let parent = target.deletingLastPathComponent()
        let name = target.lastPathComponent
        let partial = parent.appending(path: ".\(name).partial", directoryHint: .isDirectory)
        let replaced = parent.appending(path: ".\(name).replaced", directoryHint: .isDirectory)
        remove(partial)
        remove(replaced)
        let path = partial.path(percentEncoded: false)
        guard unsafe mkdir(path, 0o755) == 0 else {
            throw FileError(errno: errno, action: "create the directory", path: path)
        }
        do {
            try body(partial)
            try WholeFile.synchronizeDirectory(partial)
            // A directory with files cannot be renamed over: the old one steps aside first.
            if FileManager.default.fileExists(atPath: target.path(percentEncoded: false)) {
                try rename(target, replaced)
            }
            try rename(partial, target)
            try WholeFile.synchronizeDirectory(parent)
        } catch {
            remove(partial)
            throw error
        }
        remove(replaced)
    }

    /// Removes what interrupted writes of directories left in `parent`.
    public static func removeLeftovers(in parent: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path(percentEncoded: false))) ?? []
        for name in names where name.hasPrefix(".") && (name.hasSuffix(".partial") || name.hasSuffix(".replaced")) {
            remove(parent.appending(path: name))
        }
    }

    /// Removes `directory` with all it holds, hiding it first so that nobody finds it half empty; one that does not exist is fine.
    public static func remove(_ directory: URL) {
        let path = directory.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path) else { return }
        let name = directory.lastPathComponent
        guard !name.hasPrefix(".") else {
            try? FileManager.default.removeItem(atPath: path)
            return
        }
        let hidden = directory.deletingLastPathComponent().appending(path: ".\(name).replaced")
        try? FileManager.default.removeItem(at: hidden)
        guard (try? rename(directory, hidden)) != nil else { return }
        try? FileManager.default.removeItem(at: hidden)
    }

    private static func rename(_ source: URL, _ target: URL) throws(FileError) {
        let path = target.path(percentEncoded: false)
        guard unsafe Foundation.rename(source.path(percentEncoded: false), path) == 0 else {
            throw FileError(errno: errno, action: "write", path: path)
        }
    }
}
