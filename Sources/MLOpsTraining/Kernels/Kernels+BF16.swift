internal import CMLOpsKernels
internal import MLOpsCore

extension Kernels {
    /// What a product sums over, of a stored matrix [rows, columns].
    enum SummedSide: Int32 {
        /// y = x·wᵀ
        case columns = 0
        /// y = x·w
        case rows = 1
    }

    /// y = x, rounded to bf16; what follows the columns up to a whole vector becomes zero.
    static func convert(_ x: Matrix, into y: HalfMatrix, at column: Int = 0) {
        precondition(
            column >= 0 && x.rows == y.rows && column + (x.columns + 15) / 16 * 16 <= y.stride,
            "\(x.shape) at \(column)")
        unsafe mlops_bf16_convert(x.pointer, x.stride, y.storage.base + column, y.stride, x.rows, x.columns)
    }

    /// Packs some rows of a stored matrix for products that sum over one of its sides.
    static func pack(
        _ rows: Range<Int>, of tensor: TensorData, summing side: SummedSide, into storage: HalfStorage
    ) -> PackedMatrix {
        guard let code = code(tensor.elementType) else { preconditionFailure("\(tensor.elementType) weights") }
        precondition(rows.lowerBound >= 0 && rows.upperBound <= tensor.rowCount, "rows \(rows) of \(tensor.shape)")
        let packed = packed(rows: rows.count, columns: tensor.rowLength, summing: side, in: storage)
        unsafe tensor.withBytes { bytes in
            // A tensor's bytes are as many as its shape and type need, so the last row ends inside.
            guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            unsafe mlops_bf16_pack(
                code, start + rows.lowerBound * tensor.rowByteCount, tensor.rowByteCount, rows.count,
                tensor.rowLength, side.rawValue, storage.base)
        }
        return packed
    }

    /// Packs a matrix for products that sum over one of its sides.
    static func pack(_ x: Matrix, summing side: SummedSide) -> PackedMatrix {
        let (outputs, k) = side == .columns ? (x.rows, x.columns) : (x.columns, x.rows)
        let storage = HalfStorage(count: PackedMatrix.elementCount(outputs: outputs, k: k))
        let packed = packed(rows: x.rows, columns: x.columns, summing: side, in: storage)
        unsafe UnsafeRawPointer(x.pointer).withMemoryRebound(to: UInt8.self, capacity: 4 * x.stride * x.rows) {
            unsafe mlops_bf16_pack(
                Int32(MLOPS_F32), $0, 4 * x.stride, x.rows, x.columns, side.rawValue, storage.base)
        }
        return packed
    }

    private static func packed(rows: Int, columns: Int, summing side: SummedSide, in storage: HalfStorage)
        -> PackedMatrix
    {
        side == .columns
            ? PackedMatrix(storage: storage, outputs: rows, k: columns)
            : PackedMatrix(storage: storage, outputs: columns, k: rows)
    }

    /// y = x·wᵀ, or y += x·wᵀ; with a tail, [x | more]·[w | tail]ᵀ, where more begins at the column k, rounded up to even.
    ///
    /// | | shape |
    /// |---|---|
    /// | x | [m, k] in bf16 |
    /// | w | outputs × k, packed |
    /// | y | [m, outputs] in f32, as all sums |
    static func multiply(_ x: HalfMatrix, _ w: PackedMatrix, _ tail: PackedMatrix? = nil, into y: Matrix, adding: Bool)
    {
        let begin = (w.k + 1) / 2 * 2
        precondition(
            y.rows == x.rows && y.columns == w.outputs && (tail?.outputs ?? w.outputs) == w.outputs
                && begin + (tail.map { ($0.k + 1) / 2 * 2 } ?? 0) <= x.stride,
            "\(y.shape) = [\(x.rows), \(x.columns)]·[\(w.outputs), \(w.k)]ᵀ")
        guard y.rows > 0, y.columns > 0 else { return }
        let first = unsafe mlops_packed(panels: w.storage.base + w.offset, k: w.k)
        let second =
            if let tail {
                unsafe mlops_packed(panels: tail.storage.base + tail.offset, k: tail.k)
            } else {
                unsafe mlops_packed(panels: w.storage.base, k: 0)
            }
        unsafe mlops_bf16_multiply(
            x.storage.base, x.stride, first, second, y.pointer, y.stride, y.rows, y.columns, adding ? 1 : 0)
        withExtendedLifetime((w.storage, tail?.storage, x.storage)) {}
    }
}
