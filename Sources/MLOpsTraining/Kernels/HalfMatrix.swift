/// Memory for 16-bit numbers, aligned to a cache line.
///
/// Unchecked: it is written by the task that made it, before anybody else sees it (packed weights, which are kept), or belongs to
/// a workspace, which is used by one pass at a time. Raw memory never leaves it except for the length of a kernel's call.
@safe final class HalfStorage: @unchecked Sendable {
    let count: Int
    /// Valid for `count` numbers as long as `self` lives.
    let base: UnsafeMutablePointer<UInt16>
    /// Whose memory it is, when it is not its own.
    private let owner: FloatStorage?

    init(count: Int) {
        self.count = count
        owner = nil
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, count) * MemoryLayout<UInt16>.stride, alignment: 64)
        unsafe base = bytes.bindMemory(to: UInt16.self, capacity: max(1, count))
    }

    /// The memory of floats, which nobody takes for floats as long as `self` lives.
    init(in floats: FloatStorage) {
        count = 2 * floats.count
        owner = floats
        unsafe base = floats.takenForHalves()
    }

    deinit {
        if let owner { owner.takeForFloats() } else { unsafe UnsafeMutableRawPointer(base).deallocate() }
    }
}

/// Rows × columns of bf16 numbers, the left side of a product.
struct HalfMatrix {
    let storage: HalfStorage
    /// Where the first row begins.
    let offset: Int
    let rows: Int
    let columns: Int
    let stride: Int

    /// The distance of rows that products like: room for whole vectors, and not a power of two, whose rows would fall on each
    /// other in the first cache.
    static func stride(columns: Int) -> Int { (columns + 31) / 32 * 32 + 32 }

    init(storage: HalfStorage, offset: Int = 0, rows: Int, columns: Int, stride: Int) {
        precondition(
            rows >= 0 && columns >= 0 && offset >= 0 && offset + (columns + 15) / 16 * 16 <= stride
                && rows * stride <= storage.count,
            "\(rows)×\(columns) at \(offset) by \(stride) in \(storage.count)")
        self.storage = storage
        self.offset = offset
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// Some of the columns, which still lie where they did.
    func columns(_ range: Range<Int>) -> HalfMatrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        return HalfMatrix(
            storage: storage, offset: offset + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }
}

/// A matrix of `outputs` × `k` bf16 numbers in the order in which products read it; see bodies/bf16.h.
struct PackedMatrix: Sendable {
    let storage: HalfStorage
    /// Where the first panel begins.
    let offset: Int
    let outputs: Int
    /// What products sum over.
    let k: Int

    init(storage: HalfStorage, offset: Int = 0, outputs: Int, k: Int) {
        precondition(
            offset >= 0 && outputs >= 0 && k >= 0
                && offset + Self.elementCount(outputs: outputs, k: k) <= storage.count,
            "\(outputs)×\(k) from \(offset) of \(storage.count)")
        self.storage = storage
        self.offset = offset
        self.outputs = outputs
        self.k = k
    }

    /// Memory for a matrix that is packed later.
    init(outputs: Int, k: Int) {
        self.init(storage: HalfStorage(count: Self.elementCount(outputs: outputs, k: k)), outputs: outputs, k: k)
    }

    /// Outputs of a panel.
    static let panel = 48

    /// Numbers that a packed matrix takes.
    static func elementCount(outputs: Int, k: Int) -> Int { (outputs + panel - 1) / panel * panel * ((k + 1) / 2 * 2) }

    /// Some of the outputs, from the beginning of a panel on.
    func outputs(_ range: Range<Int>) -> PackedMatrix {
        precondition(
            range.lowerBound.isMultiple(of: Self.panel) && range.upperBound <= outputs, "\(range) of \(outputs)")
        return PackedMatrix(
            storage: storage, offset: offset + Self.elementCount(outputs: range.lowerBound, k: k), outputs: range.count,
            k: k)
    }
}
