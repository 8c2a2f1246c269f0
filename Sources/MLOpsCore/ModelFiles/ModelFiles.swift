public import Foundation

/// A base model on disk: a Hugging Face directory or a GGUF file, seen the same way.
///
/// Opening maps the weights and proves that every tensor the architecture needs is there, in its shape; it reads none
/// of them. Names and row order are those of Hugging Face whatever the format.
public struct ModelFiles: Sendable {
    /// How a model is stored.
    public enum Format: String, Sendable, Hashable {
        /// A directory with `config.json` and safetensors.
        case huggingFace = "hugging_face"
        /// One GGUF file.
        case gguf
    }

    /// The directory or file.
    public let url: URL
    /// How it is stored.
    public let format: Format
    /// What the model is made of.
    public let architecture: DecoderArchitecture
    /// `config.json`; nil for GGUF.
    public let configJSON: JSONValue?
    private let tensors: [String: TensorData]

    /// Opens the model at `url`.
    ///
    /// - Throws: ``ModelFileError``: 66 when something is missing, 65 when it is wrong or unsupported.
    public init(contentsOf url: URL) throws(ModelFileError) {
        let path = url.path(percentEncoded: false)
        var isDirectory: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ModelFileError(.missing, "There is no model at '\(path)'. Name a model directory or a GGUF file.")
        }
        guard isDirectory.boolValue else {
            throw ModelFileError(.unsupported, "'\(path)' is a file; GGUF is not read yet.")
        }
        let directory = try HuggingFaceDirectory(url)
        self.url = url
        format = .huggingFace
        architecture = directory.architecture
        configJSON = directory.config
        tensors = directory.tensors
    }

    /// The canonical names of its tensors, sorted.
    public var tensorNames: [String] { tensors.keys.sorted() }

    /// Returns the tensor with a canonical name such as `model.layers.0.self_attn.q_proj.weight`.
    ///
    /// `lm_head.weight` of a tied head is the embedding matrix.
    ///
    /// - Throws: ``ModelFileError`` when the model has no such tensor.
    public func tensor(_ name: String) throws(ModelFileError) -> TensorData {
        if name == "lm_head.weight", architecture.tiedHead, let embedding = tensors["model.embed_tokens.weight"] {
            return embedding.renamed(name)
        }
        guard let tensor = tensors[name] else {
            throw ModelFileError(.missing, "The model '\(url.path(percentEncoded: false))' has no tensor '\(name)'.")
        }
        return tensor
    }
}
