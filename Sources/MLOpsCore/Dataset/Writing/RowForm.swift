internal import OrderedCollections

/// A form that rows can be written in.
public enum RowForm: String, Sendable, Hashable, CaseIterable {
    /// `{"messages": [{"role": …, "content": …}, …]}`, which other tools call chatml or openai.
    case messages
    /// `{"conversations": [{"from": …, "value": …}, …]}`
    case shareGPT = "sharegpt"
    /// `{"prompt": …, "completion": …}`
    case promptCompletion = "prompt_completion"
    /// `{"instruction": …, "input": "", "output": …}`, which other tools call alpaca; a `system` turn is kept.
    case instruction
    /// `{"text": …}`: the conversation as a model's template writes it. Read back, it is a text, all of which is learned.
    case text
    /// `{"input_ids": […], "labels": […]}`
    case tokenized

    /// Finds the form that goes by `name`, other tools' names included.
    public init?(name: String) {
        switch name.lowercased().replacing("-", with: "_") {
        case "messages", "chatml", "openai", "chat": self = .messages
        case "sharegpt", "conversations": self = .shareGPT
        case "prompt_completion", "completion": self = .promptCompletion
        case "instruction", "alpaca": self = .instruction
        case "text": self = .text
        case "tokenized", "pretokenized": self = .tokenized
        default: return nil
        }
    }
}

/// What turns conversations into a form that only a model knows.
public struct RowTranslator: Sendable {
    /// Returns the text of a conversation; nil: a prompt and its completion are joined, and nothing else can be text.
    public var render: (@Sendable (Conversation) throws -> String)?
    /// Returns the tokens of a conversation; nil: conversations cannot be tokens.
    public var encode: (@Sendable (Conversation) throws -> TokenizedExample)?

    /// Creates a translator; without a model, by default.
    public init(
        render: (@Sendable (Conversation) throws -> String)? = nil,
        encode: (@Sendable (Conversation) throws -> TokenizedExample)? = nil
    ) {
        self.render = render
        self.encode = encode
    }
}

extension DatasetRow {
    /// Returns the row as a line in `form`; nil when it cannot be said in that form.
    ///
    /// A row is a question and an answer only when it has one of each, an instruction also with a system turn before
    /// them. Tokens stay tokens.
    ///
    /// - Throws: what `translator` throws.
    public func json(as form: RowForm, through translator: RowTranslator = RowTranslator()) throws -> JSONValue? {
        // No conditional expressions: there, JSON's own null would be the nil.
        guard case .conversation(let conversation) = self else {
            guard form == .tokenized else { return nil }
            return json
        }
        let messages = conversation.messages
        if conversation.kind == .text, form != .tokenized {
            guard form == .text else { return nil }
            return json
        }
        switch form {
        case .messages: return json(as: DataFormat.messages)
        case .promptCompletion: return json(as: DataFormat.promptCompletion)
        case .shareGPT:
            return [
                "conversations": .array(
                    messages.map { ["from": .string(Self.shareGPTName($0.role)), "value": .string($0.content)] })
            ]
        case .instruction:
            let system = messages.first?.role == "system" ? messages.first : nil
            let rest = messages.dropFirst(system == nil ? 0 : 1)
            // An empty system turn reads as none.
            guard rest.map(\.role) == ["user", "assistant"], system?.content != "", let question = rest.first,
                let answer = rest.last
            else { return nil }
            let pair: JSONValue = [
                "instruction": .string(question.content), "input": "", "output": .string(answer.content),
            ]
            guard let system, var members = pair.object else { return pair }
            members["system"] = .string(system.content)
            return .object(members)
        case .text:
            if let render = translator.render { return ["text": .string(try render(conversation))] }
            guard conversation.kind == .promptCompletion, messages.count == 2 else { return nil }
            return ["text": .string(messages[0].content + "\n" + messages[1].content)]
        case .tokenized:
            guard let encode = translator.encode else { return nil }
            return DatasetRow.tokens(try encode(conversation)).json
        }
    }

    private static func shareGPTName(_ role: String) -> String {
        switch role {
        case "user": "human"
        case "assistant": "gpt"
        case "tool": "observation"
        default: role
        }
    }
}
