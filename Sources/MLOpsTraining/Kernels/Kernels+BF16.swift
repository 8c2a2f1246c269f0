internal import CMLOpsKernels
internal import MLOpsCore

extension Kernels {
    /// y = x, rounded to bf16; what follows the columns up to a whole vector becomes zero.
    static func convert(_ x: Matrix, into y: HalfMatrix, at column: Int = 0) {
        precondition(
            column >= 0 && x.rows == y.rows && y.offset + column + (x.columns + 15) / 16 * 16 <= y.stride,
            "\(x.shape) at \(column)")
        unsafe mlops_bf16_convert(x.pointer, x.stride, y.storage.base + y.offset + column, y.stride, x.rows, x.columns)
    }

    /// Packs some rows of a stored matrix, which are the outputs, for products with it.
    static func pack(_ rows: Range<Int>, of tensor: TensorData, into storage: HalfStorage) -> PackedMatrix {
        guard let code = code(tensor.elementType) else { preconditionFailure("\(tensor.elementType) weights") }
        precondition(rows.lowerBound >= 0 && rows.upperBound <= tensor.rowCount, "rows \(rows) of \(tensor.shape)")
        let packed = PackedMatrix(storage: storage, outputs: rows.count, k: tensor.rowLength)
        unsafe tensor.withBytes { bytes in
            // A tensor's bytes are as many as its shape and type need, so the last row ends inside.
            guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            unsafe mlops_bf16_pack(
                code, start + rows.lowerBound * tensor.rowByteCount, tensor.rowByteCount, rows.count,
                tensor.rowLength, storage.base)
        }
        return packed
    }

    /// Packs a matrix [outputs, k].
    static func pack(_ x: Matrix) -> PackedMatrix {
        let storage = HalfStorage(count: PackedMatrix.elementCount(outputs: x.rows, k: x.columns))
        let packed = PackedMatrix(storage: storage, outputs: x.rows, k: x.columns)
        pack(x, into: packed)
        return packed
    }

    /// Packs a matrix [outputs, k] over another one of this shape.
    static func pack(_ x: Matrix, into packed: PackedMatrix) {
        precondition(x.shape == [packed.outputs, packed.k], "\(x.shape) as \(packed.outputs)×\(packed.k)")
        unsafe UnsafeRawPointer(x.pointer).withMemoryRebound(to: UInt8.self, capacity: 4 * x.stride * x.rows) {
            unsafe mlops_bf16_pack(
                Int32(MLOPS_F32), $0, 4 * x.stride, x.rows, x.columns, packed.storage.base + packed.offset)
        }
    }

    /// y = x·wᵀ, or y = base + x·wᵀ, where the base may be y; with a tail, [x | more]·[w | tail]ᵀ, where more begins at the column k,
    /// rounded up to even.
    ///
    /// | | shape |
    /// |---|---|
    /// | x | [m, k] in bf16 |
    /// | w | outputs × k, packed |
    /// | y, base | [m, outputs] in f32, as all sums |
    static func multiply(
        _ x: HalfMatrix, _ w: PackedMatrix, _ tail: PackedMatrix? = nil, into y: Matrix, onto base: Matrix? = nil
    ) {
        let begin = (w.k + 1) / 2 * 2
        precondition(
            y.rows == x.rows && y.columns == w.outputs && (tail?.outputs ?? w.outputs) == w.outputs
                && (base?.shape ?? y.shape) == y.shape
                && begin + (tail.map { ($0.k + 1) / 2 * 2 } ?? 0) <= x.stride - x.offset,
            "\(y.shape) = [\(x.rows), \(x.columns)]·[\(w.outputs), \(w.k)]ᵀ")
        guard y.rows > 0, y.columns > 0 else { return }
        let (first, second) = unsafe parts(w, tail)
        unsafe mlops_bf16_multiply(
            x.storage.base + x.offset, x.stride, first, second, base?.pointer, base?.stride ?? 0, y.pointer, y.stride,
            y.rows, y.columns)
        withExtendedLifetime((w.storage, tail?.storage, x.storage)) {}
    }

    /// The way back: y = x·w, or y += x·w; with a tail, the last columns of y become x·tail.
    ///
    /// | | shape |
    /// |---|---|
    /// | x | [m, outputs] in bf16 |
    /// | w | outputs × k, packed |
    /// | y | [m, k], or [m, k + the tail's k], in f32 |
    static func multiplyBack(
        _ x: HalfMatrix, _ w: PackedMatrix, _ tail: PackedMatrix? = nil, into y: Matrix, adding: Bool
    ) {
        precondition(
            y.rows == x.rows && x.columns == w.outputs && (tail?.outputs ?? w.outputs) == w.outputs
                && y.columns == w.k + (tail?.k ?? 0),
            "\(y.shape) = [\(x.rows), \(x.columns)]·[\(w.outputs), \(w.k)]")
        let (first, second) = unsafe parts(w, tail)
        unsafe mlops_bf16_multiply_back(
            x.storage.base + x.offset, x.stride, first, second, y.pointer, y.stride, y.rows, w.outputs, adding ? 1 : 0)
        withExtendedLifetime((w.storage, tail?.storage, x.storage)) {}
    }

    /// Valid as long as both matrices live.
    private static func parts(_ w: PackedMatrix, _ tail: PackedMatrix?) -> (mlops_packed, mlops_packed) {
        let first = unsafe mlops_packed(panels: w.storage.base + w.offset, k: w.k)
        guard let tail else { return unsafe (first, mlops_packed(panels: w.storage.base, k: 0)) }
        return unsafe (first, mlops_packed(panels: tail.storage.base + tail.offset, k: tail.k))
    }
}
