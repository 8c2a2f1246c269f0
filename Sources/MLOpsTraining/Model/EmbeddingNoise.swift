internal import MLOpsCore

/// NEFTune: in training, every number of a row's embeddings moves by a uniform one in ±α/√(L·d), for a row of L tokens and
/// embeddings of d numbers.
///
/// Jain et al. 2023, arXiv:2310.05914, and transformers' `neftune_post_forward_hook`, whose L counts padding; rows here have
/// none. What a number moves by is a function of seed, step, row and place, so it depends neither on threads nor on batches.
struct EmbeddingNoise {
    let alpha: Double
    let key: DropoutKey

    /// The noise that `key` asks for, nil when it asks for none.
    init?(_ key: DropoutKey?) {
        guard let key, let alpha = key.noiseAlpha else { return nil }
        self.alpha = alpha
        self.key = key
    }

    /// Adds the noise of each row of `batch`.
    ///
    /// - Precondition: the rows share nothing.
    func add(to x: Matrix, _ batch: SupervisedBatch, _ examples: [TokenizedExample]) {
        precondition(batch.sharedCount == 0, "\(batch.sharedCount) shared tokens")
        let step = CounterRandom(seed: key.seed, stream: .embeddingNoise).child(UInt64(clamping: key.step))
        for segment in batch.segments {
            let (row, length) = (batch.rows.lowerBound + segment.row, segment.tokens.count)
            let random = step.child(UInt64(clamping: key.firstRow + row))
            let bound = alpha / (Double(examples[row].ids.count) * Double(x.columns)).squareRoot()
            let noise = (0..<UInt64(length * x.columns)).map { Float((2 * random.uniform($0) - 1) * bound) }
            Kernels.add(
                Matrix(noise, rows: length, columns: x.columns), into: x.rows(segment.tokens))
        }
    }
}
