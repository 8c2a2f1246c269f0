internal import Foundation

/// The files a data set is made of, from what the user named.
enum DataFiles {
    /// What a directory is searched for when no pattern is given: the first that finds something.
    static let defaultPatterns = ["*.jsonl", "*.jsonl.zst", "*.ndjson", "*.json"]

    /// How many names a search looks at before it gives up.
    private static let searchLimit = 1_000_000

    /// Returns the files that `path` names, in order of their names.
    ///
    /// That is a file itself, the files of a directory that match `pattern`, or, when nothing has that very name,
    /// the files that `path` matches as a pattern.
    ///
    /// - Throws: ``DatasetError`` when there is none.
    static func resolve(_ path: String, pattern: String?) throws(DatasetError) -> [String] {
        var isDirectory: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if exists, !isDirectory.boolValue { return [path] }
        if exists {
            for pattern in pattern.map({ [$0] }) ?? defaultPatterns {
                let files = try search(path, for: pattern)
                if !files.isEmpty { return files }
            }
            let wanted = pattern.map { "matches '\($0)'" } ?? "ends in .jsonl, .jsonl.zst, .ndjson or .json"
            throw DatasetError(
                .missing, "No file in '\(path)' \(wanted). Check the directory and the pattern (dataset_pattern).")
        }
        guard GlobPattern.isPattern(path) else {
            throw DatasetError(.missing, "There is no data file or directory '\(path)'. Check the path (dataset_path).")
        }
        // The fixed directories at the front are where the search starts.
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let fixed = segments.prefix { !GlobPattern.isPattern($0) }
        let root = fixed.joined(separator: "/") + (fixed == [""] ? "/" : "")
        let files = try search(root, for: segments[fixed.count...].joined(separator: "/"))
        guard files.isEmpty else { return files }
        throw DatasetError(.missing, "No file matches '\(path)'. Check the pattern; in a shell, put it in quotes.")
    }

    /// Throws when `output` is one of the files that are read.
    static func demandSeparate(_ output: URL, from paths: [String], pattern: String?) throws(DatasetError) {
        for path in paths {
            let files = try resolve(path, pattern: pattern)
            do throws(FileError) { try WholeFile.demandSeparate(output, from: files) } catch {
                throw DatasetError(error)
            }
        }
    }

    /// Throws when one of `paths` is a pipe, which gives its rows only once.
    static func demandRereadable(_ paths: [String]) throws(DatasetError) {
        for path in paths {
            var status = stat()
            guard unsafe stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
                continue
            }
            throw DatasetError(
                .unusable,
                "'\(path)' can be read only once, and splitting reads the data twice. Write it to a file first.")
        }
    }

    /// Returns the files below `root` (empty: the working directory) whose path from there matches `pattern`.
    private static func search(_ root: String, for pattern: String) throws(DatasetError) -> [String] {
        let glob = GlobPattern(pattern)
        let prefix = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
        var found: [String] = []
        var waiting: [[String]] = [[]]
        var seen = 0
        while let names = waiting.popLast() {
            let directory = prefix + names.joined(separator: "/")
            let entries: [String]
            do {
                entries = try FileManager.default.contentsOfDirectory(atPath: directory.isEmpty ? "." : directory)
            } catch {
                // One that went away meanwhile holds nothing; rows that nobody may read must not be missing unseen.
                let path = directory.isEmpty ? "." : directory
                var isDirectory: ObjCBool = false
                let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
                guard !exists || !isDirectory.boolValue else {
                    throw DatasetError(FileError(errno: EACCES, action: "list", path: path))
                }
                continue
            }
            seen += entries.count
            guard seen <= searchLimit else {
                throw DatasetError(
                    .missing,
                    "More than \(searchLimit) names were searched for '\(pattern)' below '\(prefix)'. Name a closer directory."
                )
            }
            for entry in entries {
                let below = names + [entry]
                let path = prefix + below.joined(separator: "/")
                var isDirectory: ObjCBool = false
                guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                    // Rows that are asked for must not be missing unseen.
                    guard glob.matches(below) else { continue }
                    throw DatasetError(
                        .missing,
                        "'\(path)' matches '\(pattern)', but there is no such file: a link to nothing, or a name that is not "
                            + "UTF-8. Mend or rename it, or choose a pattern that leaves it out (dataset_pattern).")
                }
                if isDirectory.boolValue {
                    // Depth is bounded so that a link to a directory above does not make the search endless.
                    if below.count < min(glob.maximumDepth ?? 32, 32), !entry.hasPrefix(".") { waiting.append(below) }
                } else if glob.matches(below) {
                    found.append(path)
                }
            }
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
