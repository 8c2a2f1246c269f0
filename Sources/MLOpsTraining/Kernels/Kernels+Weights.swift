internal import CMLOpsKernels
internal import MLOpsCore

extension Kernels {
    /// Whether weights of this type can be converted.
    static func canConvert(_ type: ElementType) -> Bool { code(type) != nil }

    /// y = the rows of a stored matrix, in f32.
    static func convertRows(_ rows: Range<Int>, of tensor: TensorData, into y: Matrix) {
        guard let code = code(tensor.elementType) else { preconditionFailure("\(tensor.elementType) weights") }
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= tensor.rowCount && y.shape == [rows.count, tensor.rowLength],
            "rows \(rows) of \(tensor.shape) into \(y.shape)")
        unsafe tensor.withBytes { bytes in
            // A tensor's bytes are as many as its shape and type need (TensorData proves it), so the last row ends inside.
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe mlops_convert_rows(
                code, start, tensor.rowByteCount, rows.lowerBound, y.pointer, y.stride, rows.count, tensor.rowLength)
        }
    }

    /// y = x·wᵀ, or y += x·wᵀ, with a stored matrix [outputs, k], in f32.
    ///
    /// A row of y does not depend on the others, nor on how many there are, except that up to four take another order of sums.
    static func multiplyStored(_ x: Matrix, _ w: TensorData, into y: Matrix, adding: Bool) {
        guard let code = code(w.elementType) else { preconditionFailure("\(w.elementType) weights") }
        precondition(
            x.columns == w.rowLength && y.shape == [x.rows, w.rowCount], "\(y.shape) = \(x.shape)·\(w.shape)ᵀ")
        unsafe w.withBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe mlops_stored_multiply(
                code, start, w.rowByteCount, x.pointer, x.stride, y.pointer, y.stride, y.rows, y.columns, x.columns,
                adding ? 1 : 0)
        }
    }

    /// The same with a matrix in memory.
    static func multiplyStored(_ x: Matrix, _ w: Matrix, into y: Matrix, adding: Bool) {
        precondition(
            x.columns == w.columns && y.shape == [x.rows, w.rows], "\(y.shape) = \(x.shape)·\(w.shape)ᵀ")
        unsafe UnsafeRawPointer(w.pointer).withMemoryRebound(to: UInt8.self, capacity: 4 * w.stride * w.rows) {
            unsafe mlops_stored_multiply(
                Int32(MLOPS_F32), $0, 4 * w.stride, x.pointer, x.stride, y.pointer, y.stride, y.rows, y.columns,
                x.columns, adding ? 1 : 0)
        }
    }

    /// Whether products with stored matrices are as fast as the library's for any number of rows.
    static var multipliesStoredMatricesFast: Bool { mlops_best_instruction_set() >= Int32(MLOPS_AVX512) }

    /// y[i] = the row ids[i] of a stored matrix, in f32.
    static func gatherRows(_ ids: [Int32], of tensor: TensorData, into y: Matrix) {
        guard let code = code(tensor.elementType) else { preconditionFailure("\(tensor.elementType) weights") }
        precondition(y.shape == [ids.count, tensor.rowLength], "\(ids.count) rows of \(tensor.shape) into \(y.shape)")
        precondition(ids.allSatisfy { (0..<tensor.rowCount).contains(Int($0)) }, "an id beyond the rows")
        unsafe tensor.withBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe ids.withUnsafeBufferPointer {
                unsafe mlops_gather_rows(
                    code, start, tensor.rowByteCount, $0.baseAddress, y.pointer, y.stride, ids.count, tensor.rowLength)
            }
        }
    }

    static func code(_ type: ElementType) -> Int32? {
        switch type {
        case .f32: Int32(MLOPS_F32)
        case .f16: Int32(MLOPS_F16)
        case .bf16: Int32(MLOPS_BF16)
        case .q4_0: Int32(MLOPS_Q4_0)
        case .q4_1: Int32(MLOPS_Q4_1)
        case .q5_0: Int32(MLOPS_Q5_0)
        case .q5_1: Int32(MLOPS_Q5_1)
        case .q8_0: Int32(MLOPS_Q8_0)
        case .q2_K: Int32(MLOPS_Q2_K)
        case .q3_K: Int32(MLOPS_Q3_K)
        case .q4_K: Int32(MLOPS_Q4_K)
        case .q5_K: Int32(MLOPS_Q5_K)
        case .q6_K: Int32(MLOPS_Q6_K)
        default: nil
        }
    }
}
