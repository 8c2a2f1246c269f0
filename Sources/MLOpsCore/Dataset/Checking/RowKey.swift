internal import Crypto
internal import Foundation

/// What identifies a text among millions: the first 16 bytes of its SHA-256, so that texts need not be kept.
struct RowKey: Hashable {
    private let high: UInt64
    private let low: UInt64

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

extension DatasetRow {
    /// What identifies the whole row, to the letter.
    var exactKey: RowKey {
        var bytes: [UInt8] = []
        switch self {
        case .conversation(let conversation):
            for message in conversation.messages { Self.append(message.role, message.content, to: &bytes) }
        case .tokens(let example):
            Self.append(example.ids[...], to: &bytes)
            bytes += example.isSupervised.map { $0 ? 1 : 0 }
        }
        return RowKey(bytes)
    }

    /// What identifies the row's prompt, apart from case and white space: all turns before the last answer.
    var promptKey: RowKey { promptKeys(all: false).last ?? exactKey }

    /// What identifies the answer to that prompt, to the letter.
    var answerKey: RowKey {
        switch self {
        case .conversation(let conversation): RowKey(Array((conversation.answer ?? "").utf8))
        case .tokens: exactKey
        }
    }

    /// What identifies every prompt that the row answers: for each assistant turn, the turns before it.
    var allPromptKeys: [RowKey] { promptKeys(all: true) }

    private func promptKeys(all: Bool) -> [RowKey] {
        switch self {
        case .conversation(let conversation):
            let last = conversation.messages.lastIndex { $0.role == "assistant" } ?? conversation.messages.endIndex
            var bytes: [UInt8] = []
            var keys: [RowKey] = []
            for (index, message) in conversation.messages[..<last].enumerated() {
                if all, message.role == "assistant", index > 0 { keys.append(RowKey(bytes)) }
                Self.append(message.role, Self.normalized(message.content), to: &bytes)
            }
            return keys + [RowKey(bytes)]
        case .tokens(let example):
            // Without a prompt (everything is learned) only the whole row can be the same.
            let start = example.isSupervised.firstIndex(of: true) ?? 0
            guard start > 1 else { return [exactKey] }
            var bytes: [UInt8] = []
            Self.append(example.ids[..<start], to: &bytes)
            return [RowKey(bytes)]
        }
    }

    private static func append(_ role: String, _ content: String, to bytes: inout [UInt8]) {
        // Neither byte occurs in UTF-8, so no two conversations give the same bytes.
        bytes += role.utf8
        bytes.append(0xFE)
        bytes += content.utf8
        bytes.append(0xFF)
    }

    private static func append(_ ids: ArraySlice<Int32>, to bytes: inout [UInt8]) {
        for id in ids { for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: id >> Int32(shift))) } }
    }

    /// Returns `text` in lower case, with single spaces between its words.
    static func normalized(_ text: String) -> String {
        text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
