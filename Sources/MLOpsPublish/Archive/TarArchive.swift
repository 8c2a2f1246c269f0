internal import Foundation
internal import MLOpsCore

/// A POSIX ustar archive of small files, the same bytes for the same files.
///
/// ```
/// ┌ header: 512 ┬ content, padded to 512 ┐ … ┌ 1024 zeros ┐
/// ```
///
/// Times, owners and modes are fixed: an archive says what it holds, not where and when it was made.
struct TarArchive {
    /// Returns the header of a file.
    ///
    /// - Throws: ``PublishError`` when the path or the size does not fit the format.
    static func header(path: String, byteCount: Int) throws(PublishError) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int, width: Int) -> [UInt8] {
            let digits = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8)
        }
        guard byteCount < 1 << 33, let (prefix, name) = split(path) else {
            throw PublishError(.notExpressible, "'\(path)' with \(byteCount) bytes does not fit a tar archive.")
        }
        put(name, at: 0)
        put(octal(0o644, width: 7), at: 100)
        put(octal(0, width: 7), at: 108)
        put(octal(0, width: 7), at: 116)
        put(octal(byteCount, width: 11), at: 124)
        put(octal(0, width: 11), at: 136)
        put(repeatElement(0x20, count: 8), at: 148)  // the checksum counts itself as spaces
        header[156] = 0x30
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        put(prefix, at: 345)
        put(octal(header.reduce(0) { $0 + Int($1) }, width: 6) + [0, 0x20], at: 148)
        return header
    }

    /// Zeros that fill the last block of a content.
    static func padding(_ byteCount: Int) -> [UInt8] { [UInt8](repeating: 0, count: (512 - byteCount % 512) % 512) }

    /// What ends an archive.
    static let end = [UInt8](repeating: 0, count: 1024)

    /// Splits a path into a prefix of at most 155 bytes and a name of at most 100.
    private static func split(_ path: String) -> (prefix: [UInt8], name: [UInt8])? {
        let bytes = Array(path.utf8)
        if bytes.count <= 100 { return ([], bytes) }
        for (index, byte) in bytes.enumerated() where byte == 0x2F && index <= 155 && bytes.count - index - 1 <= 100 {
            return (Array(bytes[..<index]), Array(bytes[(index + 1)...]))
        }
        return nil
    }
}
