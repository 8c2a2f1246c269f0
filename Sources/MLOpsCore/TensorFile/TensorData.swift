/// A tensor as it lies on disk: a name, a shape and bytes that are mapped or owned.
///
/// Nothing is converted before it is asked for: weights stay in their stored type.
public struct TensorData: Sendable {
    private enum Storage: Sendable {
        case mapped(MappedFile, Range<Int>)
        case owned([UInt8])
        case numbers([Float], Range<Int>)
    }

    /// The tensor's name in its file, or in the model it belongs to.
    public let name: String
    /// How its numbers are stored.
    public let elementType: ElementType
    /// Its dimensions, outermost first; rows (the last dimension) are contiguous.
    public let shape: [Int]
    private let storage: Storage

    /// Creates a tensor over a range of a mapped file.
    ///
    /// - Precondition: the range is as long as the shape and type need, and lies in the file.
    package init(name: String, elementType: ElementType, shape: [Int], file: MappedFile, range: Range<Int>) {
        precondition(
            elementType.byteCount(of: shape) == range.count, "\(shape) of \(elementType) in \(range.count) bytes")
        self.name = name
        self.elementType = elementType
        self.shape = shape
        storage = .mapped(file, range)
    }

    /// Creates a tensor that owns its bytes.
    ///
    /// - Precondition: `bytes` are as many as the shape and type need.
    public init(name: String, elementType: ElementType, shape: [Int], bytes: [UInt8]) {
        precondition(
            elementType.byteCount(of: shape) == bytes.count, "\(shape) of \(elementType) in \(bytes.count) bytes")
        self.name = name
        self.elementType = elementType
        self.shape = shape
        storage = .owned(bytes)
    }

    /// Creates a tensor of binary32 numbers.
    ///
    /// - Precondition: `floats` are as many as the shape holds.
    public init(name: String, shape: [Int], floats: [Float]) {
        self.init(name: name, elementType: .f32, shape: shape, bytes: ElementEncoding.bytes(floats, as: .f32))
    }

    /// Creates a tensor over a range of an array of binary32 numbers, which it shares until one of both is changed.
    ///
    /// - Precondition: `range` lies in `numbers` and is as long as the shape needs.
    public init(name: String, shape: [Int], numbers: [Float], range: Range<Int>) {
        precondition(
            ElementType.f32.byteCount(of: shape) == 4 * range.count && range.lowerBound >= 0
                && range.upperBound <= numbers.count, "\(shape) in \(range) of \(numbers.count) numbers")
        self.init(name: name, elementType: .f32, shape: shape, storage: .numbers(numbers, range))
    }

    /// The same bytes under another name.
    public func renamed(_ name: String) -> TensorData {
        TensorData(name: name, elementType: elementType, shape: shape, storage: storage)
    }

    /// The same bytes seen in another shape of as many elements.
    ///
    /// - Precondition: both shapes take as many bytes.
    public func reshaped(_ shape: [Int]) -> TensorData {
        precondition(elementType.byteCount(of: shape) == byteCount, "\(self.shape) as \(shape)")
        return TensorData(name: name, elementType: elementType, shape: shape, storage: storage)
    }

    private init(name: String, elementType: ElementType, shape: [Int], storage: Storage) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.storage = storage
    }

    /// How many numbers it holds.
    public var elementCount: Int { shape.reduce(1, *) }  // the initializers proved that this does not overflow

    /// How many bytes they take.
    public var byteCount: Int {
        switch storage {
        case .mapped(_, let range): range.count
        case .owned(let bytes): bytes.count
        case .numbers(_, let range): 4 * range.count
        }
    }

    /// How many of them lie in a file that is mapped into memory.
    package var mappedByteCount: Int {
        if case .mapped(_, let range) = storage { range.count } else { 0 }
    }

    /// How many rows it has: the product of all dimensions but the last.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }

    /// How many numbers a row has: the last dimension, 1 for a scalar.
    public var rowLength: Int { shape.last ?? 1 }

    /// How many bytes a row takes.
    public var rowByteCount: Int { rowLength / elementType.elementsPerBlock * elementType.bytesPerBlock }

    /// Calls `body` with the stored bytes, which may not be aligned and are valid until it returns.
    public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        switch storage {
        case .mapped(let file, let range): try unsafe file.withBytes(range, body)
        case .owned(let bytes): try unsafe Self.withBytes(of: bytes, 0..<bytes.count, body)
        case .numbers(let numbers, let range):
            // The initializer proved that the range lies in the array.
            try unsafe Self.withBytes(of: numbers, 4 * range.lowerBound..<4 * range.upperBound, body)
        }
    }

    /// Tells the system that the mapped bytes will not be read soon, so that they need not stay in memory.
    package func releasePages() {
        releasePages(rows: 0..<rowCount)
    }

    /// Tells it of the bytes of some rows.
    package func releasePages(rows: Range<Int>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(shape)")
        guard case .mapped(let file, let range) = storage else { return }
        let (start, end) = (rows.lowerBound * rowByteCount, rows.upperBound * rowByteCount)
        file.releasePages(range.lowerBound + start..<range.lowerBound + end)
    }

    private static func withBytes<R, E: Error>(
        of elements: [some BitwiseCopyable], _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        // `Array.withUnsafeBytes` is not yet typed in what it throws.
        let result: Result<R, E> = unsafe elements.withUnsafeBytes { buffer in
            let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[range])
            do throws(E) { return .success(try unsafe body(part)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Returns a copy of the stored bytes.
    public func bytes() -> [UInt8] {
        unsafe withBytes { unsafe Array($0) }
    }

    /// Returns all numbers as binary32, dequantised.
    ///
    /// - Complexity: O(elements).
    public func floats() -> [Float] {
        floats(rows: 0..<rowCount)
    }

    /// Returns the numbers of `rows` as binary32, dequantised.
    ///
    /// - Precondition: `rows` are rows of the tensor.
    /// - Complexity: O(elements in the rows).
    public func floats(rows: Range<Int>) -> [Float] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
        let count = rows.count * rowLength
        let bytesPerRow = rowByteCount
        return unsafe withBytes { buffer in
            let part = unsafe UnsafeRawBufferPointer(
                rebasing: buffer[rows.lowerBound * bytesPerRow..<rows.upperBound * bytesPerRow])
            return unsafe [Float](unsafeUninitializedCapacity: count) { out, initialised in
                unsafe ElementDecoding.decode(part, as: elementType, into: out)
                initialised = count
            }
        }
    }

    /// Writes the numbers of `rows` as binary32 into `out`, dequantised.
    ///
    /// - Precondition: `rows` are rows of the tensor and `out` holds exactly their numbers.
    public func copyFloats(rows: Range<Int>, into out: UnsafeMutableBufferPointer<Float>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
        precondition(out.count == rows.count * rowLength, "\(out.count) numbers for \(rows.count) rows of \(rowLength)")
        let bytesPerRow = rowByteCount
        unsafe withBytes { buffer in
            let part = unsafe UnsafeRawBufferPointer(
                rebasing: buffer[rows.lowerBound * bytesPerRow..<rows.upperBound * bytesPerRow])
            unsafe ElementDecoding.decode(part, as: elementType, into: out)
        }
    }
}
