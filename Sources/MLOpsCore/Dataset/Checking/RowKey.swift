internal import Crypto
internal import Foundation

/// What identifies a text among millions: the first 16 bytes of its SHA-256, so that texts need not be kept.
struct RowKey: Hashable, Sendable {
    /// The first eight bytes, enough where a mistake changes nothing but the weight of a finding.
    let high: UInt64
    let low: UInt64

    /// Takes an identity from its words.
    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Identifies `bytes`.
    init(_ bytes: [UInt8]) {
        var words: [UInt64] = [0, 0]
        for (index, byte) in SHA256.hash(data: bytes).prefix(16).enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        high = words[0]
        low = words[1]
    }
}

/// What identifies a row, its prompts and its answer.
struct RowKeys: Sendable {
    /// The whole row, to the letter.
    let exact: RowKey
    /// Every prompt the row answers, apart from case and white space: for each assistant turn, the turns before it.
    let prompts: [RowKey]
    /// The same prompts apart from white space only.
    let letterPrompts: [UInt64]
    /// The last answer, to the letter.
    let answer: RowKey
    /// The prompt of the last answer and the answer, apart from case and white space.
    let pair: UInt64

    /// The prompt of the last answer.
    var prompt: RowKey { prompts.last ?? exact }

    /// Takes what identifies a row from its parts.
    init(exact: RowKey, prompts: [RowKey], letterPrompts: [UInt64], answer: RowKey, pair: UInt64) {
        self.exact = exact
        self.prompts = prompts
        self.letterPrompts = letterPrompts
        self.answer = answer
        self.pair = pair
    }

    /// Identifies `row`.
    init(_ row: DatasetRow) {
        switch row {
        case .conversation(let conversation) where conversation.kind == .text:
            self.init(text: conversation.answer ?? "")
        case .conversation(let conversation): self.init(conversation)
        case .tokens(let example): self.init(example)
        }
    }

    /// The same row and answer, with the prompts of `other`.
    func asking(as other: RowKeys) -> RowKeys {
        RowKeys(
            exact: exact, prompts: other.prompts, letterPrompts: other.letterPrompts, answer: answer, pair: other.pair)
    }

    private init(_ conversation: Conversation) {
        var letters: [UInt8] = []
        for message in conversation.messages {
            Self.append(message.role, to: &letters) { $0 += message.content.utf8 }
        }
        exact = RowKey(letters)
        answer = RowKey(Array((conversation.answer ?? "").utf8))
        let last = conversation.messages.lastIndex { $0.role == "assistant" } ?? conversation.messages.endIndex
        var words: [UInt8] = []
        var cased: [UInt8] = []
        var prompts: [RowKey] = []
        var letterPrompts: [UInt64] = []
        func endPrompt() {
            prompts.append(RowKey(words))
            letterPrompts.append(words == cased ? prompts[prompts.count - 1].high : RowKey(cased).high)
        }
        for (index, message) in conversation.messages[..<last].enumerated() {
            if message.role == "assistant", index > 0 { endPrompt() }
            Self.append(message.role, to: &words) { Self.appendNormalized(message.content, to: &$0) }
            Self.append(message.role, to: &cased) { Self.appendNormalized(message.content, foldsCase: false, to: &$0) }
        }
        endPrompt()
        self.prompts = prompts
        self.letterPrompts = letterPrompts
        Self.append("assistant", to: &words) { Self.appendNormalized(conversation.answer ?? "", to: &$0) }
        pair = RowKey(words).high
    }

    /// Nothing is asked: the text, apart from case and white space, stands for the prompt, and contradicts none.
    private init(text: String) {
        var words: [UInt8] = [0xFD]
        var cased: [UInt8] = [0xFD]
        Self.appendNormalized(text, to: &words)
        Self.appendNormalized(text, foldsCase: false, to: &cased)
        let prompt = RowKey(words)
        self.init(
            exact: RowKey([0xFD] + text.utf8), prompts: [prompt], letterPrompts: [RowKey(cased).high], answer: prompt,
            pair: prompt.high)
    }

    private init(_ example: TokenizedExample) {
        func bytes(_ ids: ArraySlice<Int32>) -> [UInt8] {
            ids.flatMap { id in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: id >> Int32($0)) } }
        }
        exact = RowKey(bytes(example.ids[...]) + example.isSupervised.map { $0 ? 1 : 0 })
        answer = exact
        // Without a prompt, when everything but the first token is learned, only the whole row can be the same.
        let start = example.isSupervised.firstIndex(of: true) ?? 0
        prompts = [start > 1 ? RowKey(bytes(example.ids[..<start])) : exact]
        letterPrompts = prompts.map(\.high)
        pair = exact.high
    }

    /// Appends a turn; neither of the two bytes around its text occurs in UTF-8, so no two conversations look alike.
    private static func append(_ role: String, to bytes: inout [UInt8], content: (inout [UInt8]) -> Void) {
        bytes += role.utf8
        bytes.append(0xFE)
        content(&bytes)
        bytes.append(0xFF)
    }

    /// Appends `text` with single spaces between its words, in lower case unless `foldsCase` is false.
    private static func appendNormalized(_ text: String, foldsCase: Bool = true, to bytes: inout [UInt8]) {
        let start = bytes.count
        var isBetweenWords = false
        func space(_ bytes: inout [UInt8]) {
            if isBetweenWords, bytes.count > start { bytes.append(0x20) }
            isBetweenWords = false
        }
        for scalar in text.unicodeScalars {
            // ASCII, nearly everything, needs no look into the Unicode tables.
            if scalar.isASCII {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                if byte == 0x20 || (0x09...0x0D).contains(byte) {
                    isBetweenWords = true
                } else {
                    space(&bytes)
                    bytes.append(foldsCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
                }
            } else if scalar.properties.isWhitespace {
                isBetweenWords = true
            } else {
                space(&bytes)
                bytes += foldsCase ? scalar.properties.lowercaseMapping.utf8 : String(scalar).utf8
            }
        }
    }
}
