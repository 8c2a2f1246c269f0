public import Foundation
public import MLOpsCore

/// A frozen decoder-only transformer.
///
/// Weights stay in their stored type, memory-mapped, and are converted as they are used, or packed once when the arithmetic is
/// bf16. A copy of the value shares them.
public struct DecoderModel: Sendable {
    /// What the model is made of.
    public let architecture: DecoderArchitecture
    /// How it computes.
    public let options: ComputeOptions
    /// Where it lies.
    public let files: ModelFiles
    let layers: [DecoderLayer]
    let embedding: TensorData
    let head: LanguageHead
    let rotary: RotaryTable
    let workspaces = WorkspacePool()

    /// Tokens computed together at most; a batch with more goes through in several passes, whose sums are added. A row is never
    /// cut.
    static let tokensPerPass = 1024

    /// Loads a Hugging Face directory or a GGUF file.
    ///
    /// - Throws: ``ModelFileError`` when a file is missing or wrong, ``ModelError`` when the model needs what this engine does not
    ///   have.
    public init(contentsOf url: URL, options: ComputeOptions = ComputeOptions()) throws {
        try self.init(ModelFiles(contentsOf: url), options: options)
    }

    /// Loads a model whose files are open.
    ///
    /// - Throws: ``ModelFileError`` when a tensor is missing, ``ModelError`` when the model needs what this engine does not have.
    public init(_ files: ModelFiles, options: ComputeOptions = ComputeOptions()) throws {
        let architecture = files.architecture
        guard architecture.headSize <= 256, architecture.headSize.isMultiple(of: 2) else {
            throw ModelError(
                .unsupported, "Heads of \(architecture.headSize) are not supported: an even size of at most 256 is.")
        }
        func matrix(_ name: String) throws -> TensorData {
            let tensor = try files.tensor(name)
            guard Kernels.canConvert(tensor.elementType) else {
                throw ModelError(
                    .unsupported,
                    "Tensor '\(name)' of '\(files.url.lastPathComponent)' is \(tensor.elementType.rawValue), "
                        + "which is not supported. Convert it to F32, F16 or BF16.")
            }
            return tensor
        }
        func linear(_ layer: Int, _ projection: Projection) throws -> AdaptedLinear {
            let path = projection.path(layer: layer)
            return AdaptedLinear(
                layer: layer, projection: projection,
                weight: FrozenMatrix(try matrix(path + ".weight"), options),
                bias: architecture.hasBias(projection) ? try files.tensor(path + ".bias").floats() : nil)
        }
        self.architecture = architecture
        self.files = files
        self.options = options
        rotary = RotaryTable(architecture)
        embedding = try matrix("model.embed_tokens.weight")
        head = LanguageHead(
            norm: try files.tensor("model.norm.weight").floats(), epsilon: architecture.normEpsilon,
            weight: FrozenMatrix(try matrix("lm_head.weight"), options), bias: nil)
        let attention = AttentionShape(
            headCount: architecture.headCount, keyValueHeadCount: architecture.keyValueHeadCount,
            headSize: architecture.headSize, scale: 1 / Float(architecture.headSize).squareRoot(), window: nil)
        var layers: [DecoderLayer] = []
        for index in 0..<architecture.layerCount {
            let prefix = "model.layers.\(index)."
            layers.append(
                DecoderLayer(
                    index: index,
                    inputNorm: try files.tensor(prefix + "input_layernorm.weight").floats(),
                    innerNorm: try files.tensor(prefix + "post_attention_layernorm.weight").floats(),
                    query: try linear(index, .query), key: try linear(index, .key), value: try linear(index, .value),
                    output: try linear(index, .output), gate: try linear(index, .gate), up: try linear(index, .up),
                    down: try linear(index, .down), attention: attention, epsilon: architecture.normEpsilon))
        }
        self.layers = layers
    }

    /// Checks that ids are ones of the vocabulary.
    ///
    /// - Throws: ``ModelError`` naming the first that is not.
    func validate(_ ids: [Int32], origin: String) throws(ModelError) {
        guard !ids.isEmpty else { throw ModelError(.invalidInput, "\(origin) has no tokens.") }
        if let i = ids.firstIndex(where: { !(0..<Int32(clamping: architecture.vocabularySize)).contains($0) }) {
            throw ModelError(
                .invalidInput,
                "\(origin): token \(i) is \(ids[i]), but the vocabulary ends at \(architecture.vocabularySize - 1). "
                    + "Is it made with another model's tokenizer?")
        }
    }
}
