internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// What a GGUF file's metadata says, written as the files transformers reads.
struct GGUFDocuments {
    private let metadata: OrderedDictionary<String, GGUFValue>
    private let files: ModelFiles
    private let path: String

    init(_ metadata: OrderedDictionary<String, GGUFValue>, _ files: ModelFiles) {
        self.metadata = metadata
        self.files = files
        path = files.url.path(percentEncoded: false)
    }

    private func id(_ role: String) -> JSONValue {
        metadata["tokenizer.ggml.\(role)_token_id"]?.int.map { .integer(Int64($0)) } ?? .null
    }

    /// A binary32 of the metadata as the decimal number a person wrote: 1e-05, not 9.999999747378752e-06.
    static func decimal(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }

    /// Returns `config.json`.
    ///
    /// - Throws: ``PublishError`` when transformers has no configuration for such a model.
    func config(_ type: HuggingFaceExport.WeightType) throws(PublishError) -> JSONValue {
        let model = files.architecture
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        let family = try HuggingFaceFamily(model, path: path)
        var config: JSONObject = [
            "architectures": [.string(family.className)], "attention_dropout": 0.0, "bos_token_id": id("bos"),
            "eos_token_id": id("eos"), "head_dim": number(model.headSize), "hidden_size": number(model.hiddenSize),
            "initializer_range": 0.02, "intermediate_size": number(model.intermediateSize),
            "max_position_embeddings": number(model.maximumPositions), "model_type": .string(family.family.rawValue),
            "num_attention_heads": number(model.headCount), "num_hidden_layers": number(model.layerCount),
            "num_key_value_heads": number(model.keyValueHeadCount), "pad_token_id": id("padding"),
            "rms_norm_eps": Self.decimal(model.normEpsilon), "rope_theta": Self.decimal(Float(model.rope.base)),
            "rope_scaling": try RopeJSON.scaling(model, path: path),
            "tie_word_embeddings": .bool(model.tiedHead), "torch_dtype": .string(type.torchName), "use_cache": true,
            "vocab_size": number(model.vocabularySize),
        ]
        config.merge(family.entries) { _, last in last }
        for key in family.foreignKeys { config[key] = nil }
        config.sort { $0.key < $1.key }
        return .object(config)
    }

    /// Returns `generation_config.json`.
    func generationConfig() -> JSONValue {
        let ends = (try? files.eosIDs()) ?? []
        return [
            "bos_token_id": id("bos"),
            "eos_token_id": ends.count > 1 ? .array(ends.map { .integer(Int64($0)) }) : id("eos"),
            "pad_token_id": id("padding"),
        ]
    }
}
