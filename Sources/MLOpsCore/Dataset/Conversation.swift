/// One row of a data set: a conversation whose assistant turns are to be learned.
public struct Conversation: Sendable, Hashable {
    /// How the row was written, which decides how a model without a chat template sees it.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Turns with roles.
        case messages
        /// A prompt and its completion; `messages` then holds a user and an assistant turn.
        case promptCompletion = "prompt_completion"
        /// A text as it stands, all of which is learned; `messages` then holds it as an assistant turn.
        case text

        /// The shape such a row is usually written in.
        var plainShape: RowShape {
            switch self {
            case .messages: .messages
            case .promptCompletion: .promptCompletion
            case .text: .text
            }
        }
    }

    /// The turns, in order.
    public var messages: [ChatMessage]
    /// How the row was written.
    public var kind: Kind
    /// Where the row came from, for messages.
    public var origin: RowOrigin

    /// Creates a conversation.
    public init(messages: [ChatMessage], kind: Kind = .messages, origin: RowOrigin = RowOrigin(file: "", line: 0)) {
        self.messages = messages
        self.kind = kind
        self.origin = origin
    }

    /// The turns before the last assistant turn: what a model is asked; all turns when the assistant never speaks.
    public var prompt: ArraySlice<ChatMessage> {
        messages[..<(messages.lastIndex { $0.role == "assistant" } ?? messages.endIndex)]
    }

    /// What the assistant says last: the answer expected to ``prompt``; nil when it never speaks.
    public var answer: String? { messages.last { $0.role == "assistant" }?.content }
}

/// The place a row was read from.
public struct RowOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The file, as the user named it.
    public var file: String
    /// The line, counted from 1.
    public var line: Int

    /// Creates a place.
    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    /// `file:line`.
    public var description: String { "\(file):\(line)" }
}
