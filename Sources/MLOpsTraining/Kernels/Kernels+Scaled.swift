internal import CMLOpsKernels
internal import MLOpsCore

extension Kernels {
    /// y = x, rounded to whole numbers of which 96 share a scale.
    static func convert(_ x: Matrix, into y: ScaledRows) {
        precondition(x.rows == y.rows && x.columns == y.columns, "\(x.shape) into [\(y.rows), \(y.columns)]")
        unsafe mlops_scaled_rows(x.pointer, x.stride, y.storage.base, y.stride, x.rows, x.columns)
    }

    /// Packs some rows of a stored matrix, which are the outputs, for products with it.
    static func pack(_ rows: Range<Int>, of tensor: TensorData, into packed: ScaledMatrix) {
        guard let code = code(tensor.elementType) else { preconditionFailure("\(tensor.elementType) weights") }
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= tensor.rowCount && packed.outputs == rows.count
                && packed.k == tensor.rowLength, "rows \(rows) of \(tensor.shape)")
        unsafe tensor.withBytes { bytes in
            // A tensor's bytes are as many as its shape and type need, so the last row ends inside.
            guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            unsafe packed.withScales {
                unsafe mlops_scaled_pack(
                    code, start + rows.lowerBound * tensor.rowByteCount, tensor.rowByteCount, rows.count,
                    tensor.rowLength, packed.storage.base, $0)
            }
        }
    }

    /// y = x·wᵀ, or y = base + x·wᵀ, where the base may be y.
    ///
    /// | | shape |
    /// |---|---|
    /// | x | [m, k] in whole numbers |
    /// | w | outputs × k, packed |
    /// | y, base | [m, outputs] in f32, as the sums of blocks |
    static func multiply(_ x: ScaledRows, _ w: ScaledMatrix, into y: Matrix, onto base: Matrix? = nil) {
        precondition(
            y.shape == [x.rows, w.outputs] && x.columns == w.k && (base?.shape ?? y.shape) == y.shape,
            "\(y.shape) = [\(x.rows), \(x.columns)]·[\(w.outputs), \(w.k)]ᵀ")
        guard y.rows > 0, y.columns > 0 else { return }
        unsafe w.withScales {
            unsafe mlops_scaled_multiply(
                x.storage.base, x.stride, mlops_scaled(panels: w.storage.base, scales: $0, k: w.k), base?.pointer,
                base?.stride ?? 0, y.pointer, y.stride, y.rows, y.columns)
        }
        withExtendedLifetime((w.storage, x.storage)) {}
    }

    /// The way back: y = x·w, or y += x·w, for x [m, outputs] and y [m, k].
    static func multiplyBack(_ x: ScaledRows, _ w: ScaledMatrix, into y: Matrix, adding: Bool) {
        precondition(
            y.shape == [x.rows, w.k] && x.columns == w.outputs,
            "\(y.shape) = [\(x.rows), \(x.columns)]·[\(w.outputs), \(w.k)]")
        guard y.rows > 0, y.columns > 0 else { return }
        unsafe w.withScales {
            unsafe mlops_scaled_multiply_back(
                x.storage.base, x.stride, mlops_scaled(panels: w.storage.base, scales: $0, k: w.k), y.pointer,
                y.stride, y.rows, w.outputs, adding ? 1 : 0)
        }
        withExtendedLifetime((w.storage, x.storage)) {}
    }

    /// y += x·wᵀ in f32, for w [outputs, k].
    static func addProduct(_ x: Matrix, _ w: Matrix, to y: Matrix) {
        precondition(
            y.shape == [x.rows, w.rows] && x.columns == w.columns, "\(y.shape) += \(x.shape)·\(w.shape)ᵀ")
        guard y.rows > 0, y.columns > 0 else { return }
        unsafe UnsafeRawPointer(w.pointer).withMemoryRebound(to: UInt8.self, capacity: 4 * w.stride * w.rows) {
            var product = unsafe mlops_stored_product(
                type: Int32(MLOPS_F32), w: $0, row_bytes: 4 * w.stride, x: x.pointer, ldx: x.stride, y: y.pointer,
                ldy: y.stride, outputs: w.rows, k: w.columns, add: 1, tail_x: nil, tail_ldx: 0, tail_w: nil,
                tail_ldw: 0, tail_k: 0)
            unsafe mlops_stored_multiply(&product, 1, y.rows, 0)
        }
    }
}

extension ScaledMatrix {
    /// Calls `body` with the memory of the scales. Numbers are 9,216 a block, so the scales begin at an address that floats may have.
    func withScales(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        let count = Self.blocks(outputs) * Self.blocks(k)
        let start = unsafe storage.base + Self.numberCount(outputs: outputs, k: k)
        unsafe UnsafeMutableRawPointer(start).withMemoryRebound(to: Float.self, capacity: count) { unsafe body($0) }
    }
}
