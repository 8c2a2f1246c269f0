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
    /// Hands out the bytes, some at a time.
    private let giveBytes: @Sendable (([UInt8]) throws -> Void) throws -> Void

    /// Describes a tensor whose bytes are made when they are written, so that one tensor at a time is in memory.
    ///
    /// - Precondition: the shape is possible for the type; `bytes` returns as many bytes as both need.
    public init(name: String, elementType: ElementType, shape: [Int], bytes: @escaping @Sendable () throws -> [UInt8]) {
        self.init(name: name, elementType: elementType, shape: shape, pieces: { try $0(bytes()) })
    }

    private init(
        name: String, elementType: ElementType, shape: [Int],
        pieces: @escaping @Sendable (([UInt8]) throws -> Void) throws -> Void
    ) {
        guard let count = elementType.byteCount(of: shape) else {
            preconditionFailure("'\(name)' cannot have the shape \(shape) as \(elementType)")
        }
        self.name = name
        self.elementType = elementType
        self.shape = shape
        byteCount = count
        giveBytes = pieces
    }

    /// Describes a tensor written as it lies.
    public init(_ tensor: TensorData) {
        self.init(name: tensor.name, elementType: tensor.elementType, shape: tensor.shape) { tensor.bytes() }
    }

    /// Describes a tensor of `floats`, stored as `elementType`.
    ///
    /// - Parameter range: which of them; nil: all. They are encoded some megabytes at a time.
    /// - Precondition: ``ElementEncoding/canEncode(_:)`` holds for the type, and the shape holds as many numbers.
    public init(
        name: String, elementType: ElementType = .f32, shape: [Int], floats: [Float], range: Range<Int>? = nil
    ) {
        let range = range ?? floats.indices
        self.init(
            name: name, elementType: elementType, shape: shape,
            pieces: { append in
                for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceCount) {
                    let part = floats[start..<min(range.upperBound, start + Self.pieceCount)]
                    try append(ElementEncoding.bytes(Array(part), as: elementType))
                }
            })
    }

    /// Numbers of a piece, whole blocks of every type.
    private static let pieceCount = 1 << 20

    /// Calls `body` with the bytes, some at a time.
    ///
    /// - Throws: what making them and what `body` throws.
    func withBytes(_ body: ([UInt8]) throws -> Void) throws {
        var count = 0
        try giveBytes {
            count += $0.count
            try body($0)
        }
        precondition(count == byteCount, "'\(name)' has \(count) bytes, not \(byteCount)")
    }
}
