/// Text of tokens that arrive one at a time.
///
/// A token may hold part of a character. Bytes wait here until their character is whole, so what is returned is
/// always valid text, and all of it together is what decoding the ids at once gives.
public struct StreamingDecoder: Sendable {
    private let tokenizer: any Tokenizer
    private let skipsSpecialTokens: Bool
    private var isFirst = true
    private var waiting: [UInt8] = []

    /// Creates a decoder at the beginning of a text.
    public init(_ tokenizer: any Tokenizer, skipSpecialTokens: Bool = true) {
        self.tokenizer = tokenizer
        self.skipsSpecialTokens = skipSpecialTokens
    }

    /// Returns the characters that `id` completes, perhaps none.
    public mutating func append(_ id: Int32) -> String {
        if skipsSpecialTokens, tokenizer.isSpecial(id) { return "" }
        waiting += tokenizer.bytes(of: id, isFirst: isFirst)
        isFirst = false
        let end = waiting.count - Self.incompleteSuffix(of: waiting)
        let text = String(decoding: waiting[..<end], as: UTF8.self)
        waiting.removeFirst(end)
        return text
    }

    /// Returns what is left at the end of the text: U+FFFD if a character was begun and not completed.
    public mutating func finish() -> String {
        defer { waiting = [] }
        return String(decoding: waiting, as: UTF8.self)
    }

    /// How many bytes at the end may be the beginning of one character, to be completed by later bytes.
    private static func incompleteSuffix(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xC0 == 0x80 { continue }  // a continuation: its lead is further left
            guard length < sequenceLength(lead) else { return 0 }
            if length > 1, !isPossible(second: bytes[bytes.count - length + 1], after: lead) { return 0 }
            return length
        }
        return 0
    }

    private static func sequenceLength(_ lead: UInt8) -> Int {
        switch lead {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    /// Whether a sequence may go on with `second`: no overlong forms, surrogates, or values past U+10FFFF.
    private static func isPossible(second: UInt8, after lead: UInt8) -> Bool {
        switch lead {
        case 0xE0: second >= 0xA0
        case 0xED: second < 0xA0
        case 0xF0: second >= 0x90
        case 0xF4: second < 0x90
        default: true
        }
    }
}
