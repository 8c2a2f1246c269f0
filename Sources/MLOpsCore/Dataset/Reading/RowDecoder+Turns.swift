internal import OrderedCollections

/// Conversations: `messages` and sharegpt's `conversations`.
extension RowDecoder {
    /// Returns the turns of a conversation.
    mutating func turns(_ members: JSONObject, _ shape: RowShape) -> [ChatMessage]? {
        let key = shape.keys[0]
        guard let list = members[key]?.array else {
            find(
                .wrongType, "'\(key)' must be a list, but is \(members[key]?.kindName ?? "missing").",
                fix: "Write \"\(key)\": [ … ].")
            return nil
        }
        var messages: [ChatMessage] = []
        if shape == .shareGPT, let system = members["system"], !system.isNull {
            guard let text = system.string else {
                find(
                    .wrongType, "'system' must be text, but is \(system.kindName).",
                    fix: "Write the system prompt as text.")
                return nil
            }
            if !text.isEmpty { messages.append(ChatMessage(role: "system", content: text)) }
        }
        if let tools = members["tools"], !tools.isNull, tools.array?.isEmpty != true {
            find(
                .unsupportedField, "The row offers tools, which the text of its turns does not show.",
                fix: "Write the tools into the system turn, and remove 'tools'.")
        }
        var isComplete = true
        for (index, value) in list.enumerated() {
            if let message = turn(value, "\(key)[\(index)]") {
                messages.append(message)
            } else {
                isComplete = false
            }
        }
        if isComplete { check(messages) }
        return messages
    }

    private mutating func turn(_ value: JSONValue, _ place: String) -> ChatMessage? {
        guard let members = value.object else {
            find(
                .wrongType, "\(place) must be an object, but is \(value.kindName).",
                fix: "Write {\"role\": …, \"content\": …}.")
            return nil
        }
        for key in ["tool_calls", "function_call"] {
            if let call = members[key], !call.isNull, call.array?.isEmpty != true {
                find(
                    .unsupportedField, "\(place) has '\(key)', which is not learned.",
                    fix: "Write the call as the turn's text, and remove '\(key)'.")
                return nil
            }
        }
        if let weight = members["weight"], weight.double != 1 {
            find(
                .unsupportedField, "\(place) has the weight \(weight.text()), but every answer is learned alike.",
                fix: "Remove 'weight', or the turns that must not be learned.")
        }
        // Either pair of names is understood in either shape: both are in use.
        let usesFrom = members["role"] == nil && members["from"] != nil
        guard let role = text(members, usesFrom ? "from" : "role", place), let content = content(members, place) else {
            return nil
        }
        guard let known = Self.role(role, isShareGPT: usesFrom) else {
            find(
                .wrongRole, "\(place) has the role \"\(role.prefix(40))\".",
                fix: "Use system, user, assistant or tool\(usesFrom ? " (or sharegpt's human and gpt)" : "").")
            return nil
        }
        if content.allSatisfy(\.isWhitespace), known == "user" || known == "assistant" {
            find(.emptyContent, "\(place) says nothing.", fix: "Write what the \(known) says, or remove the row.")
        }
        return ChatMessage(role: known, content: content)
    }

    /// Notes what is odd about the order of the turns.
    private mutating func check(_ messages: [ChatMessage]) {
        guard messages.contains(where: { $0.role == "assistant" }) else {
            find(
                .noAssistantTurn, "Nobody answers: there is nothing to learn.",
                fix: "Add an assistant turn, or remove the row.")
            return
        }
        if messages.first(where: { $0.role != "system" })?.role == "assistant" {
            find(.assistantFirst, "The assistant speaks first.", fix: "Start with a user turn.")
        }
        if let pair = zip(messages, messages.dropFirst()).first(where: { $0.role == $1.role && $0.role != "tool" }) {
            find(
                .repeatedRole, "Two \(pair.0.role) turns follow each other.", fix: "Join them, or add the turn between."
            )
        }
        if let place = messages.lastIndex(where: { $0.role == "system" }),
            messages[..<place].contains(where: { $0.role != "system" })
        {
            find(
                .lateSystemTurn, "A system turn stands behind other turns.",
                fix: "Put it first; many templates admit it only there.")
        }
        if let last = messages.last, last.role != "assistant" {
            find(
                .unansweredTurn, "The last turn is the \(last.role)'s and has no answer.",
                fix: "Add the answer, or remove the turn.")
        }
    }

    private static func role(_ name: String, isShareGPT: Bool) -> String? {
        switch name {
        case "system", "user", "assistant", "tool": name
        case "human" where isShareGPT: "user"
        case "gpt" where isShareGPT: "assistant"
        case "observation" where isShareGPT: "tool"
        default: nil
        }
    }

    /// Returns the text of a turn: `content` or sharegpt's `value`; a list of text parts is joined.
    private mutating func content(_ members: JSONObject, _ place: String) -> String? {
        let key = members["content"] == nil && members["value"] != nil ? "value" : "content"
        guard let parts = members[key]?.array else { return text(members, key, place) }
        var joined = ""
        for part in parts {
            guard part["type"]?.string == "text", let text = part["text"]?.string else {
                find(
                    .wrongType, "\(place) has a part that is not text.",
                    fix: "Only text can be learned: remove the other parts, or the row.")
                return nil
            }
            joined += text
        }
        return joined
    }

    /// Returns the text at `key`, noting when it is missing or something else.
    mutating func text(_ members: JSONObject, _ key: String, _ place: String? = nil)
        -> String?
    {
        let owner = place.map { "\($0) has" } ?? "The row has"
        guard let value = members[key] else {
            find(.missingKey, "\(owner) no '\(key)', only \(Self.list(members.keys)).", fix: "Add \"\(key)\": \"…\".")
            return nil
        }
        guard let text = value.string else {
            find(
                .wrongType, "\(place.map { "\($0)." } ?? "")\(key) must be text, but is \(value.kindName).",
                fix: "Write it as a text in quotes.")
            return nil
        }
        return text
    }
}
