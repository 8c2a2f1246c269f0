extension ChatTemplate {
    /// Returns the conversation up to the end of its last message, for a model to go on from there: what transformers'
    /// `continue_final_message` gives.
    ///
    /// White space at the message's end stays if the template keeps it.
    ///
    /// - Throws: ``TemplateError``, also when the last message has no text, or the template does not write it.
    public func continuation(_ input: ChatTemplateInput) throws(TemplateError) -> RenderedConversation {
        guard !input.addsGenerationPrompt else {
            throw TemplateError(.evaluation, "a message is continued or an answer is asked for, not both", line: 1)
        }
        guard let last = input.messages.last, let marked = Self.marked(last) else {
            throw TemplateError(.evaluation, "the last message has no text that could be continued", line: 1)
        }
        var input = input
        input.messages[input.messages.count - 1] = marked.message
        let whole = try rendering(input)
        let bytes = Array(whole.text.utf8)
        let tag = Array(Self.tag.utf8)
        let text = JinjaText(marked.text).trimmed().bytes
        guard let place = bytes.lastIndex(of: tag),
            text.isEmpty || !bytes.occurrences(of: text, in: bytes.indices).isEmpty
        else {
            throw TemplateError(.evaluation, "the template does not write the last message as it is", line: 1)
        }
        let keepsSpace = place + tag.count < bytes.count && bytes[place + tag.count] == 0x20
        return whole.prefix(keepsSpace ? place : JinjaSpace.trimmingEnd(of: bytes, in: 0..<place))
    }

    /// What marks the place; a blank behind it shows whether the template keeps white space at a message's end.
    private static let tag = "CONTINUE_FINAL_MESSAGE_TAG"

    /// The message with the mark at the end of its text, and the text.
    private static func marked(_ message: JSONValue) -> (message: JSONValue, text: String)? {
        guard var members = message.object else { return nil }
        switch members["content"] {
        case .string(let text)?:
            members["content"] = .string(text + tag + " ")
            return (.object(members), text)
        case .array(var parts)?:
            guard let index = parts.lastIndex(where: { $0["text"] != nil }), var part = parts[index].object,
                let text = part["text"]?.string
            else { return nil }
            part["text"] = .string(text + tag + " ")
            parts[index] = .object(part)
            members["content"] = .array(parts)
            return (.object(members), text)
        default: return nil
        }
    }
}

extension RenderedConversation {
    /// The conversation up to the byte `end`, which does not lie within a character.
    func prefix(_ end: Int) -> RenderedConversation {
        func cut(_ range: Range<Int>) -> Range<Int>? {
            range.lowerBound < end ? range.lowerBound..<min(range.upperBound, end) : nil
        }
        return RenderedConversation(
            text: String(decoding: text.utf8.prefix(end), as: UTF8.self),
            runs: runs.compactMap { run in cut(run.range).map { Run(range: $0, source: run.source) } },
            generationRanges: generationRanges.compactMap(cut))
    }
}

extension [UInt8] {
    /// Where `part` begins for the last time; nil when it is not there.
    fileprivate func lastIndex(of part: [UInt8]) -> Int? {
        occurrences(of: part, in: indices).last?.lowerBound
    }
}
