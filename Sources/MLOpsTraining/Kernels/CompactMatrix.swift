internal import CMLOpsKernels
internal import MLOpsCore

/// A matrix of bf16 numbers in twelve bits each, nothing lost, for products of few rows, which wait for weights to arrive.
///
/// bodies/compact.h of the kernels says how. What takes more than thirteen bits in this form is not written in it.
struct CompactMatrix: Sendable {
    private let storage: HalfStorage
    let rowCount, rowLength: Int

    /// Columns of a block.
    private static let columns = 64
    /// Columns of a row at most: the kernel counts every sixteenth in 16 bits.
    private static let mostColumns = 1 << 19

    /// Writes a stored matrix so, in one walk that counts and one that writes; nil where it holds other numbers than bf16, infinite
    /// ones, or too many that are far smaller than the largest of their rows.
    init?(_ stored: TensorData) {
        let (rows, k) = (stored.rowCount, stored.rowLength)
        guard stored.elementType == .bf16, rows > 0, (1...Self.mostColumns).contains(k),
            k.isMultiple(of: Self.columns)
        else { return nil }
        var counts = [Int32](repeating: 0, count: rows)
        // A tensor's bytes are as many as its shape and type need, here two a number.
        unsafe stored.withBytes { bytes in
            let w = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe counts.withUnsafeMutableBufferPointer { unsafe mlops_compact_count(w, rows, k, $0.baseAddress) }
        }
        guard !counts.contains(where: { $0 < 0 }) else { return nil }
        /// In 8 bytes from the first row: where the exceptions of each row are listed, and the end of the lists.
        var end = rows * mlops_compact_row_bytes(k) / 8
        let places = counts.map { count in
            defer { end += count > 0 ? Int(count) + 1 : 0 }
            return end
        }
        // Distances are kept in 32 bits.
        guard end <= rows * k / 64 * 13, end <= Int(UInt32.max) else { return nil }
        let storage = HalfStorage(count: 4 * end)
        unsafe stored.withBytes { bytes in
            let w = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe counts.withUnsafeMutableBufferPointer { counts in
                unsafe places.withUnsafeBufferPointer { places in
                    // The storage has room for `end` times 8 bytes, which is where the last list ends.
                    unsafe mlops_compact_pack(
                        w, rows, k, counts.baseAddress, places.baseAddress,
                        UnsafeMutableRawPointer(storage.base).assumingMemoryBound(to: UInt8.self))
                }
            }
        }
        self.storage = storage
        (rowCount, rowLength) = (rows, k)
    }

    /// Bytes that all of it takes.
    var byteCount: Int { 2 * storage.count }

    /// Calls `body` with the rows and the lists behind them.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        // The storage lives as long as `self`, which is used until the call is over.
        withExtendedLifetime(storage) { unsafe body(UnsafeRawBufferPointer(start: storage.base, count: byteCount)) }
    }
}

/// A weight as products in f32 read it: where it is stored, or in a shorter form.
enum ReadableWeight {
    case stored(TensorData)
    case compact(CompactMatrix)

    var rowCount: Int {
        switch self {
        case .stored(let tensor): tensor.rowCount
        case .compact(let matrix): matrix.rowCount
        }
    }

    var rowLength: Int {
        switch self {
        case .stored(let tensor): tensor.rowLength
        case .compact(let matrix): matrix.rowLength
        }
    }

    /// Bytes from one row to the next.
    var rowByteCount: Int {
        switch self {
        case .stored(let tensor): tensor.rowByteCount
        case .compact(let matrix): mlops_compact_row_bytes(matrix.rowLength)
        }
    }

    /// The number of its form among the kernels; nil where they have none.
    var code: Int32? {
        switch self {
        case .stored(let tensor): Kernels.code(tensor.elementType)
        case .compact: Int32(MLOPS_COMPACT)
        }
    }

    /// Calls `body` with the bytes of all rows, as many as the form needs.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        switch self {
        case .stored(let tensor): unsafe tensor.withBytes(body)
        case .compact(let matrix): unsafe matrix.withBytes(body)
        }
    }
}
