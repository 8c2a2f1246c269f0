public import Foundation

/// A new empty directory, removed with this value.
public final class TemporaryDirectory: Sendable {
    /// Where it is.
    public let url: URL

    /// Creates a directory with a name of its own.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "mlops-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Returns the place of `path` inside.
    public func url(_ path: String) -> URL { url.appending(path: path) }

    /// Writes `text` to `path` inside, making the directories on the way, and returns its place.
    @discardableResult public func write(_ text: String, to path: String) throws -> URL {
        let file = url(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }

    /// Returns the text of the file at `path` inside.
    public func text(_ path: String) throws -> String {
        try String(contentsOf: url(path), encoding: .utf8)
    }
}
