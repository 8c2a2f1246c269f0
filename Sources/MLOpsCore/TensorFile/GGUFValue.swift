/// A value of GGUF metadata, in the exact type the file gives it.
public enum GGUFValue: Sendable, Hashable {
    /// An unsigned 8-bit integer.
    case uint8(UInt8)
    /// A signed 8-bit integer.
    case int8(Int8)
    /// An unsigned 16-bit integer.
    case uint16(UInt16)
    /// A signed 16-bit integer.
    case int16(Int16)
    /// An unsigned 32-bit integer.
    case uint32(UInt32)
    /// A signed 32-bit integer.
    case int32(Int32)
    /// A binary32.
    case float32(Float)
    /// A truth value.
    case bool(Bool)
    /// Text.
    case string(String)
    /// A list whose elements have one type.
    case array(GGUFArray)
    /// An unsigned 64-bit integer.
    case uint64(UInt64)
    /// A signed 64-bit integer.
    case int64(Int64)
    /// A binary64.
    case float64(Double)
}

/// A list in GGUF metadata; its elements have one type.
public enum GGUFArray: Sendable, Hashable {
    /// Unsigned 8-bit integers.
    case uint8([UInt8])
    /// Signed 8-bit integers.
    case int8([Int8])
    /// Unsigned 16-bit integers.
    case uint16([UInt16])
    /// Signed 16-bit integers.
    case int16([Int16])
    /// Unsigned 32-bit integers.
    case uint32([UInt32])
    /// Signed 32-bit integers.
    case int32([Int32])
    /// Binary32 numbers.
    case float32([Float])
    /// Truth values.
    case bool([Bool])
    /// Texts.
    case string([String])
    /// Lists.
    case array([GGUFArray])
    /// Unsigned 64-bit integers.
    case uint64([UInt64])
    /// Signed 64-bit integers.
    case int64([Int64])
    /// Binary64 numbers.
    case float64([Double])
}

extension GGUFValue {
    /// The number, if this is a whole one that fits.
    public var int: Int? {
        switch self {
        case .uint8(let value): Int(value)
        case .int8(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint32(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint64(let value): Int(exactly: value)
        case .int64(let value): Int(value)
        default: nil
        }
    }

    /// The number, if this is one.
    public var double: Double? {
        switch self {
        case .float32(let value): Double(value)
        case .float64(let value): value
        default: int.map(Double.init)
        }
    }

    /// The text, if this is text.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The truth value, if this is one.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The texts, if this is a list of texts.
    public var strings: [String]? {
        guard case .array(.string(let values)) = self else { return nil }
        return values
    }

    /// The numbers, if this is a list of whole ones.
    public var ints: [Int]? {
        guard case .array(let array) = self else { return nil }
        switch array {
        case .uint8(let values): return values.map(Int.init)
        case .int8(let values): return values.map(Int.init)
        case .uint16(let values): return values.map(Int.init)
        case .int16(let values): return values.map(Int.init)
        case .uint32(let values): return values.map(Int.init)
        case .int32(let values): return values.map(Int.init)
        case .int64(let values): return values.map(Int.init)
        default: return nil
        }
    }
}

extension GGUFArray {
    /// How many elements it has.
    public var count: Int {
        switch self {
        case .uint8(let values): values.count
        case .int8(let values): values.count
        case .uint16(let values): values.count
        case .int16(let values): values.count
        case .uint32(let values): values.count
        case .int32(let values): values.count
        case .float32(let values): values.count
        case .bool(let values): values.count
        case .string(let values): values.count
        case .array(let values): values.count
        case .uint64(let values): values.count
        case .int64(let values): values.count
        case .float64(let values): values.count
        }
    }
}

/// The numbers GGUF files use for the types of metadata.
enum GGUFValueType: UInt32, CaseIterable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// The fewest bytes an element takes, which bounds how many a file can hold.
    var minimumSize: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .string: 8
        case .array: 12
        }
    }
}
