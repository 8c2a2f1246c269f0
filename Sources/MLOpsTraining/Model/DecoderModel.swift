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
    var layers: [DecoderLayer]
    var embedding: TensorData
    var head: LanguageHead
    /// Vectors that an adapter has for some tokens.
    var tokenVectors: ReplacedEmbeddings?
    /// The norm of the embeddings, where there is one.
    var embeddingNorm: RowNorm?
    /// The vectors of positions, where they are learned.
    var positions: TensorData?
    let rotary: [DecoderArchitecture.LayerAttention.Rotation: RotaryTable]
    let workspaces: WorkspacePool

    /// Every weight that is multiplied with.
    var matrices: [FrozenMatrix] {
        layers.flatMap { ($0.inputs + [$0.output] + $0.innerInputs + [$0.down]).map(\.weight) } + [head.weight]
    }

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
        try self.init(files, options: options, workspaces: WorkspacePool())
    }

    /// Loads a model that computes in the memory of another one.
    init(_ files: ModelFiles, options: ComputeOptions, workspaces: WorkspacePool) throws {
        self.workspaces = workspaces
        let architecture = files.architecture
        guard architecture.attendedHeadSize <= 256, architecture.headSize.isMultiple(of: 2) else {
            throw ModelError(
                .unsupported, "Heads of \(architecture.headSize) are not supported: an even size of at most 256 is.")
        }
        guard architecture.attentionFusion != .sideBySide || !architecture.changesQueries else {
            throw ModelError(
                .unsupported, "Norms or bounds of queries and keys beside a fused weight of both are not supported.")
        }
        func named(_ name: String, size: Int) throws -> RowNorm {
            func numbers(_ part: String) throws -> [Float] { try files.tensor("\(name).\(part)").floats() }
            let zeros = [Float](repeating: 0, count: size)
            let (kind, weight): (RowNorm.Kind, [Float]) =
                switch architecture.normKind {
                case .rootMeanSquare: (.rootMeanSquare, try numbers("weight").map { $0 + architecture.normOffset })
                case .rootMeanSquareWithoutWeights: (.rootMeanSquare, zeros.map { $0 + 1 })
                case .layer:
                    (.centred(bias: try numbers("bias")), try numbers("weight").map { $0 + architecture.normOffset })
                case .layerWithoutBias: (.centred(bias: zeros), try numbers("weight"))
                case .layerWithoutWeights: (.centred(bias: zeros), zeros.map { $0 + 1 })
                }
            return RowNorm(kind, weight: weight, epsilon: architecture.normEpsilon)
        }
        func norm(_ layer: Int, _ norm: DecoderArchitecture.Norm) throws -> RowNorm? {
            try architecture.path(of: norm).map {
                try named("\(architecture.family.path(ofLayer: layer)).\($0)", size: architecture.size(of: norm))
            }
        }
        let bound = architecture.projectionBound.map { RowNorm(.bounded($0), weight: [], epsilon: 0) }
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
        let room = options.compactsWeights ? WeightRoom() : nil
        func linear(_ layer: Int, _ projection: Projection) throws -> AdaptedLinear {
            let path = architecture.family.path(of: projection, layer: layer)
            return AdaptedLinear(
                layer: layer, projection: projection,
                weight: FrozenMatrix(try matrix(path + ".weight"), options, room: room),
                bias: architecture.hasBias(projection) ? try files.tensor(path + ".bias").floats() : nil)
        }
        func xielu(_ layer: Int) throws -> XIELU {
            let path = architecture.family.path(ofLayer: layer) + ".mlp.act_fn"
            func number(_ name: String) throws -> Float {
                let value = try files.tensor("\(path).\(name)").floats()[0]
                guard value.isFinite else {
                    throw ModelError(.unsupported, "Tensor '\(path).\(name)' holds a number that is not finite.")
                }
                return value
            }
            return XIELU(
                p: try number("alpha_p"), n: try number("alpha_n"), beta: try number("beta"),
                epsilon: try number("eps"))
        }
        self.architecture = architecture
        self.files = files
        self.options = options
        rotary = RotaryTable.tables(architecture)
        let family = architecture.family
        embedding = try matrix(family.embeddingPath + ".weight")
        embeddingNorm =
            architecture.normsEmbeddings ? try named(family.embeddingNormPath, size: architecture.hiddenSize) : nil
        positions = architecture.learnsPositions ? try matrix(family.positionPath + ".weight") : nil
        head = LanguageHead(
            norm: try named(family.finalNormPath, size: architecture.hiddenSize),
            weight: FrozenMatrix(try matrix(family.headPath + ".weight"), options.head, room: room),
            bias: architecture.headBias ? try files.tensor(family.headPath + ".bias").floats() : nil,
            bound: LogitBound(divisor: architecture.logitDivisor, softcap: architecture.logitSoftcap))
        var layers: [DecoderLayer] = []
        let projections = architecture.projections
        let scale = architecture.attentionScale ?? 1 / Double(architecture.headSize).squareRoot()
        for index in 0..<architecture.layerCount {
            let seen = architecture.layerAttention[index]
            layers.append(
                DecoderLayer(
                    index: index,
                    norms: DecoderLayer.Norms(
                        beforeAttention: try norm(index, .beforeAttention),
                        afterAttention: try norm(index, .afterAttention), beforeMLP: try norm(index, .beforeMLP),
                        afterMLP: try norm(index, .afterMLP), query: try norm(index, .query) ?? bound,
                        key: try norm(index, .key) ?? bound, valueBound: architecture.projectionBound),
                    inputs: try projections.filter { !$0.isInMLP && $0 != .output }.map { try linear(index, $0) },
                    output: try linear(index, .output),
                    innerInputs: try projections.filter { $0.isInMLP && $0 != .down }.map { try linear(index, $0) },
                    down: try linear(index, .down),
                    attention: AttentionShape(
                        headCount: architecture.headCount, keyValueHeadCount: architecture.keyValueHeadCount,
                        headSize: architecture.attendedHeadSize, scale: Float(scale), window: seen.window,
                        softcap: architecture.attentionSoftcap,
                        // Positions need more digits than bf16 has.
                        isInHalves: options.products == .bf16 && architecture.positionBias == nil),
                    rotation: seen.rotation, activation: architecture.activation,
                    xielu: architecture.activation == .xielu ? try xielu(index) : nil,
                    residualScale: architecture.residualScale, shape: DecoderLayer.Shape(architecture)))
        }
        self.layers = layers
    }

    /// Checks that ids are ones of the vocabulary.
    ///
    /// - Throws: ``ModelError`` naming the first that is not.
    func validate(_ ids: [Int32], origin: String) throws(ModelError) {
        guard !ids.isEmpty else { throw ModelError(.invalidInput, "\(origin) has no tokens.") }
        guard positions == nil || ids.count <= architecture.maximumPositions else {
            throw ModelError(
                .invalidInput,
                "\(origin) has \(ids.count) tokens, but this model has learned \(architecture.maximumPositions) positions and "
                    + "knows no others. Shorten it (max_length).")
        }
        if let i = ids.firstIndex(where: { !(0..<Int32(clamping: architecture.vocabularySize)).contains($0) }) {
            throw ModelError(
                .invalidInput,
                "\(origin): token \(i) is \(ids[i]), but the vocabulary ends at \(architecture.vocabularySize - 1). "
                    + "Is it made with another model's tokenizer?")
        }
    }
}
