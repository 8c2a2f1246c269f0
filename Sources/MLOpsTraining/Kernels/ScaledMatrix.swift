/// Rows × columns of whole numbers of 16 bits, the left side of a product: 96 neighbours of a row share a scale, which stands behind the
/// row's numbers. See bodies/scaled.h.
struct ScaledRows {
    let storage: HalfStorage
    let rows: Int
    let columns: Int

    var stride: Int { Self.stride(columns: columns) }

    init(storage: HalfStorage, rows: Int, columns: Int) {
        precondition(
            rows >= 0 && columns >= 0 && rows * Self.stride(columns: columns) <= storage.count,
            "\(rows)×\(columns) in \(storage.count)")
        self.storage = storage
        self.rows = rows
        self.columns = columns
    }

    /// The distance of rows: room for whole blocks and their scales of four bytes, whole cache lines, and not a power of two, whose rows
    /// would fall on each other in the first cache.
    static func stride(columns: Int) -> Int {
        let blocks = ScaledMatrix.blocks(columns)
        return (blocks * ScaledMatrix.block + 2 * blocks + 31) / 32 * 32 + 32
    }
}

/// A matrix of `outputs` × `k` whole numbers of 16 bits in the order in which products read it, of which blocks share a scale: see
/// bodies/scaled.h.
struct ScaledMatrix: Sendable {
    let storage: HalfStorage
    let outputs: Int
    /// What products sum over.
    let k: Int

    /// Rows and columns of a block.
    static let block = 96

    init(storage: HalfStorage, outputs: Int, k: Int) {
        precondition(
            outputs >= 0 && k >= 0 && Self.elementCount(outputs: outputs, k: k) <= storage.count,
            "\(outputs)×\(k) in \(storage.count)")
        self.storage = storage
        self.outputs = outputs
        self.k = k
    }

    static func blocks(_ count: Int) -> Int { (count + block - 1) / block }

    /// Numbers of a packed matrix, before its scales.
    static func numberCount(outputs: Int, k: Int) -> Int { blocks(outputs) * blocks(k) * block * block }

    static func elementCount(outputs: Int, k: Int) -> Int {
        numberCount(outputs: outputs, k: k) + 2 * blocks(outputs) * blocks(k)
    }
}
