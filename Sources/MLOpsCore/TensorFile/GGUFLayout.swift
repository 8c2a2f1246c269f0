public import OrderedCollections

/// Everything about a GGUF file but its tensors' bytes: the header, and where each tensor goes.
///
/// See ``GGUFFile`` for the picture. Equal metadata and tensors give equal bytes; the order is the caller's.
public struct GGUFLayout: Sendable {
    /// What tensors' offsets are multiples of.
    public static let alignment = 32

    /// The file up to the tensor data, padded.
    public let header: [UInt8]
    /// The tensors, in the order of the file.
    public let tensors: [TensorToWrite]
    /// Where each tensor begins, counted from the tensor data.
    public let offsets: [Int]
    /// The size of the whole file.
    public let byteCount: Int

    /// Plans a file.
    ///
    /// - Precondition: no two tensors share a name, all have element types that GGUF knows and at most four dimensions,
    ///   and the metadata does not ask for another alignment.
    public init(metadata: OrderedDictionary<String, GGUFValue>, tensors: [TensorToWrite]) {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors share a name")
        precondition(metadata["general.alignment"].map { $0.int == Self.alignment } ?? true, "another alignment")
        var out = GGUFHeaderWriter()
        out.bytes += "GGUF".utf8
        out.add(3 as UInt32)
        out.add(UInt64(tensors.count))
        out.add(UInt64(metadata.count))
        for (key, value) in metadata {
            out.add(key)
            out.add(value)
        }
        var offsets: [Int] = []
        var position = 0
        for tensor in tensors {
            guard let code = tensor.elementType.ggufCode, tensor.shape.count <= 4 else {
                preconditionFailure("'\(tensor.name)' of \(tensor.shape) as \(tensor.elementType) has no place in GGUF")
            }
            out.add(tensor.name)
            out.add(UInt32(tensor.shape.count))
            for size in tensor.shape.reversed() { out.add(UInt64(size)) }
            out.add(code)
            out.add(UInt64(position))
            offsets.append(position)
            position = Self.padded(position + tensor.byteCount)
        }
        out.bytes += repeatElement(0, count: Self.padded(out.bytes.count) - out.bytes.count)
        header = out.bytes
        self.tensors = tensors
        self.offsets = offsets
        byteCount = header.count + position
    }

    /// Returns the next multiple of the alignment.
    static func padded(_ position: Int) -> Int { (position + alignment - 1) / alignment * alignment }
}

/// The bytes of a GGUF header, appended one value after the other.
private struct GGUFHeaderWriter {
    var bytes: [UInt8] = []

    mutating func add(_ value: some FixedWidthInteger & BitwiseCopyable) {
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes += $0 }
    }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    private mutating func add(_ type: GGUFValueType) { add(type.rawValue) }

    /// The type and the value.
    mutating func add(_ value: GGUFValue) {
        switch value {
        case .uint8(let value): tagged(.uint8, value)
        case .int8(let value): tagged(.int8, value)
        case .uint16(let value): tagged(.uint16, value)
        case .int16(let value): tagged(.int16, value)
        case .uint32(let value): tagged(.uint32, value)
        case .int32(let value): tagged(.int32, value)
        case .float32(let value): tagged(.float32, value.bitPattern)
        case .bool(let value): tagged(.bool, value ? 1 as UInt8 : 0)
        case .string(let value):
            add(.string)
            add(value)
        case .array(let value):
            add(.array)
            add(value)
        case .uint64(let value): tagged(.uint64, value)
        case .int64(let value): tagged(.int64, value)
        case .float64(let value): tagged(.float64, value.bitPattern)
        }
    }

    private mutating func tagged(_ type: GGUFValueType, _ value: some FixedWidthInteger & BitwiseCopyable) {
        add(type)
        add(value)
    }

    /// The element type, the count and the elements.
    private mutating func add(_ array: GGUFArray) {
        func start(_ type: GGUFValueType) {
            add(type)
            add(UInt64(array.count))
        }
        switch array {
        case .uint8(let values):
            start(.uint8)
            for value in values { add(value) }
        case .int8(let values):
            start(.int8)
            for value in values { add(value) }
        case .uint16(let values):
            start(.uint16)
            for value in values { add(value) }
        case .int16(let values):
            start(.int16)
            for value in values { add(value) }
        case .uint32(let values):
            start(.uint32)
            for value in values { add(value) }
        case .int32(let values):
            start(.int32)
            for value in values { add(value) }
        case .float32(let values):
            start(.float32)
            for value in values { add(value.bitPattern) }
        case .bool(let values):
            start(.bool)
            for value in values { add(value ? 1 as UInt8 : 0) }
        case .string(let values):
            start(.string)
            for value in values { add(value) }
        case .array(let values):
            start(.array)
            for value in values { add(value) }
        case .uint64(let values):
            start(.uint64)
            for value in values { add(value) }
        case .int64(let values):
            start(.int64)
            for value in values { add(value) }
        case .float64(let values):
            start(.float64)
            for value in values { add(value.bitPattern) }
        }
    }
}
