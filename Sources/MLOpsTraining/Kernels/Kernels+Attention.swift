internal import CMLOpsKernels

/// The shape of causal attention over rows of different lengths.
struct AttentionShape {
    var headCount: Int
    var keyValueHeadCount: Int
    var headSize: Int
    /// What scores are multiplied by, 1/√headSize unless a model says otherwise.
    var scale: Float
    /// How many keys a query sees at most; nil: all before it.
    var window: Int?
    /// c of c·tanh(score/c), which bounds scores; nil: they are not bounded.
    var softcap: Float?
    /// Whether the products of more than four queries are of numbers rounded to bf16.
    var isInHalves = false
}

/// One row of a ragged batch: which queries it has, and where its keys and values lie.
///
/// The last query sees all keys, each one before it one key less.
struct AttentionRow {
    var queries: Range<Int>
    var keys: Matrix
    var values: Matrix
}

extension Kernels {
    /// output = softmax(cap(scale·q·kᵀ))·v for each head of each row, causal; log Σ exp of the scores for the backward pass.
    ///
    /// | | shape |
    /// |---|---|
    /// | q, output | [tokens, headCount·headSize] |
    /// | keys, values of a row | [keys, keyValueHeadCount·headSize] |
    /// | logSumExp | [tokens, headCount] |
    static func attentionForward(
        _ shape: AttentionShape, rows: [AttentionRow], q: Matrix, into output: Matrix, logSumExp: Matrix?
    ) {
        precondition(q.shape == output.shape && q.columns == shape.headCount * shape.headSize, "\(q.shape)")
        if let logSumExp {
            precondition(logSumExp.shape == [q.rows, shape.headCount] && logSumExp.isContiguous, "\(logSumExp.shape)")
        }
        unsafe withSequences(shape, rows, q: q) {
            let scratch = unsafe Matrix(rows: 1, columns: mlops_attention_scratch($0))
            unsafe mlops_attention_forward(
                $0, q.pointer, output.pointer, output.stride, logSumExp?.pointer, scratch.pointer)
        }
    }

    /// dq, dk and dv of ``attentionForward(_:rows:q:into:logSumExp:)``.
    ///
    /// The gradients of a row's keys and values go to the rows `keyGradients[row]` of dk and dv.
    static func attentionBackward(
        _ shape: AttentionShape, rows: [AttentionRow], keyGradients: [Range<Int>], q: Matrix, output: Matrix,
        logSumExp: Matrix, doutput: Matrix, delta: Matrix, dq: Matrix, dk: Matrix, dv: Matrix
    ) {
        precondition(
            output.shape == q.shape && doutput.shape == q.shape && dq.shape == q.shape && dq.stride == q.stride
                && dv.shape == dk.shape && dv.stride == dk.stride
                && logSumExp.shape == [q.rows, shape.headCount] && delta.shape == logSumExp.shape
                && delta.isContiguous && logSumExp.isContiguous,
            "\(q.shape), \(dk.shape)")
        precondition(keyGradients.count == rows.count, "\(keyGradients.count) ranges for \(rows.count) rows")
        for (row, range) in zip(rows, keyGradients) {
            precondition(
                range.count == row.keys.rows && range.upperBound <= dk.rows && row.keys.columns == dk.columns
                    && row.keys.stride == dk.stride, "keys \(row.keys.shape) at \(range) of \(dk.shape)")
        }
        unsafe withSequences(shape, rows, keyStarts: keyGradients.map(\.lowerBound), q: q) {
            unsafe mlops_attention_backward(
                $0, q.pointer, output.pointer, output.stride, logSumExp.pointer, doutput.pointer, doutput.stride,
                delta.pointer, dq.pointer, dk.pointer, dv.pointer)
        }
    }

    private static func withSequences(
        _ shape: AttentionShape, _ rows: [AttentionRow], keyStarts: [Int]? = nil, q: Matrix,
        _ body: (UnsafePointer<mlops_attention>) -> Void
    ) {
        guard let first = rows.first else { return }
        precondition(shape.headSize <= MLOPS_MAXIMUM_HEAD_SIZE, "heads of \(shape.headSize)")
        precondition(shape.headCount.isMultiple(of: shape.keyValueHeadCount), "\(shape.headCount) heads")
        let width = shape.keyValueHeadCount * shape.headSize
        var sequences: [mlops_sequence] = unsafe []
        for (i, row) in rows.enumerated() {
            precondition(
                row.queries.upperBound <= q.rows && row.keys.columns == width && row.values.shape == row.keys.shape
                    && row.keys.rows >= row.queries.count && row.keys.stride == first.keys.stride
                    && row.values.stride == first.keys.stride,
                "queries \(row.queries) of \(q.rows), keys \(row.keys.shape)")
            unsafe sequences.append(
                mlops_sequence(
                    keys: row.keys.pointer, values: row.values.pointer, query_start: row.queries.lowerBound,
                    query_count: row.queries.count, key_count: row.keys.rows, key_start: keyStarts?[i] ?? 0))
        }
        unsafe sequences.withUnsafeBufferPointer { sequences in
            var arguments = unsafe mlops_attention(
                sequences: sequences.baseAddress, sequence_count: sequences.count, heads: shape.headCount,
                key_value_heads: shape.keyValueHeadCount, head_size: shape.headSize, query_ld: q.stride,
                key_ld: first.keys.stride, window: shape.window ?? 0, scale: shape.scale,
                softcap: shape.softcap ?? 0, halves: shape.isInHalves ? 1 : 0)
            unsafe body(&arguments)
        }
    }
}
