internal import OrderedCollections

/// Where the answers lie in a conversation that the model's template has written.
///
/// An answer begins where the text ends that asks for it (the conversation so far with the generation prompt), and ends with the
/// first control token after the last character of its message: the end of the turn. Both are found by rendering, so this holds
/// for any template.
struct Answers {
    let tokenizer: any Tokenizer
    let template: ChatTemplate
    let variables: JSONObject
    let stopIDs: Set<Int32>

    /// Returns the text of `messages`.
    func rendering(_ messages: [ChatMessage], addsGenerationPrompt: Bool) throws -> RenderedConversation {
        try template.rendering(
            ChatTemplateInput(messages, addsGenerationPrompt: addsGenerationPrompt, variables: variables))
    }

    /// Returns the UTF-8 ranges of the answers in `rendered`, which is what the template wrote for `messages`.
    ///
    /// When no control token ends the last answer, the text behind it is cut off, and `endsWithEOS` asks for EOS there.
    func spans(
        of messages: [ChatMessage], in rendered: inout RenderedConversation
    ) throws -> (spans: [Range<Int>], endsWithEOS: Bool) {
        let tokens = try tokenizer.tokens(of: rendered)
        if !rendered.generationRanges.isEmpty {
            // A token that holds the first character of a range is learned, whatever stands in front of it there.
            let ranges = rendered.generationRanges.filter { !$0.isEmpty }.map { range in
                let first = tokens.first { $0.range.contains(range.lowerBound) }
                return min(first?.range.lowerBound ?? range.lowerBound, range.lowerBound)..<range.upperBound
            }
            return (ranges, false)
        }
        var spans: [Range<Int>] = []
        var endsWithEOS = false
        for (index, message) in messages.enumerated() where message.role == "assistant" {
            let start = try start(of: index, messages, in: rendered)
            let own = rendered.runs.filter { $0.source == .message(index) }.map(\.range)
            let contentEnd = max(start, own.last?.upperBound ?? start)
            // The end of the turn lies before whatever the next message says.
            let limit =
                rendered.runs.first { run in
                    guard case .message(let other) = run.source else { return false }
                    return other > index && run.range.lowerBound >= contentEnd
                }?.range.lowerBound ?? rendered.text.utf8.count
            let end = tokens.first {
                $0.range.lowerBound >= contentEnd && $0.range.upperBound <= limit && endsTurn($0.id)
            }
            if end == nil, index == messages.count - 1 {
                rendered.cut(at: contentEnd)
                endsWithEOS = true
            }
            spans.append(start..<(end?.range.upperBound ?? contentEnd))
        }
        return (spans, endsWithEOS)
    }

    /// The token that the template writes after an answer; nil when it writes none.
    var endOfTurn: Int32? {
        let messages = [ChatMessage(role: "user", content: "a"), ChatMessage(role: "assistant", content: "b")]
        guard let rendered = try? rendering(messages, addsGenerationPrompt: false),
            let end = rendered.runs.last(where: { $0.source == .message(1) })?.range.upperBound,
            let tokens = try? tokenizer.tokens(of: rendered)
        else { return nil }
        return tokens.first { $0.range.lowerBound >= end && endsTurn($0.id) }?.id
    }

    private func endsTurn(_ id: Int32) -> Bool { stopIDs.contains(id) || tokenizer.isSpecial(id) }

    /// The offset at which the answer `index` begins.
    private func start(of index: Int, _ messages: [ChatMessage], in rendered: RenderedConversation) throws -> Int {
        guard index > 0 else {
            // Nothing was asked: the answer is what its message says.
            return rendered.runs.first { $0.source == .message(0) }?.range.lowerBound ?? 0
        }
        let question = try rendering(Array(messages[..<index]), addsGenerationPrompt: true).text
        guard rendered.text.utf8.starts(with: question.utf8) else {
            throw ConversationError(
                .changedPrefix,
                "The chat template writes the text before turn \(index + 1) differently once the answer is known, so what "
                    + "the model would be trained on is not what it is asked later. Use a template that keeps what it wrote, "
                    + "or train_on: all.")
        }
        return question.utf8.count
    }
}

extension Tokenizer {
    /// Returns the tokens of a rendered conversation, in which only the template's own text becomes control tokens.
    func tokens(of rendered: RenderedConversation) throws -> [Token] {
        try tokens(of: rendered.text, EncodingOptions(plainRanges: rendered.plainRanges))
    }
}

extension RenderedConversation {
    /// Leaves out what stands behind the UTF-8 offset `end`.
    mutating func cut(at end: Int) {
        text = String(decoding: text.utf8.prefix(end), as: UTF8.self)
        runs = runs.filter { $0.range.lowerBound < end }
        if let last = runs.indices.last {
            runs[last].range = runs[last].range.lowerBound..<min(end, runs[last].range.upperBound)
        }
    }
}
