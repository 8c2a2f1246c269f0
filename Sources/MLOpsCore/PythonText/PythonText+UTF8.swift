extension PythonText {
    /// Returns what Python says of bytes that are not UTF-8: where the first mistake is, and of which kind.
    static func decodingProblem(_ bytes: [UInt8]) -> String {
        var start = 0
        while start < bytes.count {
            let length = length(of: bytes[start])
            guard length > 0 else { return problem("invalid start byte", bytes, start..<start + 1) }
            for offset in stride(from: 1, to: length, by: 1) {
                guard start + offset < bytes.count else {
                    return problem("unexpected end of data", bytes, start..<bytes.count)
                }
                guard continuations(of: bytes[start], at: offset).contains(bytes[start + offset]) else {
                    return problem("invalid continuation byte", bytes, start..<start + offset)
                }
            }
            start += length
        }
        return "'utf-8' codec can't decode the bytes"
    }

    /// How many bytes a character has that begins with `byte`; 0 when none does.
    private static func length(of byte: UInt8) -> Int {
        switch byte {
        case 0x00...0x7F: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    /// What may stand in a character that begins with `byte`.
    private static func continuations(of byte: UInt8, at offset: Int) -> ClosedRange<UInt8> {
        switch (byte, offset) {
        case (0xE0, 1): 0xA0...0xBF
        case (0xED, 1): 0x80...0x9F
        case (0xF0, 1): 0x90...0xBF
        case (0xF4, 1): 0x80...0x8F
        default: 0x80...0xBF
        }
    }

    private static func problem(_ reason: String, _ bytes: [UInt8], _ range: Range<Int>) -> String {
        let code = String(bytes[range.lowerBound], radix: 16)
        let what =
            range.count == 1
            ? "byte 0x\(code.count < 2 ? "0" : "")\(code) in position \(range.lowerBound)"
            : "bytes in position \(range.lowerBound)-\(range.upperBound - 1)"
        return "'utf-8' codec can't decode \(what): \(reason)"
    }
}
