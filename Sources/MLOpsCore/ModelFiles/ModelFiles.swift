public import Foundation
public import OrderedCollections

/// A base model on disk: a Hugging Face directory or a GGUF file, seen the same way.
///
/// Opening maps the weights and proves that every tensor the architecture needs is there, in its shape; it reads none
/// of them. Names, row order and values are those of Hugging Face whatever the format.
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
    /// The metadata of a GGUF file; nil for a directory.
    public let ggufMetadata: OrderedDictionary<String, GGUFValue>?
    private let tensors: [String: TensorData]
    /// Whether rows and norms are as Hugging Face has them, which in a GGUF file they are not.
    private let hasCanonicalRows: Bool
    /// Whether the weights of linear layers are as checkpoints hold them, which in some families is transposed.
    private let isAsStored: Bool

    /// The files of `other` with other tensors, whose names and rows are those of Hugging Face.
    init(_ other: ModelFiles, tensors: [String: TensorData]) {
        (url, format, architecture) = (other.url, other.format, other.architecture)
        (configJSON, ggufMetadata) = (other.configJSON, other.ggufMetadata)
        (self.tensors, hasCanonicalRows, isAsStored) = (tensors, true, false)
    }

    /// A directory whose tensors come from somewhere else.
    init(
        url: URL, architecture: DecoderArchitecture, configJSON: JSONValue, tensors: [String: TensorData]
    ) {
        (self.url, format, self.architecture) = (url, .huggingFace, architecture)
        (self.configJSON, ggufMetadata) = (configJSON, nil)
        (self.tensors, hasCanonicalRows, isAsStored) = (tensors, true, false)
    }

    /// Opens the model at `url`.
    ///
    /// - Throws: ``ModelFileError``: 66 when something is missing, 65 when it is wrong or unsupported.
    public init(contentsOf url: URL) throws(ModelFileError) {
        self.url = url
        if try Self.isDirectory(url) {
            let directory = try HuggingFaceDirectory(url)
            format = .huggingFace
            architecture = directory.architecture
            configJSON = directory.config
            ggufMetadata = nil
            tensors = directory.tensors
            (hasCanonicalRows, isAsStored) = (true, true)
        } else {
            let file: GGUFFile
            do throws(TensorFileError) { file = try GGUFFile(contentsOf: url) } catch { throw ModelFileError(error) }
            format = .gguf
            architecture = try DecoderArchitecture(file)
            configJSON = nil
            ggufMetadata = file.metadata
            let activations = try GGUFModelMetadata(file).activations(architecture)
            tensors = try architecture.matching(
                Self.canonical(file.tensors, architecture).merging(activations) { own, _ in own },
                path: url.path(percentEncoded: false),
                isCheckpoint: false)
            (hasCanonicalRows, isAsStored) = (false, false)
        }
    }

    /// Whether the model at `url` is a directory; else it is a file.
    ///
    /// - Throws: ``ModelFileError`` 66 when there is nothing.
    static func isDirectory(_ url: URL) throws(ModelFileError) -> Bool {
        let path = url.path(percentEncoded: false)
        var isDirectory: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ModelFileError(.missing, "There is no model at '\(path)'. Name a model directory or a GGUF file.")
        }
        return isDirectory.boolValue
    }

    /// Gives the tensors of a GGUF file their Hugging Face names; those without one keep theirs and are refused later.
    private static func canonical(
        _ tensors: OrderedDictionary<String, TensorData>, _ architecture: DecoderArchitecture
    ) -> [String: TensorData] {
        var named: [String: TensorData] = [:]
        for (name, tensor) in tensors where !GGUFModelMetadata.ropeTensors.contains(name) {
            let canonical = GGUFNames.huggingFace(name, architecture) ?? name
            named[canonical] = tensor.renamed(canonical)
        }
        return named
    }

    /// The canonical names of its tensors, sorted.
    public var tensorNames: [String] { tensors.keys.sorted() }

    /// Returns the tensor with a canonical name such as `model.layers.0.self_attn.q_proj.weight`.
    ///
    /// The weight of a tied head (`lm_head.weight`) is the embedding matrix. Rows that GGUF reorders are put back (whole rows are
    /// moved, so the element type stays), and norms that it stores as 1 + w are w again; GPT-2's weights, stored transposed, are
    /// turned. Such a tensor owns its bytes, all others are mapped.
    ///
    /// - Throws: ``ModelFileError`` when the model has no such tensor.
    public func tensor(_ name: String) throws(ModelFileError) -> TensorData {
        let family = architecture.family
        if name == family.headPath + ".weight", architecture.tiedHead,
            let embedding = tensors[family.embeddingPath + ".weight"]
        {
            return embedding.renamed(name)
        }
        guard let tensor = tensors[name] else {
            throw ModelFileError(.missing, "The model '\(url.path(percentEncoded: false))' has no tensor '\(name)'.")
        }
        if isAsStored, architecture.isStoredTransposed(name) { return tensor.transposed() }
        guard !hasCanonicalRows else { return tensor }
        guard GGUFRows.areMoved(name, architecture) else {
            return GGUFNames.shifted(tensor, by: -architecture.normOffset)
        }
        return GGUFRows.huggingFace(tensor, architecture)
    }
}
