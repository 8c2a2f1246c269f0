public import Foundation
public import MLOpsCore
internal import OrderedCollections

/// Writing of a GGUF file's weights in another type; everything else in it stays as it is.
///
/// Works for any architecture, because no tensor is given a meaning: matrices change their type, the rest is copied.
public struct GGUFRequantisation: Sendable {
    /// What is read.
    public let source: GGUFFile
    /// The type of the matrices.
    public let type: GGUFWeightType

    /// Prepares a conversion.
    public init(_ source: GGUFFile, to type: GGUFWeightType) {
        self.source = source
        self.type = type
    }

    /// Whether an entry describes the encoding of one file, not the model.
    static func isAboutTheFile(_ key: String) -> Bool {
        key == "general.alignment" || key == "general.file_type" || key == "general.quantization_version"
            || key.hasPrefix("split.") || key.hasPrefix("quantize.")
    }

    /// Writes the file, whole or not at all.
    ///
    /// - Parameter progress: called before each tensor with its place and the count.
    /// - Throws: ``FileError``, ``PublishError`` when a number does not fit the type or the file is one of several,
    ///   `CancellationError`.
    public func write(to url: URL, progress: (Int, Int) -> Void = { _, _ in }) throws {
        if let parts = source.metadata["split.count"]?.int, parts > 1 {
            throw PublishError(.usage, "'\(source.path)' is one of \(parts) parts of a model. Join them first.")
        }
        var metadata = source.metadata.filter { !Self.isAboutTheFile($0.key) }
        metadata["general.file_type"] = .uint32(type.fileType)
        metadata["general.quantization_version"] = .uint32(2)
        let tensors = source.tensors.values.map { tensor in
            let target = type.elementType(of: tensor.shape)
            guard tensor.shape.count > 1, tensor.elementType.isReal, tensor.elementType != target else {
                return TensorToWrite(tensor)
            }
            return TensorToWrite(name: tensor.name, elementType: target, shape: tensor.shape) {
                try EncodedTensor.bytes(tensor.floats(), as: target, name: tensor.name)
            }
        }
        try GGUFWriter.write(metadata: metadata, tensors: tensors, to: url, progress: progress)
    }
}
