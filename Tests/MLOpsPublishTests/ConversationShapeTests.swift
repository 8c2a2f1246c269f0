import MLOpsCore
import OrderedCollections
import Testing

@testable import MLOpsPublish

@Suite struct ConversationShapeTests {
    /// ChatML with a system message of its own, as SmolLM2 has it.
    private static func chatML(_ messages: [ChatMessage], _ prompt: Bool) -> String {
        var text = messages.first?.role == "system" ? "" : "<|im_start|>system\nYou help.<|im_end|>\n"
        for message in messages { text += "<|im_start|>\(message.role)\n\(message.content)<|im_end|>\n" }
        return text + (prompt ? "<|im_start|>assistant\n" : "")
    }

    /// Headers after a BOS, as Llama 3 has them.
    private static func headers(_ messages: [ChatMessage], _ prompt: Bool) -> String {
        var text = "<bos>"
        for message in messages { text += "<h>\(message.role)</h>\n\n\(message.content)<eot>" }
        return text + (prompt ? "<h>assistant</h>\n\n" : "")
    }

    @Test func findsChatML() throws {
        let shape = try #require(ConversationShape(render: Self.chatML))
        #expect(shape.defaultSystem == "You help." && shape.start == "")
        #expect(shape.frames["user"] == .init(before: "<|im_start|>user\n", after: "<|im_end|>\n"))
        #expect(shape.generationPrompt == "<|im_start|>assistant\n")
        let text = try Modelfile(file: "m.gguf", shape: shape, addedBOS: nil, stops: ["<|im_end|>"]).text()
        #expect(
            text == """
                FROM ./m.gguf
                TEMPLATE \"""{{ range .Messages }}{{ if eq .Role "system" }}<|im_start|>system
                {{ .Content }}<|im_end|>
                {{ else if eq .Role "user" }}<|im_start|>user
                {{ .Content }}<|im_end|>
                {{ else if eq .Role "assistant" }}<|im_start|>assistant
                {{ .Content }}<|im_end|>
                {{ end }}{{ end }}<|im_start|>assistant
                \"""
                SYSTEM "You help."
                PARAMETER stop "<|im_end|>"

                """)
    }

    @Test func findsHeadersAfterABOS() throws {
        let shape = try #require(ConversationShape(render: Self.headers))
        #expect(shape.start == "<bos>" && shape.defaultSystem == nil)
        let messages = [ChatMessage(role: "user", content: "Hi"), ChatMessage(role: "assistant", content: "Yes")]
        #expect(shape.rendering(messages, addGenerationPrompt: true) == Self.headers(messages, true))
        // The runtime adds BOS itself, so the template must not.
        #expect(try Modelfile(file: "m", shape: shape, addedBOS: "<bos>", stops: []).text().contains("<bos>") == false)
        #expect(try Modelfile(file: "m", shape: shape, addedBOS: nil, stops: []).text().contains("<bos>"))
    }

    @Test func whatDoesMoreThanFrameHasNoShape() throws {
        #expect(ConversationShape { messages, prompt in Self.chatML(messages.reversed(), prompt) } == nil)
        #expect(
            ConversationShape { messages, prompt in
                Self.chatML(messages.map { ChatMessage(role: $0.role, content: $0.content.trimmed) }, prompt)
            } == nil)
        #expect(
            ConversationShape { messages, prompt in
                Self.headers(messages, prompt) + (messages.count > 4 ? "!" : "")
            } == nil)
        struct Refusal: Error {}
        #expect(
            ConversationShape { messages, _ in if messages[0].role == "system" { throw Refusal() } else { return "" } }
                == nil)
        let text = try Modelfile(file: "m.gguf", shape: nil, addedBOS: nil, stops: ["</s>"]).text()
        #expect(!text.contains("\nTEMPLATE ") && text.contains("PARAMETER stop \"</s>\""))
    }

    @Test func bracesInATemplateStayText() throws {
        let shape = try #require(
            ConversationShape { messages, prompt in
                messages.map { "{{\($0.role)}} \($0.content)\n" }.joined() + (prompt ? "{{assistant}} " : "")
            })
        #expect(
            try Modelfile(file: "m", shape: shape, addedBOS: nil, stops: []).text().contains(
                "{{ \"{{\" }}user}} {{ .Content }}"))
    }
}

extension String {
    fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
