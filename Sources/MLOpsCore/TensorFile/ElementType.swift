/// How the numbers of a tensor are stored: plain elements, or blocks of quantised ones.
///
/// The raw values are the names that safetensors and GGUF files use.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// IEEE 754 binary64.
    case f64 = "F64"
    /// IEEE 754 binary32.
    case f32 = "F32"
    /// IEEE 754 binary16.
    case f16 = "F16"
    /// The upper half of a binary32.
    case bf16 = "BF16"
    /// Eight bits: sign, 4 of exponent, 3 of fraction; no infinities.
    case f8E4M3 = "F8_E4M3"
    /// Eight bits: sign, 5 of exponent, 2 of fraction.
    case f8E5M2 = "F8_E5M2"
    /// Signed 64-bit integers.
    case i64 = "I64"
    /// Signed 32-bit integers.
    case i32 = "I32"
    /// Signed 16-bit integers.
    case i16 = "I16"
    /// Signed 8-bit integers.
    case i8 = "I8"
    /// Unsigned 64-bit integers.
    case u64 = "U64"
    /// Unsigned 32-bit integers.
    case u32 = "U32"
    /// Unsigned 16-bit integers.
    case u16 = "U16"
    /// Unsigned 8-bit integers.
    case u8 = "U8"
    /// A byte that is 0 or 1.
    case bool = "BOOL"
    /// 32 elements: scale, 4-bit numbers around 8.
    case q4_0 = "Q4_0"
    /// 32 elements: scale, minimum, 4-bit numbers.
    case q4_1 = "Q4_1"
    /// 32 elements: scale, 5-bit numbers around 16.
    case q5_0 = "Q5_0"
    /// 32 elements: scale, minimum, 5-bit numbers.
    case q5_1 = "Q5_1"
    /// 32 elements: scale, 8-bit numbers.
    case q8_0 = "Q8_0"
    /// 256 elements in 16 groups: 4-bit scales and minima, 2-bit numbers.
    case q2_K = "Q2_K"
    /// 256 elements in 16 groups: 6-bit scales, 3-bit numbers.
    case q3_K = "Q3_K"
    /// 256 elements in 8 groups: 6-bit scales and minima, 4-bit numbers.
    case q4_K = "Q4_K"
    /// 256 elements in 8 groups: 6-bit scales and minima, 5-bit numbers.
    case q5_K = "Q5_K"
    /// 256 elements in 16 groups: 8-bit scales, 6-bit numbers.
    case q6_K = "Q6_K"
    /// 256 elements: a binary32 scale, 8-bit numbers and their sums.
    case q8_K = "Q8_K"

    /// How many elements are stored together; 1 unless quantised.
    public var elementsPerBlock: Int {
        switch self {
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .q8_K: 256
        default: 1
        }
    }

    /// How many bytes ``elementsPerBlock`` elements take.
    public var bytesPerBlock: Int {
        switch self {
        case .f64, .i64, .u64: 8
        case .f32, .i32, .u32: 4
        case .f16, .bf16, .i16, .u16: 2
        case .f8E4M3, .f8E5M2, .i8, .u8, .bool: 1
        case .q4_0: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q2_K: 84
        case .q3_K: 110
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        case .q8_K: 292
        }
    }

    /// Whether elements are stored in quantised blocks.
    public var isQuantised: Bool { elementsPerBlock > 1 }

    /// Whether elements are (possibly quantised) real numbers rather than integers or truth values.
    public var isReal: Bool {
        switch self {
        case .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool: false
        default: true
        }
    }

    /// Returns the bytes that a tensor of `shape` (outermost first) takes.
    ///
    /// - Returns: nil when the count overflows, a dimension is negative, or the rows are not whole blocks.
    public func byteCount(of shape: [Int]) -> Int? {
        guard let elements = Self.elementCount(of: shape) else { return nil }
        guard elementsPerBlock == 1 || (shape.last ?? 1).isMultiple(of: elementsPerBlock) else { return nil }
        let (bytes, overflow) = (elements / elementsPerBlock).multipliedReportingOverflow(by: bytesPerBlock)
        return overflow ? nil : bytes
    }

    /// Returns the product of `shape`, or nil when it overflows or a dimension is negative.
    static func elementCount(of shape: [Int]) -> Int? {
        var count = 1
        for dimension in shape {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }
}
