public import Foundation

/// The files that a model has beside its weights.
extension LearnedVocabulary {
    /// The special tokens that ``conversationTemplate`` and ``tokenizerConfigJSON`` speak of, in the order of their ids.
    public static let conversationTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

    /// How a conversation is written: each turn between its own tokens, after the name of its role (ChatML).
    public static let conversationTemplate =
        "{% for message in messages %}"
        + #"{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"#
        + #"{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"#

    /// What a `tokenizer_config.json` holds: the chat template, and which tokens have a role. The end of a turn is that of a
    /// text.
    public var tokenizerConfigJSON: JSONValue {
        [
            "bos_token": "<|endoftext|>", "chat_template": .string(Self.conversationTemplate),
            "clean_up_tokenization_spaces": false, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
            "tokenizer_class": "PreTrainedTokenizerFast",
        ]
    }

    /// Writes `tokenizer.json`, and `tokenizer_config.json` when ``conversationTokens`` are among the special tokens.
    ///
    /// - Returns: the names of the files.
    /// - Throws: `FileError` when the file system refuses; a file is replaced whole or not at all.
    @discardableResult
    public func write(to directory: URL) throws(FileError) -> [String] {
        try WholeFile.createDirectory(directory)
        var files = [("tokenizer.json", tokenizerJSON.text(.pretty))]
        if Self.conversationTokens.allSatisfy(specialTokens.contains) {
            files.append(("tokenizer_config.json", tokenizerConfigJSON.text(.pretty) + "\n"))
        }
        for (name, text) in files { try WholeFile.write(text, to: directory.appending(path: name)) }
        return files.map { $0.0 }
    }
}
