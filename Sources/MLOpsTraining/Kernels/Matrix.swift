internal import MLOpsCore

/// Memory for floats, aligned to a cache line, shared by the matrices that look into it.
///
/// The one owner of raw memory in this module: allocated once, freed with the last reference, never handed out except to the
/// kernels, which check every range against `count` first.
@safe final class FloatStorage {
    let count: Int
    /// Valid for `count` floats as long as `self` lives.
    fileprivate let base: UnsafeMutableRawPointer

    init(count: Int) {
        self.count = count
        unsafe base = .allocate(byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: 64)
        unsafe base.bindMemory(to: Float.self, capacity: max(1, count))
    }

    deinit { unsafe base.deallocate() }
}

/// Rows × columns of floats in shared memory, row by row with a fixed distance.
///
/// A view with reference semantics, as the buffers of a pass need it: `q`, `k` and `v` of a layer, the last columns of a wider
/// buffer, the B of one module. It never leaves the task that made it.
struct Matrix {
    let storage: FloatStorage
    let offset: Int
    let rows: Int
    let columns: Int
    /// The distance between the beginnings of two rows.
    let stride: Int

    init(storage: FloatStorage, offset: Int, rows: Int, columns: Int, stride: Int) {
        precondition(
            rows >= 0 && columns >= 0 && offset >= 0 && columns <= stride
                && (rows == 0 || offset + (rows - 1) * stride + columns <= storage.count),
            "\(rows)×\(columns) by \(stride) from \(offset) of \(storage.count) floats")
        self.storage = storage
        self.offset = offset
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// Creates a matrix with memory of its own, which is not set to anything.
    init(rows: Int, columns: Int) {
        self.init(
            storage: FloatStorage(count: rows * columns), offset: 0, rows: rows, columns: columns, stride: columns)
    }

    /// Creates a matrix of given elements, row by row.
    init(_ elements: [Float], rows: Int, columns: Int) {
        precondition(elements.count == rows * columns, "\(elements.count) elements, not \(rows)×\(columns)")
        self.init(rows: rows, columns: columns)
        Kernels.copy(elements, into: self)
    }

    /// Where the first row begins. Valid for the rows of this view while `storage` lives.
    var pointer: UnsafeMutablePointer<Float> {
        unsafe storage.base.assumingMemoryBound(to: Float.self) + offset
    }

    /// Some of the columns.
    func columns(_ range: Range<Int>) -> Matrix {
        precondition(range.upperBound <= columns, "columns \(range) of \(columns)")
        return Matrix(
            storage: storage, offset: offset + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// Some of the rows.
    func rows(_ range: Range<Int>) -> Matrix {
        precondition(range.upperBound <= rows, "rows \(range) of \(rows)")
        return Matrix(
            storage: storage, offset: offset + range.lowerBound * stride, rows: range.count, columns: columns,
            stride: stride)
    }

    /// Whether both are the same place in the same memory.
    static func == (a: Matrix, b: Matrix) -> Bool {
        a.storage === b.storage && a.offset == b.offset && a.shape == b.shape && a.stride == b.stride
    }

    /// Whether the rows follow each other without gaps.
    var isContiguous: Bool { stride == columns || rows <= 1 }

    /// A copy of the elements, row by row.
    func elements() -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(rows * columns)
        for row in 0..<rows {
            unsafe result.append(contentsOf: UnsafeBufferPointer(start: pointer + row * stride, count: columns))
        }
        return result
    }

    /// Sets every element.
    func fill(_ value: Float) {
        for row in 0..<rows { unsafe (pointer + row * stride).update(repeating: value, count: columns) }
    }

    subscript(row: Int, column: Int) -> Float {
        get {
            precondition((0..<rows).contains(row) && (0..<columns).contains(column), "[\(row), \(column)]")
            return unsafe pointer[row * stride + column]
        }
        nonmutating set {
            precondition((0..<rows).contains(row) && (0..<columns).contains(column), "[\(row), \(column)]")
            unsafe pointer[row * stride + column] = newValue
        }
    }
}

/// The buffers of a pass, kept from one pass to the next.
///
/// A pass asks for its buffers in a fixed order; the n-th request of every pass gets the same memory, grown when it must be.
/// Allocating hundreds of megabytes a step would cost a few per cent of it in page faults.
///
/// Unchecked: a workspace is used by one pass at a time. `WorkspacePool`, the only place that keeps one, gives it away before it
/// is used and takes it back after, under a lock.
final class Workspace: @unchecked Sendable {
    private var buffers: [FloatStorage] = []
    private var next = 0
    private var left = HalfStorage(count: 0)
    private var packed = HalfStorage(count: 0)
    private var adapter: BoundAdapter?
    /// The largest requests so far, in bytes, when they are only counted.
    private var measured: Requests?

    /// Requests that are counted instead of met: every matrix looks into the same memory, which nobody touches.
    private struct Requests {
        var matrices: [Int] = []
        var left = 0
        var packed = 0
        var memory = FloatStorage(count: 0)
        var half = HalfStorage(count: 0)
    }

    /// - Parameter measuring: whether requests are only counted; nothing may then be computed in what is handed out.
    init(measuring: Bool = false) { measured = measuring ? Requests() : nil }

    /// Bytes of the requests of all passes, when they are counted: of the n-th requests, the largest.
    var measuredBytes: Int { measured.map { $0.matrices.reduce(0, +) + $0.left + $0.packed } ?? 0 }

    /// Bytes of the buffers there are.
    var heldBytes: Int { 4 * buffers.reduce(0) { $0 + $1.count } + 2 * (left.count + packed.count) }

    /// Begins a pass: all matrices handed out before are void.
    func rewind() { next = 0 }

    /// An adapter laid out for the kernels, in the memory that the last one of this shape had.
    func bound(
        _ adapter: LoRAAdapter, layerCount: Int, precision: RunConfiguration.Precision, wantsGradients: Bool
    ) -> BoundAdapter {
        if let kept = self.adapter, kept.fits(adapter, precision: precision, wantsGradients: wantsGradients) {
            kept.load(adapter)
            return kept
        }
        let made = BoundAdapter(
            adapter, layerCount: layerCount, precision: precision, wantsGradients: wantsGradients)
        self.adapter = made
        return made
    }

    /// Memory for the left side of a bf16 product: always the same, grown when it must be.
    func leftSide(count: Int) -> HalfStorage {
        if measured != nil { return measure(half: count) { $0.left = max($0.left, 2 * count) } }
        if left.count < count { left = HalfStorage(count: count + count / 8) }
        return left
    }

    /// Memory for a weight that is packed for one use: always the same, grown when it must be.
    func packedTile(count: Int) -> HalfStorage {
        if measured != nil { return measure(half: count) { $0.packed = max($0.packed, 2 * count) } }
        if packed.count < count { packed = HalfStorage(count: count) }
        return packed
    }

    /// Returns the next buffer as rows × columns, with a stride of `stride` (default: the columns). Its content is arbitrary.
    func matrix(_ rows: Int, _ columns: Int, stride: Int? = nil) -> Matrix {
        let stride = stride ?? columns
        let count = rows * stride
        if measured != nil {
            let memory = measure(count)
            return Matrix(storage: memory, offset: 0, rows: rows, columns: columns, stride: stride)
        }
        if next == buffers.count {
            buffers.append(FloatStorage(count: count))
        } else if buffers[next].count < count {
            buffers[next] = FloatStorage(count: count + count / 8)
        }
        defer { next += 1 }
        return Matrix(storage: buffers[next], offset: 0, rows: rows, columns: columns, stride: stride)
    }

    private func measure(_ count: Int) -> FloatStorage {
        guard var requests = measured else { preconditionFailure("a workspace that meets requests") }
        defer {
            measured = requests
            next += 1
        }
        if next == requests.matrices.count { requests.matrices.append(0) }
        requests.matrices[next] = max(requests.matrices[next], 4 * count)
        if requests.memory.count < count { requests.memory = FloatStorage(count: count) }
        return requests.memory
    }

    private func measure(half count: Int, _ note: (inout Requests) -> Void) -> HalfStorage {
        guard var requests = measured else { preconditionFailure("a workspace that meets requests") }
        defer { measured = requests }
        note(&requests)
        if requests.half.count < count { requests.half = HalfStorage(count: count) }
        return requests.half
    }
}
