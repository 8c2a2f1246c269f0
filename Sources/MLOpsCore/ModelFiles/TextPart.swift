internal import OrderedCollections

/// The text model inside a Gemma 3 that also sees images: its own configuration and tensors, under the names they have in a
/// model of text alone.
struct TextPart {
    /// The configuration of the text model.
    let config: JSONValue

    /// Where the text model's tensors lie in published checkpoints and in those that transformers 5 saves.
    private static let prefixes = [
        ("language_model.model.", "model."), ("language_model.lm_head.", "lm_head."),
        ("model.language_model.", "model."),
    ]
    /// Tensors of the part that sees images.
    private static let others = ["vision_tower.", "multi_modal_projector."]
    /// Keys that both configurations may have, of which the text's own comes first.
    private static let shared = [
        "bos_token_id", "dtype", "eos_token_id", "pad_token_id", "tie_word_embeddings", "torch_dtype",
    ]

    /// nil when `config` is not one of a model with a text part.
    init?(_ config: JSONValue) {
        guard config["model_type"] == "gemma3", var text = config["text_config"]?.object else { return nil }
        for key in Self.shared where text[key] == nil { text[key] = config[key] }
        text["architectures"] = ["Gemma3ForCausalLM"]
        text["model_type"] = "gemma3_text"
        self.config = .object(text)
    }

    /// Returns the tensors of the text model by the names of a model of text alone.
    func tensors(_ found: [String: TensorData]) -> [String: TensorData] {
        var tensors: [String: TensorData] = [:]
        for (name, tensor) in found {
            let plain = name.hasPrefix("model.") ? String(name.dropFirst(6)) : name
            if Self.others.contains(where: plain.hasPrefix) { continue }
            let prefix = Self.prefixes.first { name.hasPrefix($0.0) }
            let text = prefix.map { $0.1 + name.dropFirst($0.0.count) } ?? name
            tensors[text] = tensor.renamed(text)
        }
        return tensors
    }
}
