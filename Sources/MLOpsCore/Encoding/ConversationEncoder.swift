internal import Foundation

/// Conversations as a model reads them: its own chat template rendered, then its own tokenizer.
///
/// ```
/// messages ─ chat template ─ text, who wrote which part ─ tokenizer ─ ids
/// ```
/// Only what the template itself writes becomes a control token. Whatever a message contains stays text. A model without a
/// chat template reads `prompt + "\n" + completion`.
public struct ConversationEncoder: Sendable {
    /// Text to ids.
    public let tokenizer: any Tokenizer
    /// The model's chat template, if it has one.
    public let template: ChatTemplate?
    /// What the template is given besides the messages: the spelling of BOS, EOS and the like.
    public let variables: JSONObject
    /// The tokens that end an answer: those the model names, and the one the template writes after an answer.
    public let stopIDs: Set<Int32>
    private let answers: Answers?

    /// Creates an encoder.
    ///
    /// - Parameter stopIDs: tokens that end an answer besides the tokenizer's EOS and the template's end of turn.
    public init(
        tokenizer: any Tokenizer, template: ChatTemplate?, variables: JSONObject = [:],
        stopIDs: Set<Int32> = []
    ) {
        self.tokenizer = tokenizer
        self.template = template
        self.variables = variables
        let named = stopIDs.union([tokenizer.eosID].compactMap(\.self))
        answers = template.map {
            Answers(tokenizer: tokenizer, template: $0, variables: variables, stopIDs: named)
        }
        self.stopIDs = named.union([answers?.endOfTurn].compactMap(\.self))
    }

    /// Creates the encoder of a model.
    ///
    /// - Throws: ``ConversationError``, `noTokenizer`; ``TokenizerError``, ``TemplateError`` and ``ModelFileError`` when a
    ///   file is wrong or of a kind that is not supported.
    public init(_ files: some ModelTexts) throws {
        self.init(
            tokenizer: try Self.tokenizer(of: files), template: try files.chatTemplate().map { try ChatTemplate($0) },
            variables: try files.templateVariables(), stopIDs: Set(try files.eosIDs()))
    }

    /// Returns the tokenizer of a model that must have one.
    ///
    /// - Throws: ``ConversationError``, `noTokenizer`; ``TokenizerError`` and ``ModelFileError``.
    public static func tokenizer(of files: some ModelTexts) throws -> PretrainedTokenizer {
        guard let tokenizer = try files.tokenizer() else {
            throw ConversationError(
                .noTokenizer,
                "The model '\(files.url.path(percentEncoded: false))' has no tokenizer, so it cannot read text. Put its "
                    + "tokenizer.json beside its weights, or use rows of tokens (input_ids, labels).")
        }
        return tokenizer
    }

    /// Returns the ids of the text that asks for the answer to `messages`.
    ///
    /// - Throws: ``ConversationError`` when the model has no template and there is more than one user turn;
    ///   ``TemplateError`` when the template refuses the messages; ``TokenizerError``.
    public func prompt(_ messages: [ChatMessage]) throws -> [Int32] {
        guard let answers else {
            guard messages.count == 1, messages[0].role == "user" else { throw Self.needsTemplate }
            return try tokens(of: Self.withoutTemplate(prompt: messages[0].content)).map(\.id)
        }
        return try tokens(of: answers.rendering(messages, addsGenerationPrompt: true)).map(\.id)
    }

    /// Returns the ids of `text` as it stands, with the tokens the model expects around a text.
    ///
    /// - Throws: ``TokenizerError``.
    public func prompt(_ text: String) throws -> [Int32] {
        try tokenizer.encode(text, EncodingOptions(addsSpecialTokens: true))
    }

    /// Returns a conversation as tokens, and which of them are learned.
    ///
    /// With `completion` those are the tokens of every answer, from the first one after the text that asks for it to the one
    /// that ends the turn. Templates with `{% generation %}` say themselves what an answer is. Where a template writes no end
    /// of turn, the last answer is followed by EOS. Of a row that is a text, all tokens are learned, whatever `trainOn` says.
    ///
    /// - Throws: ``ConversationError`` when there is no template for these messages, or it writes the text before an answer
    ///   differently once the answer is known; ``TemplateError``, ``TokenizerError``.
    public func example(_ conversation: Conversation, trainOn: TrainOn = .completion) throws -> TokenizedExample {
        if conversation.kind == .text { return try example(ofText: conversation) }
        let messages = conversation.messages
        var rendered: RenderedConversation
        let spans: [Range<Int>]
        var endsWithEOS = false
        if let answers {
            rendered = try answers.rendering(messages, addsGenerationPrompt: false)
            (spans, endsWithEOS) = try answers.spans(of: messages, in: &rendered)
        } else {
            guard conversation.kind == .promptCompletion, messages.count == 2 else { throw Self.needsTemplate }
            rendered = Self.withoutTemplate(prompt: messages[0].content, completion: messages[1].content)
            let start = rendered.text.utf8.count - messages[1].content.utf8.count
            spans = [start..<rendered.text.utf8.count]
            endsWithEOS = true
        }
        let tokens = try tokens(of: rendered)
        var ids = tokens.map(\.id)
        var isSupervised = tokens.map { token in
            trainOn == .all || spans.contains { $0.contains(token.range.lowerBound) && !token.range.isEmpty }
        }
        if endsWithEOS, let eos = tokenizer.eosID, ids.last != eos {
            ids.append(eos)
            isSupervised.append(true)
        }
        if !isSupervised.isEmpty { isSupervised[0] = false }
        return TokenizedExample(ids: ids, isSupervised: isSupervised, origin: conversation.origin)
    }

    /// A text as it stands: the control tokens it spells are such tokens, and all of it is learned, with EOS at its end.
    private func example(ofText conversation: Conversation) throws -> TokenizedExample {
        var ids = try prompt(conversation.answer ?? "")
        if let bos = tokenizer.bosID {
            // A text that a template wrote spells its BOS already.
            if ids.starts(with: [bos, bos]) { ids.removeFirst() }
            if tokenizer.addsBOS, ids.first != bos { ids.insert(bos, at: 0) }
        }
        if let eos = tokenizer.eosID, ids.last != eos { ids.append(eos) }
        var isSupervised = [Bool](repeating: true, count: ids.count)
        if !ids.isEmpty { isSupervised[0] = false }
        return TokenizedExample(ids: ids, isSupervised: isSupervised, origin: conversation.origin)
    }

    /// The tokens of a rendered text, after exactly one BOS where the model expects one.
    private func tokens(of rendered: RenderedConversation) throws -> [Token] {
        var tokens = try tokenizer.tokens(of: rendered)
        if tokenizer.addsBOS, let bos = tokenizer.bosID, tokens.first?.id != bos {
            tokens.insert(Token(id: bos, range: 0..<0), at: 0)
        }
        return tokens
    }

    /// What a model without a template reads: nothing in it is a control token.
    private static func withoutTemplate(prompt: String, completion: String = "") -> RenderedConversation {
        let text = prompt + "\n" + completion
        return RenderedConversation(
            text: text, runs: [RenderedConversation.Run(range: 0..<text.utf8.count, source: .message(0))])
    }

    private static var needsTemplate: ConversationError {
        ConversationError(
            .noTemplate,
            "The model has no chat template: it can be given a prompt and its completion, but no turns with roles. Use "
                + "prompt/completion rows, or a model with a chat template (the instruct version of the same model).")
    }
}
