/// Characters that the end of a buffer has begun.
enum UTF8Tail {
    /// How many bytes at the end may be the beginning of one character, to be completed by later bytes.
    static func incompleteSuffix(of bytes: [UInt8]) -> Int {
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
