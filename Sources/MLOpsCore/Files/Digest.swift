internal import Crypto
public import Foundation

/// SHA-256 digests, as lower-case hexadecimal text.
public enum Digest {
    /// Returns the digest of `data`.
    public static func sha256(_ data: some DataProtocol) -> String {
        hexadecimal(SHA256.hash(data: data))
    }

    /// Returns the digest of the file at `url`, reading it in pieces.
    ///
    /// - Throws: ``FileError``.
    /// - Complexity: O(size of the file) time, constant memory.
    public static func sha256(contentsOf url: URL) throws(FileError) -> String {
        let path = url.path(percentEncoded: false)
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(errno: errno, action: "read", path: path) }
        defer { close(descriptor) }
        var hasher = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(errno: errno, action: "read", path: path)
            }
            if count == 0 { return hexadecimal(hasher.finalize()) }
            hasher.update(data: buffer[..<count])
        }
    }

    /// Returns `bytes` as lower-case hexadecimal text.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
