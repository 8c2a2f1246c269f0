internal import CMLOpsKernels
internal import MLOpsCore

/// A weight as products in f32 read it: where it is stored, the same bytes elsewhere, or in a shorter form.
enum ReadableWeight: Sendable {
    case stored(TensorData)
    case copied(TensorData, WeightBytes)
    case compact(CompactMatrix)

    var rowCount: Int {
        switch self {
        case .stored(let tensor), .copied(let tensor, _): tensor.rowCount
        case .compact(let matrix): matrix.rowCount
        }
    }

    var rowLength: Int {
        switch self {
        case .stored(let tensor), .copied(let tensor, _): tensor.rowLength
        case .compact(let matrix): matrix.rowLength
        }
    }

    /// Bytes from one row to the next.
    var rowByteCount: Int {
        switch self {
        case .stored(let tensor), .copied(let tensor, _): tensor.rowByteCount
        case .compact(let matrix): mlops_compact_row_bytes(matrix.rowLength)
        }
    }

    /// The number of its form among the kernels; nil where they have none.
    var code: Int32? {
        switch self {
        case .stored(let tensor), .copied(let tensor, _): Kernels.code(tensor.elementType)
        case .compact: Int32(MLOPS_COMPACT)
        }
    }

    /// Calls `body` with the bytes of all rows, as many as the form needs.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        switch self {
        case .stored(let tensor): unsafe tensor.withBytes(body)
        case .copied(_, let bytes): unsafe bytes.withBytes(body)
        case .compact(let matrix): unsafe matrix.withBytes(body)
        }
    }
}
