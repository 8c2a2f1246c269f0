/// The words of a row, each as a hash, and what is made of them: shingles and runs.
///
/// A word is a run of letters and digits in lower case; an ideograph, hiragana or katakana is a word by itself, because
/// nothing stands between words there. Punctuation, white space and roles do not count. System turns are left out: rows
/// share them by intention. In rows of tokens, a word is a token.
struct RowWords: Sendable {
    /// A hash for each word, in order.
    private(set) var hashes: [UInt64] = []

    /// Takes the words of `row`.
    init(_ row: DatasetRow) {
        switch row {
        case .conversation(let conversation):
            for message in conversation.messages where message.role != "system" { append(message.content) }
        case .tokens(let example):
            hashes = example.ids.map { Self.mixed(UInt64(bitPattern: Int64($0))) }
        }
    }

    /// Takes the words of `text`.
    init(_ text: String) { append(text) }

    /// The hashes of all runs of `length` words; of shorter texts, the hash of all words, if there is any.
    ///
    /// - Complexity: O(*n*) for *n* words, whatever the length.
    func runs(of length: Int) -> [UInt64] {
        guard !hashes.isEmpty else { return [] }
        let length = Swift.min(length, hashes.count)
        // A rolling polynomial modulo 2^64 with an odd base, so that the word that leaves can be taken out.
        var power: UInt64 = 1
        for _ in 0..<length { power = power &* Self.base }
        var runs: [UInt64] = []
        runs.reserveCapacity(hashes.count - length + 1)
        var value: UInt64 = 0
        for (index, hash) in hashes.enumerated() {
            value = value &* Self.base &+ hash
            if index >= length { value = value &- hashes[index - length] &* power }
            if index >= length - 1 { runs.append(Self.mixed(value)) }
        }
        return runs
    }

    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let start: UInt64 = 0xCBF2_9CE4_8422_2325

    private mutating func append(_ text: String) {
        var hash = Self.start
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        func end() {
            if hash != Self.start { hashes.append(Self.mixed(hash)) }
            hash = Self.start
        }
        for scalar in text.unicodeScalars {
            // ASCII, nearly everything, needs no look into the Unicode tables.
            if scalar.isASCII {
                switch UInt8(truncatingIfNeeded: scalar.value) {
                case let byte where (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte): add(byte)
                case let byte where (0x41...0x5A).contains(byte): add(byte | 0x20)
                default: end()
                }
                continue
            }
            let properties = scalar.properties
            if properties.isIdeographic || (0x3040...0x30FF).contains(scalar.value) {
                end()
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { add(byte) }
                end()
            } else if properties.isAlphabetic || properties.numericType != nil || properties.isGraphemeExtend {
                for byte in properties.lowercaseMapping.utf8 { add(byte) }
            } else {
                end()
            }
        }
        end()
    }

    /// Spreads the bits of `value` (the finalizer of splitmix64).
    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
