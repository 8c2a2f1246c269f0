/// Bytes as YAML writes them, the tag `!!binary`.
enum YAMLBinary {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Returns the bytes that `text` stands for; characters that are no letters are skipped, as in Python. Nil when its
    /// end is missing.
    static func bytes(of text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        var padding = 0
        for character in text.utf8 {
            if character == UInt8(ascii: "=") {
                guard count >= 2 else { continue }
                padding += 1
                if count + padding >= 4 { break }
                continue
            }
            guard let value = letters.firstIndex(of: character) else { continue }
            padding = 0
            group = group << 6 | UInt32(value)
            count += 1
            guard count == 4 else { continue }
            bytes += [UInt8(group >> 16 & 0xFF), UInt8(group >> 8 & 0xFF), UInt8(group & 0xFF)]
            (group, count) = (0, 0)
        }
        guard count > 0 else { return bytes }
        guard count > 1, count + padding >= 4 else { return nil }
        let last = group << UInt32(6 * (4 - count))
        bytes += [UInt8(last >> 16 & 0xFF), UInt8(last >> 8 & 0xFF)].prefix(count - 1)
        return bytes
    }

    /// How many letters of the alphabet `text` has.
    static func letterCount(of text: String) -> Int { text.utf8.count(where: letters.contains) }

    /// Returns `bytes` as lines of 76 letters, each with a line break.
    static func lines(of bytes: [UInt8]) -> [String] {
        stride(from: 0, to: bytes.count, by: 57).map { start in
            var line: [UInt8] = []
            let part = bytes[start..<min(start + 57, bytes.count)]
            for index in stride(from: part.startIndex, to: part.endIndex, by: 3) {
                let three = part[index..<min(index + 3, part.endIndex)]
                var group: UInt32 = 0
                for offset in 0..<3 {
                    group = group << 8 | (offset < three.count ? UInt32(three[three.startIndex + offset]) : 0)
                }
                for place in 0..<4 {
                    let value = Int(group >> UInt32(18 - 6 * place) & 0x3F)
                    line.append(place <= three.count ? letters[value] : UInt8(ascii: "="))
                }
            }
            return String(decoding: line, as: UTF8.self)
        }
    }
}
