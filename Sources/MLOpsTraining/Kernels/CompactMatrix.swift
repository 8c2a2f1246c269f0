internal import CMLOpsKernels
internal import MLOpsCore

/// A matrix of bf16 numbers in twelve bits each, nothing lost, for products of few rows, which wait for weights to arrive.
///
/// bodies/compact.h of the kernels says how. What takes more than thirteen bits in this form is not written in it.
struct CompactMatrix: Sendable {
    private let bytes: WeightBytes
    let rowCount, rowLength: Int

    /// Columns of a block.
    private static let columns = 64
    /// Columns of a row at most: the kernel counts every sixteenth in 16 bits.
    private static let mostColumns = 1 << 19

    /// Writes a stored matrix so, in one walk that counts and one that writes; nil where it holds other numbers than bf16, infinite
    /// ones, or too many that are far smaller than the largest of their rows, or where `room` has none for it.
    init?(_ stored: TensorData, in room: WeightRoom = WeightRoom()) {
        let (rows, k) = (stored.rowCount, stored.rowLength)
        guard Self.holds(stored), rows > 0 else { return nil }
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
        guard end <= rows * k / 64 * 13, end <= Int(UInt32.max), let written = room.bytes(8 * end) else { return nil }
        unsafe stored.withBytes { bytes in
            let w = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe counts.withUnsafeMutableBufferPointer { counts in
                unsafe places.withUnsafeBufferPointer { places in
                    // There is room for `end` times 8 bytes, which is where the last list ends.
                    unsafe written.write {
                        unsafe mlops_compact_pack(w, rows, k, counts.baseAddress, places.baseAddress, $0)
                    }
                }
            }
        }
        bytes = written
        (rowCount, rowLength) = (rows, k)
    }

    /// Whether matrices of this type and size are written so, unless their numbers speak against it.
    static func holds(_ stored: TensorData) -> Bool {
        stored.elementType == .bf16 && (1...mostColumns).contains(stored.rowLength)
            && stored.rowLength.isMultiple(of: columns)
    }

    /// Bytes that a stored matrix takes in this form without lists.
    static func byteCount(of stored: TensorData) -> Int {
        stored.rowCount * mlops_compact_row_bytes(stored.rowLength)
    }

    /// Bytes that all of it takes.
    var byteCount: Int { bytes.count }

    /// Calls `body` with the rows and the lists behind them.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe bytes.withBytes(body)
    }
}
