internal import Foundation

/// Memory for floats, aligned to a cache line, shared by the matrices that look into it.
///
/// The one owner of raw memory in this module: allocated once, freed with the last reference, or an array's for the length of a call;
/// never handed out except to the kernels, which check every range against `count` first.
@safe final class FloatStorage {
    let count: Int
    /// Valid for `count` floats as long as `self` lives.
    fileprivate let base: UnsafeMutableRawPointer
    /// Bytes that are mapped for it alone; 0: it is the allocator's, or somebody else's.
    private let mappedBytes: Int
    private let isBorrowed: Bool

    /// - Parameter isLasting: whether the memory is kept for long and then given up for more. If it is large, it is then mapped, so that
    ///   all of it goes back at once: between smaller pieces, the allocator would keep it.
    init(count: Int, isLasting: Bool = false) {
        self.count = count
        isBorrowed = false
        let bytes = max(1, count) * MemoryLayout<Float>.stride
        let flags = MAP_PRIVATE | MAP_ANON
        // A new mapping of `bytes` bytes, begun at a page, or MAP_FAILED.
        let isMapped = isLasting && bytes >= Self.leastMapping
        let mapped = unsafe isMapped ? mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0) : nil
        if let mapped = unsafe mapped, unsafe mapped != MAP_FAILED {
            unsafe base = mapped
            mappedBytes = bytes
        } else {
            unsafe base = .allocate(byteCount: bytes, alignment: 64)
            mappedBytes = 0
        }
        unsafe base.bindMemory(to: Float.self, capacity: max(1, count))
    }

    private init(borrowing base: UnsafeMutablePointer<Float>, count: Int) {
        unsafe self.base = UnsafeMutableRawPointer(base)
        self.count = count
        (mappedBytes, isBorrowed) = (0, true)
    }

    deinit {
        guard !isBorrowed else { return }
        if mappedBytes > 0 { unsafe munmap(base, mappedBytes) } else { unsafe base.deallocate() }
    }

    /// Calls `body` with the memory of an array, which nobody may keep: the array is no longer there for others then.
    static func withMemory<R>(of numbers: inout [Float], _ body: (FloatStorage) -> R) -> R {
        unsafe numbers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return body(FloatStorage(count: 0)) }
            var storage = unsafe FloatStorage(borrowing: base, count: buffer.count)
            let result = body(storage)
            precondition(isKnownUniquelyReferenced(&storage), "the memory of an array is kept")
            return result
        }
    }

    /// The same memory for numbers of 16 bits, twice as many, until ``takeForFloats()``.
    func takenForHalves() -> UnsafeMutablePointer<UInt16> {
        unsafe base.bindMemory(to: UInt16.self, capacity: 2 * max(1, count))
    }

    func takeForFloats() { unsafe base.bindMemory(to: Float.self, capacity: max(1, count)) }

    private static let leastMapping = 1 << 17
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
