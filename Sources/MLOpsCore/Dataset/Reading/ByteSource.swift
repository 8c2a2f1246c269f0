internal import Crypto
internal import Foundation

/// The bytes of one data file, piece by piece.
protocol ByteSource: AnyObject {
    /// Returns the next bytes, at least one; nil at the end.
    func next() throws(ByteSourceError) -> [UInt8]?
}

/// Why there are no more bytes.
enum ByteSourceError: Error {
    /// The file could not be opened or read.
    case file(FileError)
    /// The file's compressed form is damaged.
    case corrupt(String)
    /// Whoever uses the rows gave up.
    case visitor(DatasetError)
}

/// The bytes of a file as they are on disk, digested as they pass.
final class FileByteSource: ByteSource {
    private let path: String
    private let descriptor: Int32
    private var hasher = SHA256()
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    /// How many bytes have passed.
    private(set) var count = 0

    /// Opens the file at `path`.
    init(path: String) throws(ByteSourceError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(FileError(errno: errno, action: "read", path: path)) }
    }

    deinit { close(descriptor) }

    /// The SHA-256 of the bytes that have passed.
    var digest: String { Digest.hexadecimal(hasher.finalize()) }

    func next() throws(ByteSourceError) -> [UInt8]? {
        while true {
            // The buffer lives as long as this object, and `read` writes at most its count.
            let received = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if received < 0 {
                if errno == EINTR { continue }
                throw .file(FileError(errno: errno, action: "read", path: path))
            }
            guard received > 0 else { return nil }
            count += received
            let piece = Array(buffer[..<received])
            hasher.update(data: piece)
            return piece
        }
    }
}
