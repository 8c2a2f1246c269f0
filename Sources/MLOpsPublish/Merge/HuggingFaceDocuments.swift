internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// The small files of a Hugging Face model directory: those of the base model, or made from a GGUF file's metadata.
struct HuggingFaceDocuments {
    /// Name and content, `config.json` last.
    let files: [(name: String, content: Data)]

    /// Files that are copied as they are, beside those of the tokenizer.
    private static let copied = ["generation_config.json", "LICENSE"]

    /// Gathers the files for a model whose weights will have the given type, and whose head is the embedding matrix or not.
    init(_ base: ModelFiles, type: HuggingFaceExport.WeightType, tiedHead: Bool) throws {
        var files: [(name: String, content: Data)] = []
        func add(_ name: String, _ value: JSONValue) { files.append((name, Data((value.text(.pretty) + "\n").utf8))) }
        for (name, content) in try base.textFiles() { files.append((name, content)) }
        var config: JSONValue
        if let metadata = base.ggufMetadata {
            let source = GGUFDocuments(metadata, base)
            config = try source.config(type)
            add("generation_config.json", source.generationConfig())
        } else {
            for name in Self.copied {
                let url = base.url.appending(path: name)
                guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) else { continue }
                files.append((name, try WholeFile.read(url, limit: 1 << 28)))
            }
            config = Self.typed(base.configJSON ?? [:], type)
        }
        if base.architecture.tiedHead, !tiedHead, var members = config.object {
            members["tie_word_embeddings"] = false
            config = .object(members)
        }
        add("config.json", config)
        self.files = files
    }

    /// Returns `config` saying that weights have `type`, under the key it used (`dtype` since transformers 5).
    private static func typed(_ config: JSONValue, _ type: HuggingFaceExport.WeightType) -> JSONValue {
        guard var members = config.object else { return config }
        let keys = ["dtype", "torch_dtype"].filter { members[$0] != nil }
        for key in keys.isEmpty ? ["torch_dtype"] : keys { members[key] = .string(type.torchName) }
        return .object(members)
    }
}
