internal import Foundation

/// What this process has in memory, as the system counts it.
public struct ResidentMemory: Sendable, Hashable {
    /// Bytes of its own.
    public var anonymous: Int
    /// Bytes of files that it has mapped, its program and libraries among them.
    public var files: Int

    /// Creates a record.
    public init(anonymous: Int, files: Int) {
        self.anonymous = anonymous
        self.files = files
    }

    /// All of it.
    public var total: Int { anonymous + files }

    /// What this process has now; nil where the system does not say (it does on Linux, in `/proc/self/status`).
    public static var current: ResidentMemory? {
        guard let data = try? WholeFile.read(URL(filePath: "/proc/self/status"), limit: 1 << 20) else { return nil }
        func bytes(_ name: String) -> Int? {
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name + ":") {
                return line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) }
                    .map { $0 * 1024 }
            }
            return nil
        }
        guard let anonymous = bytes("RssAnon"), let files = bytes("RssFile") else { return nil }
        return ResidentMemory(anonymous: anonymous, files: files)
    }
}
