public import MLOpsCore

/// The types a GGUF file's matrices can be written in, by llama.cpp's names.
public enum GGUFWeightType: String, Sendable, Hashable, CaseIterable {
    /// binary32
    case f32 = "F32"
    /// binary16
    case f16 = "F16"
    /// bfloat16
    case bf16 = "BF16"
    /// Blocks of 32 with 8-bit numbers.
    case q8_0 = "Q8_0"

    /// Finds a type by its name, in upper or lower case.
    ///
    /// - Throws: ``PublishError`` naming the types there are.
    public init(named name: String) throws(PublishError) {
        guard let type = Self(rawValue: name.uppercased()) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw PublishError(.usage, "The type '\(name)' cannot be written; \(names) can.")
        }
        self = type
    }

    /// The elements' type.
    public var elementType: ElementType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .q8_0: .q8_0
        }
    }

    /// The number in `general.file_type`.
    var fileType: UInt32 {
        switch self {
        case .f32: 0
        case .f16: 1
        case .q8_0: 7
        case .bf16: 32
        }
    }

    /// Returns what a tensor of `shape` is written in.
    ///
    /// Norms and biases stay F32; rows that are not whole blocks are written as F16, as llama.cpp's converter does it.
    public func elementType(of shape: [Int]) -> ElementType {
        guard shape.count > 1 else { return .f32 }
        return elementType.byteCount(of: shape) == nil ? .f16 : elementType
    }
}
