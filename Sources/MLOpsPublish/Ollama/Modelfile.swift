internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// The text that tells Ollama how to run a GGUF file.
///
/// `TEMPLATE` is written in Go's template language; it is given only for a shape that is known to render as the model's
/// own chat template does, because a template that is nearly right makes a fine-tuned model worse.
struct Modelfile {
    /// The GGUF file's name, beside the Modelfile.
    let file: String
    /// How messages are framed; nil leaves the template to the GGUF file's own.
    let shape: ConversationShape?
    /// Whether the runtime itself puts BOS before the text, and how it is spelled.
    let addedBOS: String?
    /// Texts that end an answer.
    let stops: [String]

    /// The whole file.
    ///
    /// - Throws: ``PublishError`` when a text of the template cannot be written in it.
    func text() throws(PublishError) -> String {
        var lines = ["FROM ./\(file)"]
        if let shape {
            lines.append("TEMPLATE \(try Self.quoted(template(shape)))")
            if let system = shape.defaultSystem { lines.append("SYSTEM \(try Self.quoted(system))") }
        } else {
            lines.append(
                "# No TEMPLATE: the chat template does more than frame messages, so the one in the GGUF file is used.")
        }
        for stop in stops { lines.append("PARAMETER stop \(try Self.quoted(stop))") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The shape in Go's template language. A template that ranges over `.Messages` gets every turn in order, the system
    /// message among them.
    private func template(_ shape: ConversationShape) -> String {
        var text = Self.literal(withoutAddedBOS(shape.start)) + "{{ range .Messages }}"
        for (index, (role, frame)) in shape.frames.enumerated() {
            // A template with a system message of its own begins every conversation with that frame.
            let isFirst = shape.defaultSystem != nil && role == "system"
            let before = isFirst ? withoutAddedBOS(frame.before) : frame.before
            text += "{{ \(index == 0 ? "if" : "else if") eq .Role \"\(role)\" }}"
            text += Self.literal(before) + "{{ .Content }}" + Self.literal(frame.after)
        }
        return text + "{{ end }}{{ end }}" + Self.literal(shape.generationPrompt)
    }

    private func withoutAddedBOS(_ text: String) -> String {
        guard let addedBOS, text.hasPrefix(addedBOS) else { return text }
        return String(text.dropFirst(addedBOS.count))
    }

    /// Text that stays text: an opening pair of braces would begin an action.
    private static func literal(_ text: String) -> String { text.replacing("{{", with: "{{ \"{{\" }}") }

    /// A value between three quotes when it needs them.
    private static func quoted(_ text: String) throws(PublishError) -> String {
        guard text.contains("\n") || text.contains("\"") else { return "\"\(text)\"" }
        guard !text.contains("\"\"\""), !text.hasSuffix("\"") else {
            throw PublishError(.notExpressible, "A Modelfile cannot hold the text \(JSONValue.string(text).text()).")
        }
        return "\"\"\"\(text)\"\"\""
    }
}
