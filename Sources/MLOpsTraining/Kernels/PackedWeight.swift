internal import MLOpsCore

/// A weight in an order in which products read it, in memory of 16-bit numbers.
protocol PackedWeight: Sendable {
    /// Rows that a part of a weight must have a multiple of, but for its last part.
    static var rowMultiple: Int { get }
    /// Numbers of 16 bits that it takes.
    static func elementCount(outputs: Int, k: Int) -> Int
    /// Packs some rows of a stored matrix, which are the outputs.
    init(_ rows: Range<Int>, of stored: TensorData, in storage: HalfStorage)
}

extension PackedMatrix: PackedWeight {
    static var rowMultiple: Int { panel }

    init(_ rows: Range<Int>, of stored: TensorData, in storage: HalfStorage) {
        self = Kernels.pack(rows, of: stored, into: storage)
    }
}

extension ScaledMatrix: PackedWeight {
    static var rowMultiple: Int { block }

    init(_ rows: Range<Int>, of stored: TensorData, in storage: HalfStorage) {
        self.init(storage: storage, outputs: rows.count, k: stored.rowLength)
        Kernels.pack(rows, of: stored, into: self)
    }
}
