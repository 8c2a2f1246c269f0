/// The 256 characters that byte-level vocabularies write bytes with.
///
/// Printable Latin-1 bytes stand for themselves; the others, in order, are U+0100 and up (so a space is `Ġ`).
/// Source: `bytes_to_unicode` of GPT-2.
enum ByteAlphabet {
    private static let spellings: [[UInt8]] = {
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).map { byte in
            var spelling: [UInt8] = []
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
                spelling.append(scalar: byte)
            } else {
                spelling.append(scalar: next)
                next += 1
            }
            return spelling
        }
    }()

    /// Of each scalar, the byte it stands for; -1 of one that stands for none.
    static let bytesByScalar: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, spelling) in spellings.enumerated() { bytes[Int(spelling.scalar(at: 0).value)] = Int16(byte) }
        return bytes
    }()

    /// How `byte` is written.
    static func utf8(of byte: UInt8) -> [UInt8] { spellings[Int(byte)] }

    /// Returns the bytes that `text` in UTF-8 writes; nil if it has a character that is not of the alphabet.
    static func bytes(ofUTF8 text: [UInt8]) -> [UInt8]? { bytes(ofUTF8: text, text.indices) }

    /// Returns the bytes that the UTF-8 `range` of `text` writes; nil if it has a character that is not of the alphabet.
    static func bytes(ofUTF8 text: [UInt8], _ range: Range<Int>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let (value, width) = text.scalar(at: index)
            guard value < bytesByScalar.count, bytesByScalar[Int(value)] >= 0 else { return nil }
            out.append(UInt8(truncatingIfNeeded: bytesByScalar[Int(value)]))
            index += width
        }
        return out
    }

    /// Returns the bytes that `text` writes; nil if it has a character that is not of the alphabet.
    static func bytes(of text: String) -> [UInt8]? { bytes(ofUTF8: Array(text.utf8)) }

    /// Returns `bytes` as the alphabet writes them.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { spellings[Int($0)] }, as: UTF8.self)
    }
}
