internal import Foundation
public import MLOpsCore
public import OrderedCollections

/// A chat template that writes each message between fixed texts, as nearly all do: ChatML, Llama 3, Zephyr, Gemma.
///
/// Found by rendering conversations and taking them apart, and kept only when putting together gives every probe back.
public struct ConversationShape: Sendable, Hashable {
    /// What stands around a message of one role.
    public struct Frame: Sendable, Hashable {
        /// Before the content.
        public let before: String
        /// After it.
        public let after: String
    }

    /// What begins every conversation, such as BOS.
    public let start: String
    /// The frames of `system`, `user` and `assistant`.
    public let frames: OrderedDictionary<String, Frame>
    /// What asks the assistant to speak.
    public let generationPrompt: String
    /// The system message of conversations that have none.
    public let defaultSystem: String?

    /// Finds the shape of the template that `render` renders; nil when it does more than frame messages.
    ///
    /// - Parameter render: renders messages, with or without the generation prompt; what it throws means no shape.
    public init?(render: ([ChatMessage], Bool) throws -> String) {
        func text(_ roles: [String], prompt: Bool = false) -> String? {
            let messages = roles.enumerated().map { ChatMessage(role: $1, content: Self.content($0)) }
            return try? render(messages, prompt)
        }
        // With a system message first nothing is filled in, so the frames can be read off.
        guard let conversation = text(["system", "user", "assistant", "user", "assistant"]),
            let parts = Self.parts(conversation, count: 5), let systemOnly = text(["system"]),
            let systemParts = Self.parts(systemOnly, count: 1)
        else { return nil }
        // parts: start+system before, system after+user before, user after+assistant before, assistant after+user before, …
        let systemAfter = systemParts[1]
        guard parts[1].hasPrefix(systemAfter) else { return nil }
        let userBefore = String(parts[1].dropFirst(systemAfter.count))
        guard parts[3].hasSuffix(userBefore) else { return nil }
        let assistantAfter = String(parts[3].dropLast(userBefore.count))
        guard parts[5] == assistantAfter, let userOnly = text(["system", "user"]),
            let userParts = Self.parts(userOnly, count: 2)
        else { return nil }
        let userAfter = userParts[2]
        guard parts[2].hasPrefix(userAfter), let prompted = text(["system", "user"], prompt: true),
            prompted.hasPrefix(userOnly)
        else { return nil }
        let assistantBefore = String(parts[2].dropFirst(userAfter.count))
        generationPrompt = String(prompted.dropFirst(userOnly.count))
        // Without a system message: the bare start, or a system message of the template's own.
        guard let bare = text(["user", "assistant"]), let bareParts = Self.parts(bare, count: 2) else { return nil }
        guard bareParts[0].hasSuffix(userBefore) else { return nil }
        let beginning = String(bareParts[0].dropLast(userBefore.count))
        if parts[0].hasPrefix(beginning) {
            start = beginning
            defaultSystem = nil
        } else {
            // start + system before + text + system after: the start is what both beginnings share up to the frame.
            guard beginning.hasPrefix(parts[0]), beginning.hasSuffix(systemAfter),
                beginning.count >= parts[0].count + systemAfter.count
            else { return nil }
            start = ""
            defaultSystem = String(beginning.dropFirst(parts[0].count).dropLast(systemAfter.count))
        }
        frames = [
            "system": Frame(before: String(parts[0].dropFirst(start.count)), after: systemAfter),
            "user": Frame(before: userBefore, after: userAfter),
            "assistant": Frame(before: assistantBefore, after: assistantAfter),
        ]
        guard verifies(render) else { return nil }
    }

    /// Returns what the shape makes of a conversation.
    public func rendering(_ messages: [ChatMessage], addGenerationPrompt: Bool) -> String {
        var text = start
        if let defaultSystem, messages.first?.role != "system", let frame = frames["system"] {
            text += frame.before + defaultSystem + frame.after
        }
        for message in messages {
            guard let frame = frames[message.role] else { continue }
            text += frame.before + message.content + frame.after
        }
        return addGenerationPrompt ? text + generationPrompt : text
    }

    /// Whether every probe comes out as the template has it, contents with white space around them included.
    private func verifies(_ render: ([ChatMessage], Bool) throws -> String) -> Bool {
        let roles = [
            ["user"], ["system", "user"], ["user", "assistant", "user"], ["system", "user", "assistant", "user"],
            ["user", "assistant", "user", "assistant", "user", "assistant"],
        ]
        let contents = ["plain", " spaces around ", "lines\n\nbetween", "{{ braces }} and \"quotes\"", "ü 🤖"]
        for (index, roles) in roles.enumerated() {
            let messages = roles.enumerated().map { place, role in
                ChatMessage(role: role, content: contents[(index + place) % contents.count])
            }
            for prompt in [false, true] {
                guard let expected = try? render(messages, prompt),
                    rendering(messages, addGenerationPrompt: prompt) == expected
                else { return false }
            }
        }
        return true
    }

    /// A content that no template contains.
    private static func content(_ index: Int) -> String { "\u{1}content-\(index)\u{1}" }

    /// Splits a rendered conversation at its contents.
    private static func parts(_ text: String, count: Int) -> [String]? {
        var parts: [String] = []
        var rest = text[...]
        for index in 0..<count {
            guard let range = rest.range(of: content(index)) else { return nil }
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
