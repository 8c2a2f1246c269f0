internal import Foundation

/// The files a data set is made of, from what the user named.
enum DataFiles {
    /// What a directory is searched for when no pattern is given: the first that finds something.
    static let defaultPatterns = ["*.jsonl", "*.jsonl.zst", "*.ndjson", "*.json"]

    /// Returns the files that `path` names, in order of their names.
    ///
    /// That is a file itself, the files of a directory that match `pattern`, or, when nothing has that very name,
    /// the files that `path` matches as a pattern.
    ///
    /// - Throws: ``DatasetError`` when there is none.
    static func resolve(_ path: String, pattern: String?) throws(DatasetError) -> [String] {
        try found(path, pattern: pattern).files
    }

    /// Returns the same, and which other names of those files were met on the way: links lead to them.
    static func found(_ path: String, pattern: String?) throws(DatasetError) -> DataFileSearch.Result {
        var isDirectory: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if exists, !isDirectory.boolValue { return DataFileSearch.Result(files: [path]) }
        if exists {
            for pattern in pattern.map({ [$0] }) ?? defaultPatterns {
                let result = try DataFileSearch(root: path, pattern: pattern).run()
                if !result.files.isEmpty { return result }
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
        let result = try DataFileSearch(root: root, pattern: segments[fixed.count...].joined(separator: "/")).run()
        guard result.files.isEmpty else { return result }
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
}
