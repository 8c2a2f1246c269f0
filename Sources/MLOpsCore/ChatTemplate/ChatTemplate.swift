public import Foundation

/// A model's chat template: Jinja source, parsed once.
///
/// The language is that of `apply_chat_template` in transformers 5: Jinja 3.1 in its immutable sandbox, with
/// `trim_blocks`, `lstrip_blocks`, `break`, `continue`, `{% generation %}`, `raise_exception`, `strftime_now` and a
/// `tojson` that leaves HTML alone. A template comes from elsewhere, so its time, depth and room are bounded.
public struct ChatTemplate: Sendable {
    private let program: JinjaProgram

    /// Parses a template.
    ///
    /// - Throws: ``TemplateError`` with the line at which the source is not a template.
    public init(_ source: String) throws(TemplateError) {
        program = try JinjaParser.program(source)
    }

    /// Returns the conversation as the template writes it, every character with where it came from.
    ///
    /// - Throws: ``TemplateError``: `refused` when the template itself does (`raise_exception`), `tooMuch` when it needs
    ///   more than is given to one, `evaluation` when an operation fails.
    public func rendering(_ input: ChatTemplateInput) throws(TemplateError) -> RenderedConversation {
        let values = JinjaInput()
        let variables = try values.variables(input)
        let rendering = JinjaRendering(program, now: input.now, inputBytes: values.byteCount)
        let text = try rendering.run(variables)
        var runs: [RenderedConversation.Run] = []
        for (range, origin) in text.ranges {
            if let last = runs.last, last.source == origin.source {
                runs[runs.count - 1].range = last.range.lowerBound..<range.upperBound
            } else {
                runs.append(RenderedConversation.Run(range: range, source: origin.source))
            }
        }
        return RenderedConversation(text: text.string, runs: runs, generationRanges: rendering.generationRanges)
    }
}

/// What a chat template is given.
public struct ChatTemplateInput: Sendable {
    /// The conversation: objects, as the user wrote them.
    public var messages: [JSONValue]
    /// Descriptions of tools; nil is Jinja's `none`.
    public var tools: JSONValue?
    /// Documents to answer from; nil is Jinja's `none`.
    public var documents: JSONValue?
    /// Whether the beginning of an answer is written at the end.
    public var addsGenerationPrompt: Bool
    /// `bos_token`, `eos_token` and whatever else the template or the caller names; one named like a member above
    /// takes its place.
    public var variables: JSONObject
    /// What `strftime_now` tells.
    public var now: Date

    /// Creates an input from messages as JSON.
    public init(
        messages: [JSONValue], tools: JSONValue? = nil, documents: JSONValue? = nil, addsGenerationPrompt: Bool = false,
        variables: JSONObject = [:], now: Date = TimeSource.system.now()
    ) {
        self.messages = messages
        self.tools = tools
        self.documents = documents
        self.addsGenerationPrompt = addsGenerationPrompt
        self.variables = variables
        self.now = now
    }

    /// Creates an input from turns that have a role and a content.
    public init(
        _ messages: [ChatMessage], addsGenerationPrompt: Bool = false,
        variables: JSONObject = [:], now: Date = TimeSource.system.now()
    ) {
        self.init(
            messages: messages.map { ["role": .string($0.role), "content": .string($0.content)] },
            addsGenerationPrompt: addsGenerationPrompt, variables: variables, now: now)
    }
}
