internal import OrderedCollections

/// Questions with one answer, `prompt`/`completion` and `instruction`/`output`, and texts without a question.
extension RowDecoder {
    /// Returns a question and its answer as turns, and how a model without a template sees them.
    mutating func question(
        _ members: JSONObject, _ shape: RowShape
    ) -> (messages: [ChatMessage], kind: Conversation.Kind)? {
        if shape == .instruction { return instruction(members) }
        let prompt = text(members, "prompt")
        let completion = text(members, "completion")
        guard let prompt, let completion else { return nil }
        requireContent(prompt, "prompt")
        requireContent(completion, "completion")
        return (Self.turns(prompt, completion), .promptCompletion)
    }

    private mutating func instruction(
        _ members: JSONObject
    ) -> (messages: [ChatMessage], kind: Conversation.Kind)? {
        let instruction = text(members, "instruction")
        var input: String? = ""
        if let value = members["input"], !value.isNull { input = text(members, "input") }
        if members["output"] != nil, members["response"] != nil {
            find(
                .ambiguousShape, "The row has both 'output' and 'response'; 'output' is learned.",
                fix: "Keep one of them.")
        }
        let key = members["output"] == nil && members["response"] != nil ? "response" : "output"
        let answer = text(members, key)
        guard let instruction, let input, let answer else { return nil }
        requireContent(instruction, "instruction")
        requireContent(answer, key)
        let prompt = input.isEmpty ? instruction : instruction + "\n\n" + input
        guard let system = members["system"], !system.isNull, system.string != "" else {
            return (Self.turns(prompt, answer), .promptCompletion)
        }
        guard let system = text(members, "system") else { return nil }
        return ([ChatMessage(role: "system", content: system)] + Self.turns(prompt, answer), .messages)
    }

    /// Returns the text of a row that is one, as a turn.
    mutating func text(_ members: JSONObject) -> ChatMessage? {
        guard let text = text(members, "text") else { return nil }
        requireContent(text, "text")
        return ChatMessage(role: "assistant", content: text)
    }

    private static func turns(_ prompt: String, _ answer: String) -> [ChatMessage] {
        [ChatMessage(role: "user", content: prompt), ChatMessage(role: "assistant", content: answer)]
    }

    private mutating func requireContent(_ text: String, _ key: String) {
        guard text.allSatisfy(\.isWhitespace) else { return }
        find(.emptyContent, "'\(key)' says nothing.", fix: "Write it, or remove the row.")
    }
}
