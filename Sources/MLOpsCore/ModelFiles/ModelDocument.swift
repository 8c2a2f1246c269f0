internal import Foundation

/// Reading of the small files beside a model's weights.
enum ModelDocument {
    /// Returns the JSON in the file at `url`, or nil when there is no such file.
    ///
    /// - Throws: ``ModelFileError`` with file, line and column when it is not JSON.
    static func json(_ url: URL) throws(ModelFileError) -> JSONValue? {
        guard let data = try data(url) else { return nil }
        do throws(JSONError) {
            return try JSONValue(parsing: data)
        } catch {
            throw ModelFileError(.invalid, "'\(url.path(percentEncoded: false))': \(error.message)")
        }
    }

    /// Returns the text in the file at `url`, or nil when there is no such file.
    static func text(_ url: URL) throws(ModelFileError) -> String? {
        guard let data = try data(url) else { return nil }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ModelFileError(.invalid, "'\(url.path(percentEncoded: false))' is not UTF-8 text.")
        }
        return text
    }

    /// Returns the bytes of the file at `url`, or nil when there is no such file.
    static func bytes(_ url: URL) throws(ModelFileError) -> [UInt8]? { try data(url).map { [UInt8]($0) } }

    private static func data(_ url: URL) throws(ModelFileError) -> Data? {
        do throws(FileError) {
            return try WholeFile.read(url, limit: 1 << 28)
        } catch {
            if error.code == .missing { return nil }
            throw ModelFileError(error)
        }
    }
}
