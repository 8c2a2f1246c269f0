public import Foundation
public import OrderedCollections

/// What a model is told and says: its tokenizer, its chat template and its special tokens, whatever it is stored as.
///
/// ``ModelFiles`` are those of a model with its weights, ``TextFiles`` need none.
public protocol ModelTexts: Sendable {
    /// The directory or file.
    var url: URL { get }
    /// How it is stored.
    var format: ModelFiles.Format { get }
    /// `config.json`; nil for GGUF, and for a directory that has none.
    var configJSON: JSONValue? { get }
    /// The metadata of a GGUF file; nil for a directory.
    var ggufMetadata: OrderedDictionary<String, GGUFValue>? { get }
}

extension ModelFiles: ModelTexts {}

/// The tokenizer and the chat template of a directory or a GGUF file, which need no weights and whose architecture need not
/// be one that is supported.
public struct TextFiles: ModelTexts {
    /// The directory or file.
    public let url: URL
    /// How it is stored.
    public let format: ModelFiles.Format
    /// `config.json`; nil for GGUF, and for a directory that has none.
    public let configJSON: JSONValue?
    /// The metadata of a GGUF file; nil for a directory.
    public let ggufMetadata: OrderedDictionary<String, GGUFValue>?

    /// Opens what is at `url`: a directory, one of its files with the tokenizer (`tokenizer.json`), or a GGUF file.
    ///
    /// - Throws: ``ModelFileError``: 66 when there is nothing, 65 when it is wrong.
    public init(contentsOf url: URL) throws(ModelFileError) {
        let isTokenizer = ["tokenizer.json", "tokenizer_config.json"].contains(url.lastPathComponent)
        let url = isTokenizer ? url.deletingLastPathComponent() : url
        self.url = url
        if try ModelFiles.isDirectory(url) {
            format = .huggingFace
            let config = try ModelDocument.json(url.appending(path: "config.json"))
            configJSON = config.map { TextPart($0)?.config ?? $0 }
            ggufMetadata = nil
        } else {
            format = .gguf
            configJSON = nil
            do throws(TensorFileError) {
                ggufMetadata = try GGUFFile(contentsOf: url).metadata
            } catch { throw ModelFileError(error) }
        }
    }
}
