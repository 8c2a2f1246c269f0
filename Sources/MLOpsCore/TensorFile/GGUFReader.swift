/// A cursor over a GGUF file's header; every step is checked against the end of the file.
struct GGUFReader {
    /// How deeply lists may nest: the format allows any depth, no known file uses more than one.
    static let maximumDepth = 8

    private let file: MappedFile
    /// The byte that is read next.
    private(set) var position = 0

    init(_ file: MappedFile) { self.file = file }

    func failure(_ defect: TensorFileError.Defect) -> TensorFileError { TensorFileError(file: file.path, defect) }

    /// Claims the next `count` bytes.
    private mutating func take(_ count: Int, _ what: @autoclosure () -> String) throws(TensorFileError) -> Range<Int> {
        guard count <= file.count - position else {
            throw failure(.truncated(what: what(), offset: position, needed: count, fileSize: file.count))
        }
        defer { position += count }
        return position..<position + count
    }

    mutating func bytes(_ count: Int, _ what: @autoclosure () -> String) throws(TensorFileError) -> [UInt8] {
        let range = try take(count, what())
        return unsafe file.withBytes(range) { unsafe Array($0) }
    }

    mutating func integer<I: FixedWidthInteger & BitwiseCopyable>(
        _ what: @autoclosure () -> String
    ) throws(TensorFileError) -> I {
        let range = try take(MemoryLayout<I>.size, what())
        return unsafe file.withBytes(range) { unsafe I(littleEndian: $0.loadUnaligned(as: I.self)) }
    }

    /// Reads a count of things that take at least `elementSize` bytes each, and refuses more than the file could hold.
    mutating func count(_ what: @autoclosure () -> String, elementSize: Int) throws(TensorFileError) -> Int {
        let offset = position
        let count: UInt64 = try integer(what())
        let limit = UInt64((file.count - position) / elementSize)
        guard count <= limit else { throw failure(.count(what: what(), count: count, limit: limit, offset: offset)) }
        return Int(count)
    }

    mutating func text(_ what: @autoclosure () -> String, limit: Int = .max) throws(TensorFileError) -> String {
        let offset = position
        let length = try count("the length of \(what())", elementSize: 1)
        guard length <= limit else {
            throw failure(
                .count(what: "the length of \(what())", count: UInt64(length), limit: UInt64(limit), offset: offset))
        }
        let range = try take(length, what())
        let text = unsafe file.withBytes(range) { bytes -> String? in
            // Not through generic code, which matters for a hundred thousand tokens.
            let span = unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self))
            guard let valid = try? UTF8Span(validating: span) else { return nil }
            return String(copying: valid)
        }
        guard let text else { throw failure(.text(what: what(), offset: range.lowerBound)) }
        return text
    }

    private mutating func type(of key: String) throws(TensorFileError) -> GGUFValueType {
        let offset = position
        let code: UInt32 = try integer("the type of metadata '\(key)'")
        guard let type = GGUFValueType(rawValue: code) else {
            throw failure(.valueType(key: key, type: code, offset: offset))
        }
        return type
    }

    /// Reads a type and a value of it.
    mutating func value(of key: String) throws(TensorFileError) -> GGUFValue {
        switch try type(of: key) {
        case .uint8: .uint8(try integer(key))
        case .int8: .int8(try integer(key))
        case .uint16: .uint16(try integer(key))
        case .int16: .int16(try integer(key))
        case .uint32: .uint32(try integer(key))
        case .int32: .int32(try integer(key))
        case .float32: .float32(Float(bitPattern: try integer(key)))
        case .bool: .bool(try bool(key))
        case .string: .string(try text("metadata '\(key)'"))
        case .array: .array(try array(key, depth: 1))
        case .uint64: .uint64(try integer(key))
        case .int64: .int64(try integer(key))
        case .float64: .float64(Double(bitPattern: try integer(key)))
        }
    }

    private mutating func bool(_ key: String) throws(TensorFileError) -> Bool {
        let offset = position
        let byte: UInt8 = try integer(key)
        guard byte <= 1 else {
            throw failure(.value(key: key, reason: "a truth value is \(byte), not 0 or 1", offset: offset))
        }
        return byte == 1
    }

    private mutating func array(_ key: String, depth: Int) throws(TensorFileError) -> GGUFArray {
        guard depth <= Self.maximumDepth else { throw failure(.depth(key: key, offset: position)) }
        let type = try type(of: key)
        let count = try count("the length of metadata '\(key)'", elementSize: type.minimumSize)
        return switch type {
        case .uint8: .uint8(try integers(key, count))
        case .int8: .int8(try integers(key, count))
        case .uint16: .uint16(try integers(key, count))
        case .int16: .int16(try integers(key, count))
        case .uint32: .uint32(try integers(key, count))
        case .int32: .int32(try integers(key, count))
        case .float32: .float32(try integers(key, count).map { Float(bitPattern: $0) })
        case .bool: .bool(try list(count) { reader throws(TensorFileError) in try reader.bool(key) })
        case .string:
            .string(
                try list(count) { reader throws(TensorFileError) in try reader.text("an element of metadata '\(key)'") }
            )
        case .array:
            .array(try list(count) { reader throws(TensorFileError) in try reader.array(key, depth: depth + 1) })
        case .uint64: .uint64(try integers(key, count))
        case .int64: .int64(try integers(key, count))
        case .float64: .float64(try integers(key, count).map { Double(bitPattern: $0) })
        }
    }

    private mutating func integers<I: FixedWidthInteger & BitwiseCopyable>(
        _ key: String, _ count: Int
    ) throws(TensorFileError) -> [I] {
        // No overflow: `count` was checked against the bytes that are left.
        let range = try take(count * MemoryLayout<I>.size, "metadata '\(key)'")
        return unsafe file.withBytes(range) { bytes in
            (0..<count).map { index in
                unsafe I(littleEndian: bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<I>.size, as: I.self))
            }
        }
    }

    private mutating func list<Element>(
        _ count: Int, _ element: (inout GGUFReader) throws(TensorFileError) -> Element
    ) throws(TensorFileError) -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    /// Reads the description of a tensor.
    mutating func tensorInfo() throws(TensorFileError) -> GGUFFile.TensorInfo {
        let name = try text("a tensor's name", limit: 65535)
        let what = "the description of tensor '\(name)'"
        let dimensions: UInt32 = try integer(what)
        guard dimensions <= 4 else {
            throw failure(
                .count(
                    what: "the number of dimensions of tensor '\(name)'", count: UInt64(dimensions), limit: 4,
                    offset: position - 4))
        }
        var shape: [Int] = []
        for _ in 0..<dimensions {
            let size: UInt64 = try integer(what)
            shape.insert(Int(exactly: size) ?? -1, at: 0)
        }
        let code: UInt32 = try integer(what)
        let offset: UInt64 = try integer(what)
        guard let type = ElementType(ggufCode: code) else {
            throw failure(.elementType(tensor: name, type: ElementType.nameOfUnsupported(ggufCode: code)))
        }
        guard let byteCount = type.byteCount(of: shape) else {
            throw failure(.shape(tensor: name, shape: shape, type: type.rawValue))
        }
        return GGUFFile.TensorInfo(name: name, type: type, shape: shape, byteCount: byteCount, offset: offset)
    }
}
