public import Foundation

/// The commit that a working directory has checked out, read from Git's own files.
public enum GitRevision {
    /// Returns the commit of the repository that `directory` lies in, or nil when it lies in none.
    ///
    /// Reads `.git/HEAD`, the branch it names, and `packed-refs`; follows `.git` files of worktrees and submodules.
    public static func commit(of directory: URL) -> String? {
        var folder = directory.standardizedFileURL
        for _ in 0..<64 {
            if let git = gitDirectory(of: folder) { return head(of: git) }
            let parent = folder.deletingLastPathComponent().standardizedFileURL
            if parent.path == folder.path { return nil }
            folder = parent
        }
        return nil
    }

    private static func gitDirectory(of folder: URL) -> URL? {
        let git = folder.appending(path: ".git")
        var isDirectory: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: git.path(percentEncoded: false), isDirectory: &isDirectory)
        else {
            return nil
        }
        if isDirectory.boolValue { return git }
        guard let text = text(git), text.hasPrefix("gitdir: ") else { return nil }
        return resolve(String(text.dropFirst("gitdir: ".count)), in: folder)
    }

    private static func resolve(_ path: String, in folder: URL) -> URL {
        (path.hasPrefix("/") ? URL(filePath: path) : folder.appending(path: path)).standardizedFileURL
    }

    private static func head(of git: URL) -> String? {
        guard let head = text(git.appending(path: "HEAD")) else { return nil }
        guard head.hasPrefix("ref: ") else { return hash(head) }
        let name = String(head.dropFirst("ref: ".count))
        guard name.hasPrefix("refs/"), !name.split(separator: "/").contains("..") else { return nil }
        // A worktree's own folder holds HEAD alone; branches are in the folder that `commondir` names.
        let common = text(git.appending(path: "commondir")).map { resolve($0, in: git) }
        for place in [git, common].compactMap({ $0 }) {
            if let value = text(place.appending(path: name)).flatMap(hash) { return value }
            for line in (text(place.appending(path: "packed-refs")) ?? "").split(separator: "\n") {
                let parts = line.split(separator: " ")
                if parts.count == 2, parts[1] == name, let value = hash(String(parts[0])) { return value }
            }
        }
        return nil
    }

    private static func text(_ url: URL) -> String? {
        guard let data = try? WholeFile.read(url, limit: 16 << 20) else { return nil }
        return String(validating: data, as: UTF8.self)?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func hash(_ text: String) -> String? {
        (text.count == 40 || text.count == 64) && text.allSatisfy(\.isHexDigit) ? text.lowercased() : nil
    }
}
