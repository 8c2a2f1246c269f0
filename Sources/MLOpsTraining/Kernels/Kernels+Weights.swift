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

    /// The most rows of a product that walks through the weights once for all of them.
    static let fewRows = 4

    /// A product with a matrix as it is stored, y = x·wᵀ or y += x·wᵀ in f32; with a tail, [x | more]·[w | tail]ᵀ.
    struct StoredProduct {
        let x: Matrix
        let weight: ReadableWeight
        let y: Matrix
        var adding = false
        var tail: (x: Matrix, weight: Matrix)?
    }

    /// Computes products of the same number of rows side by side; none reads what another writes.
    ///
    /// A row of y does not depend on the others, nor on how many there are, except that few take another order of sums.
    /// - Parameter answering: whether more rows than few, too, may meet quantised weights as whole numbers of 16 bits, of
    ///   which 32 share a scale: faster, and wrong by 2⁻¹⁶ of the largest of them at most.
    static func multiplyStored(_ products: [StoredProduct], answering: Bool = false) {
        precondition(
            products.count <= Int(MLOPS_STORED_GROUP) && products.allSatisfy { $0.y.rows == products[0].y.rows },
            "\(products.count) products of \(products.map(\.y.rows)) rows")
        guard let rows = products.first?.y.rows else { return }
        unsafe multiplyStored(products[...], [], rows: rows, answering: answering)
    }

    /// Takes the first product's bytes and goes on with the rest, so that all are there when the kernel is called.
    private static func multiplyStored(
        _ rest: ArraySlice<StoredProduct>, _ taken: [mlops_stored_product], rows: Int, answering: Bool
    ) {
        guard let product = rest.first else {
            return unsafe taken.withUnsafeBufferPointer {
                unsafe mlops_stored_multiply($0.baseAddress, $0.count, rows, answering ? 1 : 0)
            }
        }
        let (x, y, w) = (product.x, product.y, product.weight)
        guard let code = w.code else { preconditionFailure("\(w) has no kernel") }
        precondition(
            x.columns == w.rowLength && y.shape == [x.rows, w.rowCount],
            "\(y.shape) = \(x.shape)·[\(w.rowCount), \(w.rowLength)]ᵀ")
        let tail = product.tail
        precondition(
            tail.map { $0.x.rows == y.rows && $0.weight.shape == [y.columns, $0.x.columns] } ?? true,
            "\(y.shape) += \(tail?.x.shape ?? [])·\(tail?.weight.shape ?? [])ᵀ")
        unsafe w.withBytes { bytes in
            // The bytes are as many as rows and form need, so the last row ends inside.
            let argument = unsafe mlops_stored_product(
                type: code, w: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), row_bytes: w.rowByteCount,
                x: x.pointer, ldx: x.stride, y: y.pointer, ldy: y.stride, outputs: y.columns, k: x.columns,
                add: product.adding ? 1 : 0, tail_x: tail?.x.pointer, tail_ldx: tail?.x.stride ?? 0,
                tail_w: tail?.weight.pointer, tail_ldw: tail?.weight.stride ?? 0, tail_k: tail?.x.columns ?? 0)
            unsafe multiplyStored(rest.dropFirst(), taken + [argument], rows: rows, answering: answering)
        }
    }

    /// y = x·wᵀ, or y += x·wᵀ, with a stored matrix [outputs, k], in f32.
    static func multiplyStored(
        _ x: Matrix, _ w: ReadableWeight, into y: Matrix, adding: Bool, tail: (x: Matrix, weight: Matrix)? = nil,
        answering: Bool = false
    ) {
        multiplyStored([StoredProduct(x: x, weight: w, y: y, adding: adding, tail: tail)], answering: answering)
    }

    /// The way back: y = x·w, or y += x·w, with a stored matrix w [outputs, k] and x [m, outputs], in f32.
    static func multiplyStoredBack(_ x: Matrix, _ w: TensorData, into y: Matrix, adding: Bool) {
        guard let code = code(w.elementType) else { preconditionFailure("\(w.elementType) weights") }
        precondition(
            x.columns == w.rowCount && y.shape == [x.rows, w.rowLength], "\(y.shape) = \(x.shape)·\(w.shape)")
        guard y.rows > 0 else { return }
        unsafe w.withBytes { bytes in
            // A tensor's bytes are as many as its shape and type need, so the last row ends inside.
            var product = unsafe mlops_stored_product(
                type: code, w: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), row_bytes: w.rowByteCount,
                x: x.pointer, ldx: x.stride, y: y.pointer, ldy: y.stride, outputs: w.rowCount, k: w.rowLength,
                add: adding ? 1 : 0, tail_x: nil, tail_ldx: 0, tail_w: nil, tail_ldw: 0, tail_k: 0)
            unsafe mlops_stored_multiply_back(&product, x.rows)
        }
    }

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
