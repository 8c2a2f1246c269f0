internal import Foundation

/// The search for the data files below a directory.
struct DataFileSearch {
    /// What a search found.
    struct Result {
        /// The files, in order of their names.
        var files: [String]
        /// Names that links make for one of these files: the name, and the file.
        var repeated: [(name: String, file: String)] = []
    }

    /// What is the same whatever its name.
    private struct Identity: Hashable {
        let device: UInt64
        let number: UInt64

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            number = UInt64(truncatingIfNeeded: status.st_ino)
        }
    }

    /// A directory that is still to be listed.
    private struct Place {
        let names: [String]
        /// Whether a link leads there.
        let isLinked: Bool
        /// The directories that lead there.
        let ancestors: [Identity]
    }

    /// A file that matches.
    private struct Match {
        let path: String
        let identity: Identity
        let isLinked: Bool
    }

    /// How many names a search looks at before it gives up.
    private static let limit = 1_000_000
    private static let maximumDepth = 32

    private let prefix: String
    private let pattern: String
    private let glob: GlobPattern

    /// Searches below `root` (empty: the working directory) for files whose path from there matches `pattern`.
    init(root: String, pattern: String) {
        prefix = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
        self.pattern = pattern
        glob = GlobPattern(pattern)
    }

    /// Returns what was found.
    ///
    /// - Throws: ``DatasetError`` when a directory may not be listed, or what matches is no file.
    func run() throws(DatasetError) -> Result {
        var matches: [Match] = []
        var waiting = [Place(names: [], isLinked: false, ancestors: [])]
        var seen = 0
        while let place = waiting.popLast() {
            let directory = prefix + place.names.joined(separator: "/")
            guard let entries = try entries(of: directory) else { continue }
            seen += entries.count
            guard seen <= Self.limit else {
                throw DatasetError(
                    .missing,
                    "More than \(Self.limit) names were searched for '\(pattern)' below '\(prefix)'. Name a closer directory."
                )
            }
            for entry in entries {
                let names = place.names + [entry]
                let path = prefix + names.joined(separator: "/")
                var (own, status) = (stat(), stat())
                guard unsafe lstat(path, &own) == 0, unsafe stat(path, &status) == 0 else {
                    // Rows that are asked for must not be missing unseen.
                    guard glob.matches(names) else { continue }
                    throw DatasetError(
                        .missing,
                        "'\(path)' matches '\(pattern)', but there is no such file: a link to nothing, or a name that is not "
                            + "UTF-8. Mend or rename it, or choose a pattern that leaves it out (dataset_pattern).")
                }
                let isLinked = place.isLinked || own.st_mode & S_IFMT == S_IFLNK
                let identity = Identity(status)
                if status.st_mode & S_IFMT == S_IFDIR {
                    guard !entry.hasPrefix("."), names.count < min(glob.maximumDepth ?? .max, Self.maximumDepth) else {
                        continue
                    }
                    // A link to a directory above is followed once, since the pattern may name the link.
                    guard place.ancestors.count(where: { $0 == identity }) < 2 else { continue }
                    waiting.append(
                        Place(names: names, isLinked: isLinked, ancestors: place.ancestors + [identity]))
                } else if glob.matches(names) {
                    try demandRegular(status, path)
                    matches.append(Match(path: path, identity: identity, isLinked: isLinked))
                }
            }
        }
        return result(of: matches)
    }

    /// What the directory holds; nil when it went away meanwhile.
    private func entries(of directory: String) throws(DatasetError) -> [String]? {
        let path = directory.isEmpty ? "." : directory
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            // Rows that nobody may read must not be missing unseen.
            var isDirectory: ObjCBool = false
            let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
            guard !exists || !isDirectory.boolValue else {
                throw DatasetError(FileError(errno: EACCES, action: "list", path: path))
            }
            return nil
        }
    }

    /// Refuses a pipe, which might be waited for without end, and a device. Those have to be named themselves.
    private func demandRegular(_ status: stat, _ path: String) throws(DatasetError) {
        guard status.st_mode & S_IFMT != S_IFREG else { return }
        throw DatasetError(
            .unusable,
            "'\(path)' matches '\(pattern)', but is a pipe or a device, not a regular file. Name it by itself to read it, or "
                + "choose a pattern that leaves it out (dataset_pattern).")
    }

    /// A file that links lead to besides is read once, by its own name where the search met that.
    private func result(of matches: [Match]) -> Result {
        func isBefore(_ one: Match, _ other: Match) -> Bool {
            one.path.utf8.lexicographicallyPrecedes(other.path.utf8)
        }
        /// Of several ways through links the shortest.
        func isShorter(_ one: Match, _ other: Match) -> Bool {
            let depths = [one, other].map { match in match.path.utf8.count { $0 == UInt8(ascii: "/") } }
            return depths[0] == depths[1] ? isBefore(one, other) : depths[0] < depths[1]
        }
        var names: [Identity: String] = [:]
        var result = Result(files: [])
        for match in matches.filter({ !$0.isLinked }).sorted(by: isBefore) {
            result.files.append(match.path)
            if names[match.identity] == nil { names[match.identity] = match.path }
        }
        for match in matches.filter(\.isLinked).sorted(by: isShorter) {
            if let file = names[match.identity] {
                result.repeated.append((match.path, file))
            } else {
                names[match.identity] = match.path
                result.files.append(match.path)
            }
        }
        result.files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return result
    }
}
