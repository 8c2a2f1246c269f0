internal import Foundation

/// A file that could not be read or written.
public struct FileError: ReportableError, Hashable {
    /// Kinds of failure, by what the caller can do about them.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// Nothing is at the path.
        case missing
        /// The operating system refused access, or the file system is read-only.
        case permissionDenied
        /// The file is larger than the reader accepts.
        case tooLarge
        /// The device failed or is full.
        case inputOutput
        /// What is at the path is no file that can be read to its end.
        case notRegular
        /// What is at the path must not be replaced: a device, a pipe, or what is being read.
        case inTheWay
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and where.
    public let message: String

    /// Creates an error from its parts.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Describes the failure `number` (an `errno` value) of `action`, such as "read" or "write", on `path`.
    package init(errno number: Int32, action: String, path: String) {
        let reason = unsafe String(cString: strerror(number))
        switch number {
        case ENOENT, ENOTDIR:
            self.init(.missing, "Cannot \(action) '\(path)': \(reason). Check the path.")
        case EACCES, EPERM, EROFS:
            self.init(
                .permissionDenied,
                "Cannot \(action) '\(path)': \(reason). Change its permissions or choose another place.")
        case ENOSPC, EDQUOT:
            self.init(.inputOutput, "Cannot \(action) '\(path)': \(reason). Free some space or choose another place.")
        default:
            self.init(.inputOutput, "Cannot \(action) '\(path)': \(reason).")
        }
    }

    /// 66 for a missing file, 77 for a refused one, 65 for one too large or a pipe, 64 for one that must not be replaced, 74 otherwise.
    public var exitStatus: ExitStatus {
        switch code {
        case .missing: .inputMissing
        case .permissionDenied: .permissionDenied
        case .tooLarge, .notRegular: .invalidData
        case .inputOutput: .inputOutput
        case .inTheWay: .usage
        }
    }
}
