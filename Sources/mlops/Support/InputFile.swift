import Foundation
import MLOpsCore

/// What a command reads: a file, or standard input as `-`.
enum InputFile {
    /// The most a command reads at once.
    static let limit = 1 << 28

    /// Returns the bytes of the file at `path`.
    ///
    /// - Throws: `FileError` when it cannot be read or is larger than ``limit``.
    static func data(_ path: String) throws -> Data {
        guard path == "-" else { return try WholeFile.read(URL(filePath: path), limit: limit) }
        var data = Data()
        while let part = try FileHandle.standardInput.read(upToCount: 1 << 16), !part.isEmpty {
            data += part
            guard data.count <= limit else {
                throw FileError(.tooLarge, "Standard input holds more than \(limit) bytes, the most accepted here.")
            }
        }
        return data
    }

    /// Returns the text of the file at `path`.
    ///
    /// - Throws: `FileError` when it cannot be read, ``InvalidText`` when it is not UTF-8.
    static func text(_ path: String) throws -> String {
        guard let text = String(validating: try data(path), as: UTF8.self) else { throw InvalidText(path: path) }
        return text
    }
}

/// A file that should hold text and does not.
struct InvalidText: ReportableError {
    let path: String

    var message: String { "'\(path)' is not UTF-8 text. Convert it first, for example with `iconv -t UTF-8`." }
    var exitStatus: ExitStatus { .invalidData }
}
