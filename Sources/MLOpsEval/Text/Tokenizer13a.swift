/// The words of BLEU's standard tokenization "13a", as sacrebleu 2.6 and WMT's mteval-v13a.pl make them.
///
/// Works on UTF-8: every rule looks at ASCII characters alone, and "anything but a digit" beside a full stop is as true
/// of a character's last or first byte as of the character.
enum Tokenizer13a {
    /// Returns the words of `text`, in order.
    static func words(_ text: String) -> [[UInt8]] {
        var text = text.unicodeScalars[...]
        while let last = text.last, PythonText.isSpace(last) { text.removeLast() }
        var bytes = Array(String(text).utf8)
        for (old, new) in [("<skipped>", ""), ("-\n", ""), ("\n", " ")] {
            bytes.replace(Array(old.utf8), with: Array(new.utf8))
        }
        for (old, new) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
            bytes.replace(Array(old.utf8), with: Array(new.utf8))
        }
        bytes = [0x20] + bytes + [0x20]
        bytes = bytes.flatMap { isSeparate($0) ? [0x20, $0, 0x20] : [$0] }
        bytes = replacePairs(bytes, where: { !isDigit($0) && isStop($1) }, by: { [$0, 0x20, $1, 0x20] })
        bytes = replacePairs(bytes, where: { isStop($0) && !isDigit($1) }, by: { [0x20, $0, 0x20, $1] })
        bytes = replacePairs(bytes, where: { isDigit($0) && $1 == UInt8(ascii: "-") }, by: { [$0, 0x20, $1, 0x20] })
        return PythonText.words(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    }

    /// Marks that are words of their own: ASCII's, other than apostrophe, comma, dash and full stop.
    private static func isSeparate(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x7B...0x7E, 0x5B...0x60, 0x20...0x26, 0x28...0x2B, 0x3A...0x40, 0x2F: true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isStop(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") }

    /// Replaces neighbours from left to right, as a regular expression does: a byte is part of one pair at most.
    private static func replacePairs(
        _ bytes: [UInt8], where condition: (UInt8, UInt8) -> Bool, by replacement: (UInt8, UInt8) -> [UInt8]
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 4)
        var index = 0
        while index < bytes.count {
            if index + 1 < bytes.count, condition(bytes[index], bytes[index + 1]) {
                out += replacement(bytes[index], bytes[index + 1])
                index += 2
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return out
    }
}
