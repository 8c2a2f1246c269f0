/// A tensor of a file that is about to be written: its description now, its bytes when their turn comes.
public struct TensorToWrite: Sendable {
    /// The name in the file.
    public let name: String
    /// How its numbers are stored.
    public let elementType: ElementType
    /// Its dimensions, outermost first.
    public let shape: [Int]
    /// How many bytes it takes.
    public let byteCount: Int
    private let makeBytes: @Sendable () throws -> [UInt8]

    /// Describes a tensor whose bytes are made when they are written, so that one tensor at a time is in memory.
    ///
    /// - Precondition: the shape is possible for the type; `bytes` returns as many bytes as both need.
    public init(name: String, elementType: ElementType, shape: [Int], bytes: @escaping @Sendable () throws -> [UInt8]) {
        guard let count = elementType.byteCount(of: shape) else {
            preconditionFailure("'\(name)' cannot have the shape \(shape) as \(elementType)")
        }
        self.name = name
        self.elementType = elementType
        self.shape = shape
        byteCount = count
        makeBytes = bytes
    }

    /// Describes a tensor written as it lies.
    public init(_ tensor: TensorData) {
        self.init(name: tensor.name, elementType: tensor.elementType, shape: tensor.shape) { tensor.bytes() }
    }

    /// Describes a tensor of `floats`, stored as `elementType`.
    ///
    /// - Precondition: ``ElementEncoding/canEncode(_:)`` holds for the type, and the shape holds as many numbers.
    public init(name: String, elementType: ElementType = .f32, shape: [Int], floats: [Float]) {
        self.init(name: name, elementType: elementType, shape: shape) { ElementEncoding.bytes(floats, as: elementType) }
    }

    /// Returns the bytes.
    func bytes() throws -> [UInt8] {
        let bytes = try makeBytes()
        precondition(bytes.count == byteCount, "'\(name)' has \(bytes.count) bytes, not \(byteCount)")
        return bytes
    }
}
