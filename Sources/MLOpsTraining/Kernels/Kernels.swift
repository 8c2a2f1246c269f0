internal import CMLOpsKernels
internal import MLOpsCore

/// The C door: shapes are checked here, then raw memory goes to the kernels.
///
/// Every `unsafe` below passes pointers of matrices, whose bounds their initializers proved, for the duration of one call.
enum Kernels {
    // MARK: Element-wise

    /// y += s·x
    static func add(_ x: Matrix, scaled s: Float = 1, into y: Matrix) {
        precondition(x.rows == y.rows && x.columns == y.columns, "\(y.shape) += \(x.shape)")
        guard x.isContiguous && y.isContiguous else {
            unsafe mlops_add_matrix(y.pointer, y.stride, x.pointer, x.stride, s, x.rows, x.columns)
            return
        }
        unsafe mlops_add(y.pointer, x.pointer, s, x.rows * x.columns)
    }

    /// Adds a row vector to every row.
    static func addRow(_ b: [Float], into y: Matrix) {
        precondition(b.count == y.columns, "\(y.shape) += row of \(b.count)")
        unsafe b.withUnsafeBufferPointer {
            unsafe mlops_add_row(y.pointer, y.stride, $0.baseAddress, y.rows, y.columns)
        }
    }

    /// y *= s
    static func scale(_ y: Matrix, by s: Float) {
        precondition(y.isContiguous, "rows with gaps")
        unsafe mlops_scale(y.pointer, s, y.rows * y.columns)
    }

    /// y *= x, element by element
    static func multiply(_ x: Matrix, into y: Matrix) {
        precondition(x.rows == y.rows && x.columns == y.columns, "\(y.shape) *= \(x.shape)")
        unsafe mlops_multiply(y.pointer, y.stride, x.pointer, x.stride, x.rows, x.columns)
    }

    /// y = s·x
    static func copy(_ x: Matrix, scaled s: Float = 1, into y: Matrix) {
        precondition(x.rows == y.rows && x.columns == y.columns, "\(y.shape) = \(x.shape)")
        unsafe mlops_copy(y.pointer, y.stride, x.pointer, x.stride, s, x.rows, x.columns)
    }

    /// y = s·xᵀ; columns of y beyond the rows of x are left alone.
    static func transpose(_ x: Matrix, scaled s: Float = 1, into y: Matrix) {
        precondition(x.columns == y.rows && x.rows <= y.columns, "\(y.shape) = \(x.shape)ᵀ")
        unsafe mlops_transpose(y.pointer, y.stride, x.pointer, x.stride, s, x.rows, x.columns)
    }

    /// y = 0, y without gaps
    static func clear(_ y: Matrix) {
        precondition(y.isContiguous, "rows with gaps")
        unsafe mlops_clear(y.pointer, y.rows * y.columns)
    }

    // MARK: Flat buffers

    /// y += s·x
    static func add(_ x: [Float], scaled s: Float = 1, into y: inout [Float]) {
        precondition(x.count == y.count, "\(y.count) += \(x.count)")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeMutableBufferPointer { unsafe mlops_add($0.baseAddress, x.baseAddress, s, x.count) }
        }
    }

    /// y = 0
    static func clear(_ y: inout [Float]) {
        unsafe y.withUnsafeMutableBufferPointer { unsafe mlops_clear($0.baseAddress, $0.count) }
    }

    /// y += s·x from element `start` of y on, x without gaps
    static func add(_ x: Matrix, scaled s: Float = 1, into y: inout [Float], at start: Int = 0) {
        let count = x.rows * x.columns
        precondition(x.isContiguous && start >= 0 && start + count <= y.count, "\(y.count) += \(x.shape) at \(start)")
        unsafe y.withUnsafeMutableBufferPointer {
            guard let first = $0.baseAddress else { return }
            // The range lies in y: checked above.
            unsafe mlops_add(first + start, x.pointer, s, count)
        }
    }

    /// y = x, y without gaps
    static func copy(_ x: [Float], into y: Matrix) { copy(x, first: x.count, into: y) }

    /// y = the first numbers of x, y without gaps
    static func copy(_ x: [Float], first count: Int, into y: Matrix) {
        precondition(
            y.isContiguous && y.rows * y.columns == count && count <= x.count, "\(y.shape) = \(count) of \(x.count)")
        // Rows of a few pages, so that threads share the work.
        let columns = 4096
        let rows = count / columns
        unsafe x.withUnsafeBufferPointer { x in
            guard let source = x.baseAddress else { return }
            unsafe mlops_copy(y.pointer, columns, source, columns, 1, rows, columns)
            unsafe (y.pointer + rows * columns).update(from: source + rows * columns, count: count - rows * columns)
        }
    }

    /// y *= s
    static func scale(_ y: inout [Float], by s: Float) {
        unsafe y.withUnsafeMutableBufferPointer { unsafe mlops_scale($0.baseAddress, s, $0.count) }
    }

    /// Σx², in double precision: sums of blocks of 4,096, then their sum in order.
    static func squareSum(_ x: [Float]) -> Double {
        var partial = [Double](repeating: 0, count: (x.count + 4095) / 4096)
        unsafe x.withUnsafeBufferPointer { x in
            unsafe partial.withUnsafeMutableBufferPointer {
                unsafe mlops_square_sums(x.baseAddress, $0.baseAddress, x.count)
            }
        }
        return partial.reduce(0, +)
    }

    /// The rates of one AdamW update, as the formula of ``AdamW`` names them.
    struct AdamWRates {
        var shrink, rate, root, beta1Complement, beta2, beta2Complement, epsilon: Float
        /// What gradients are multiplied by first.
        var gradientScale: Float = 1
    }

    /// Moves p against g, and m and v with them.
    static func adamW(
        _ p: inout [Float], _ g: [Float], _ m: inout [Float], _ v: inout [Float], in range: Range<Int>,
        rates: AdamWRates
    ) {
        precondition(p.count == g.count && p.count == m.count && p.count == v.count, "buffers of different lengths")
        precondition(range.lowerBound >= 0 && range.upperBound <= p.count, "\(range) of \(p.count)")
        guard !range.isEmpty else { return }
        let rates = mlops_adamw_rates(
            shrink: rates.shrink, rate: rates.rate, root: rates.root, beta1_complement: rates.beta1Complement,
            beta2: rates.beta2, beta2_complement: rates.beta2Complement, epsilon: rates.epsilon,
            gradient_scale: rates.gradientScale)
        unsafe g.withUnsafeBufferPointer { g in
            unsafe p.withUnsafeMutableBufferPointer { p in
                unsafe m.withUnsafeMutableBufferPointer { m in
                    unsafe v.withUnsafeMutableBufferPointer { v in
                        guard let p = p.baseAddress, let g = g.baseAddress, let m = m.baseAddress,
                            let v = v.baseAddress
                        else { return }
                        let start = range.lowerBound
                        unsafe mlops_adamw(p + start, g + start, m + start, v + start, rates, range.count)
                    }
                }
            }
        }
    }

    // MARK: Layers

    /// y = x·r·w, r = 1/√(mean x² + ε), kept in `inverse` [rows, 1].
    static func rmsNormForward(_ x: Matrix, weight w: [Float], epsilon: Float, into y: Matrix, inverse: Matrix) {
        precondition(
            x.rows == y.rows && x.columns == y.columns && w.count == x.columns, "\(y.shape), \(x.shape), \(w.count)")
        precondition(inverse.rows == x.rows && inverse.columns == 1 && inverse.isContiguous, "inverse \(inverse.shape)")
        unsafe w.withUnsafeBufferPointer {
            unsafe mlops_rmsnorm_forward(
                x.pointer, x.stride, $0.baseAddress, epsilon, y.output, inverse.pointer, x.rows, x.columns)
        }
    }

    /// The same, in bf16.
    static func rmsNormForward(_ x: Matrix, weight w: [Float], epsilon: Float, into y: HalfMatrix, inverse: Matrix) {
        precondition(x.shape == [y.rows, y.columns] && w.count == x.columns, "\(x.shape), \(w.count)")
        precondition(inverse.rows == x.rows && inverse.columns == 1 && inverse.isContiguous, "inverse \(inverse.shape)")
        unsafe w.withUnsafeBufferPointer {
            unsafe mlops_rmsnorm_forward(
                x.pointer, x.stride, $0.baseAddress, epsilon, y.output, inverse.pointer, x.rows, x.columns)
        }
    }

    /// dx += r·(w∘dy) − x·r³/n·Σ(w∘dy∘x)
    static func rmsNormBackward(_ dy: Matrix, _ x: Matrix, weight w: [Float], inverse: Matrix, into dx: Matrix) {
        precondition(
            dy.rows == x.rows && dy.columns == x.columns && dx.rows == x.rows && dx.columns == x.columns
                && w.count == x.columns && inverse.rows == x.rows && inverse.isContiguous,
            "\(dx.shape), \(dy.shape), \(x.shape)")
        unsafe w.withUnsafeBufferPointer {
            unsafe mlops_rmsnorm_backward(
                dy.pointer, dy.stride, x.pointer, x.stride, $0.baseAddress, inverse.pointer, dx.pointer, dx.stride,
                x.rows, x.columns)
        }
    }

    /// Turns the heads in the columns of x by the angles of each row, forth or back: halves, or neighbours. In bf16 too, in `y`.
    static func rope(
        _ x: Matrix, cosine: Matrix, sine: Matrix, headSize: Int, neighbours: Bool = false, back: Bool = false,
        rounded y: HalfMatrix? = nil
    ) {
        let half = cosine.columns
        precondition(
            cosine.rows == x.rows && sine.rows == x.rows && sine.columns == half && 2 * half <= headSize
                && x.columns.isMultiple(of: headSize) && cosine.isContiguous && sine.isContiguous,
            "\(x.shape) by \(cosine.shape)")
        if let y { precondition(x.shape == [y.rows, y.columns], "\(x.shape), \(y.rows)×\(y.columns)") }
        unsafe mlops_rope(
            x.pointer, x.stride, cosine.pointer, sine.pointer, back ? -1 : 1, x.rows, x.columns / headSize, headSize,
            2 * half, neighbours ? 1 : 0, y?.output.half, y?.stride ?? 0)
    }

    /// y = min(max(x, −c), c); x and y may be one.
    static func bound(_ x: Matrix, by c: Float, into y: Matrix) {
        precondition(x.rows == y.rows && x.columns == y.columns, "\(y.shape), \(x.shape)")
        unsafe mlops_bound(y.pointer, y.stride, x.pointer, x.stride, nil, 0, c, x.rows, x.columns)
    }

    /// dx = dy where |x| < c, else 0; dx and dy may be one.
    static func boundBackward(_ dy: Matrix, x: Matrix, by c: Float, into dx: Matrix) {
        precondition(
            x.rows == dy.rows && x.columns == dy.columns && dx.rows == x.rows && dx.columns == x.columns,
            "\(dx.shape), \(dy.shape), \(x.shape)")
        unsafe mlops_bound(
            dx.pointer, dx.stride, x.pointer, x.stride, dy.pointer, dy.stride, c, x.rows, x.columns)
    }

    /// The loss of each row of logits against its target; with a gradient scale, the logits become scale·(softmax − onehot).
    static func crossEntropy(_ logits: Matrix, targets: [Int32], gradientScale: Float?) -> [Float] {
        precondition(targets.count == logits.rows, "\(targets.count) targets for \(logits.shape)")
        precondition(targets.allSatisfy { (0..<Int32(logits.columns)).contains($0) }, "a target beyond the vocabulary")
        var loss = [Float](repeating: 0, count: targets.count)
        unsafe targets.withUnsafeBufferPointer { targets in
            unsafe loss.withUnsafeMutableBufferPointer {
                unsafe mlops_cross_entropy(
                    logits.pointer, logits.stride, targets.baseAddress, $0.baseAddress, gradientScale ?? 0, logits.rows,
                    logits.columns)
            }
        }
        return loss
    }

    // MARK: Threads

    /// How many threads the kernels use.
    static var threadCount: Int {
        get { Int(mlops_thread_count()) }
        set { mlops_set_thread_count(Int32(clamping: newValue)) }
    }

    /// The instruction sets there are paths for.
    enum InstructionSet: Int32, CaseIterable, Sendable {
        case portable = 0
        case avx2 = 1
        case avx512 = 2
        case avx512VNNI = 3
        case avx512BF16 = 4
        case amx = 5
    }

    /// Whether this CPU multiplies bf16 numbers faster than others; another computes with their bits, slower than with f32.
    static var multipliesBF16: Bool { mlops_best_instruction_set() >= InstructionSet.avx512BF16.rawValue }

    /// Whether this CPU sums products of whole numbers of 16 bits, faster than those of f32.
    static var multipliesWholeNumbers: Bool { mlops_best_instruction_set() >= InstructionSet.avx2.rawValue }

    /// The paths this CPU has.
    static var instructionSets: [InstructionSet] {
        InstructionSet.allCases.filter { $0.rawValue <= mlops_best_instruction_set() }
    }

    /// Runs `body` on the path for `set` instead of the best one, for tests; other threads keep theirs.
    static func using<R>(_ set: InstructionSet, _ body: () throws -> R) rethrows -> R {
        mlops_use_instruction_set(set.rawValue)
        defer { mlops_use_instruction_set(-1) }
        return try body()
    }
}

extension Matrix {
    /// Rows and columns, for messages and checks.
    var shape: [Int] { [rows, columns] }
}
