extension DatasetRow {
    /// The row as a line of a `.jsonl` file holds it, in the shape its kind is usually written in.
    ///
    /// Reading it again gives an equal row; keys that say nothing about the conversation (an `id`, a `source`) are gone.
    public var json: JSONValue {
        switch self {
        case .conversation(let conversation):
            if conversation.kind == .text { return ["text": .string(conversation.answer ?? "")] }
            guard conversation.kind == .promptCompletion, let question = conversation.question else {
                return Self.messages(conversation)
            }
            return ["prompt": .string(question), "completion": .string(conversation.answer ?? "")]
        case .tokens(let example):
            return [
                "input_ids": .array(example.ids.map { .integer(Int64($0)) }),
                "labels": .array(zip(example.ids, example.isSupervised).map { .integer($1 ? Int64($0) : -100) }),
            ]
        }
    }

    /// Returns the row as a line in `format`; nil when it cannot be said in that format.
    ///
    /// A conversation is a prompt and a completion only when it has one question and one answer. Tokens stay tokens.
    public func json(as format: DataFormat) -> JSONValue? {
        switch (self, format) {
        case (_, .auto), (.tokens, .tokenized): json
        case (.conversation(let conversation), .text) where conversation.kind == .text: json
        case (.conversation(let conversation), _) where conversation.kind == .text: nil
        case (.conversation(let conversation), .messages): Self.messages(conversation)
        case (.conversation(let conversation), .promptCompletion):
            conversation.question.map { ["prompt": .string($0), "completion": .string(conversation.answer ?? "")] }
        default: nil
        }
    }

    private static func messages(_ conversation: Conversation) -> JSONValue {
        [
            "messages": .array(
                conversation.messages.map { ["role": .string($0.role), "content": .string($0.content)] })
        ]
    }
}

extension Conversation {
    /// The question, when the conversation is one question and its answer.
    fileprivate var question: String? {
        messages.map(\.role) == ["user", "assistant"] ? messages[0].content : nil
    }
}
