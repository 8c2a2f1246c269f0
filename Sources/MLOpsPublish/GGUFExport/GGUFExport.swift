public import Foundation
public import MLOpsCore
public import OrderedCollections

/// Writing of a merged model as one GGUF file that llama.cpp runs: weights, hyperparameters, tokenizer, chat template.
public struct GGUFExport: Sendable {
    /// What is written.
    public let model: MergedModel
    /// The type of the matrices.
    public let type: GGUFWeightType
    /// The metadata of the file.
    public let metadata: OrderedDictionary<String, GGUFValue>

    /// Prepares an export; everything that can be refused is refused here.
    ///
    /// - Parameter name: `general.name`; nil takes the base model's.
    /// - Throws: ``PublishError`` when GGUF cannot express the model, ``TokenizerError`` when it cannot express the
    ///   tokenizer, ``ModelFileError`` when a file of the base model cannot be read.
    public init(_ model: MergedModel, type: GGUFWeightType, name: String? = nil) throws {
        self.model = model
        self.type = type
        let architecture = model.architecture
        var metadata: OrderedDictionary<String, GGUFValue>
        if let source = model.base.ggufMetadata {
            metadata = source.filter { !GGUFRequantisation.isAboutTheFile($0.key) }
            if let name { metadata["general.name"] = .string(name) }
        } else {
            metadata = [
                "general.architecture": .string(architecture.family.ggufName),
                "general.type": .string("model"),
                "general.name": .string(name ?? model.base.url.standardizedFileURL.lastPathComponent),
                "general.size_label": .string(Self.sizeLabel(architecture)),
            ]
            metadata.merge(try GGUFHyperparameters.metadata(architecture)) { _, last in last }
            metadata.merge(try GGUFHyperparameters.activations(model)) { _, last in last }
            metadata.merge(try GGUFTokenizerMetadata.metadata(model.base)) { _, last in last }
        }
        metadata["general.file_type"] = .uint32(type.fileType)
        metadata["general.quantization_version"] = .uint32(2)
        self.metadata = metadata
    }

    /// The tensors of the file, in its order; their bytes are made when they are written.
    public var tensors: [TensorToWrite] {
        let architecture = model.architecture
        var shapes = architecture.tensorShapes
        // llama.cpp has none of these whose head is the embedding matrix.
        let isHeadNeeded = [.olmo2, .olmo3, .stablelm, .phi, .nemotron, .gptNeoX, .apertus].contains(
            architecture.family)
        if isHeadNeeded, architecture.tiedHead {
            shapes[architecture.family.headPath + ".weight"] = [architecture.vocabularySize, architecture.hiddenSize]
        }
        var tensors = GGUFRope.tensors(architecture).map {
            TensorToWrite(name: $0.name, shape: [$0.factors.count], floats: $0.factors)
        }
        for (name, shape) in shapes {
            guard let ggufName = GGUFNames.gguf(name, architecture) else { continue }
            if architecture.family == .graniteHybrid, ggufName.contains(".ffn_up.") {
                tensors += halves(of: name, ggufName: ggufName, shape: shape)
                continue
            }
            let elementType = type.elementType(of: shape)
            tensors.append(
                TensorToWrite(name: ggufName, elementType: elementType, shape: shape) { [model] in
                    try Self.bytes(name, of: model, shape: shape, as: elementType)
                })
        }
        return tensors
    }

    /// Gate and up, which llama.cpp's Granite has as two weights, of a weight that is both.
    private func halves(of name: String, ggufName: String, shape: [Int]) -> [TensorToWrite] {
        let (rows, type) = (shape[0] / 2, type.elementType(of: shape))
        return [("ffn_gate", 0), ("ffn_up", 1)].map { own, half in
            TensorToWrite(
                name: ggufName.replacing("ffn_up", with: own), elementType: type, shape: [rows, shape[1]]
            ) { [model] in
                // Rows are encoded one by one.
                let bytes = try model.bytes(name, as: type)
                return Array(bytes[half * bytes.count / 2..<(half + 1) * bytes.count / 2])
            }
        }
    }

    /// The bytes of a tensor in the order and with the values that llama.cpp expects.
    private static func bytes(
        _ name: String, of model: MergedModel, shape: [Int], as type: ElementType
    ) throws -> [UInt8] {
        let architecture = model.architecture
        if GGUFRows.areMoved(name, architecture) {
            let stored = TensorData(
                name: name, elementType: type, shape: shape, bytes: try model.bytes(name, as: type))
            return GGUFRows.gguf(stored, architecture).bytes()
        }
        let isNorm = name.hasSuffix("norm.weight") && architecture.normOffset != 0
        // The queries' last weights before the scores: those of their norm, or of their projection.
        let query = architecture.queryKeyNorm == .none ? ".q_proj." : ".q_norm."
        let scale = name.contains(query) ? GGUFHyperparameters.queryScale(architecture) : 1
        guard isNorm || scale != 1 else { return try model.bytes(name, as: type) }
        let offset = isNorm ? architecture.normOffset : 0
        return try EncodedTensor.bytes(try model.floats(name).map { ($0 + offset) * scale }, as: type, name: name)
    }

    /// Writes the file, whole or not at all.
    ///
    /// - Parameter progress: called before each tensor with its place and the count.
    /// - Throws: ``FileError``, ``PublishError`` when a number does not fit the type, `CancellationError`.
    public func write(to url: URL, progress: (Int, Int) -> Void = { _, _ in }) throws {
        try WholeFile.demandSeparate(url, from: [model.base.url.path(percentEncoded: false)])
        try GGUFWriter.write(metadata: metadata, tensors: tensors, to: url, progress: progress)
    }

    /// Returns the number of weights as a label: 135M, 1.2B.
    static func sizeLabel(_ architecture: DecoderArchitecture) -> String {
        let count = Double(architecture.tensorShapes.values.reduce(0) { $0 + $1.reduce(1, *) })
        let (scale, suffix): (Double, String) =
            switch count {
            case 1e12...: (1e12, "T")
            case 1e9...: (1e9, "B")
            case 1e6...: (1e6, "M")
            default: (1e3, "K")
            }
        let scaled = count / scale
        // At least two digits: 1.2B, 135M.
        guard scaled.rounded() < 10 else { return "\(Int(scaled.rounded()))\(suffix)" }
        return "\((scaled * 10).rounded() / 10)\(suffix)"
    }
}
