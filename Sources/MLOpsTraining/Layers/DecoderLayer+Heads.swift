internal import MLOpsCore

/// Heads in other places, or of another width, than attention takes them.
extension DecoderLayer {
    /// Takes a weight's output apart into queries, keys and values, or puts them together again.
    func split(_ all: Matrix, _ q: Matrix, _ k: Matrix, _ v: Matrix, back: Bool = false) {
        let (size, wide) = (shape.headSize, attention.headSize)
        let (heads, keys) = (attention.headCount, attention.keyValueHeadCount)
        let queries = heads / keys
        let isByHead = shape.attentionFusion == .byHead
        let inQuarter = heads / 4
        for (i, (part, count)) in [(q, heads), (k, keys), (v, keys)].enumerated() {
            for head in 0..<count {
                let ofKey = i == 0 ? (head / queries, head % queries) : (head, queries + i - 1)
                let beside = i == 0 ? head : heads + (i - 1) * keys + head
                var place = isByHead ? ofKey.0 * (queries + 2) + ofKey.1 : beside
                if shape.attentionFusion == .byQuarter {
                    place = (head / inQuarter * 3 + [0, 2, 1][i]) * inQuarter + head % inQuarter
                }
                let start = place * size
                let whole = all.columns(start..<start + size)
                let own = part.columns(head * wide..<head * wide + size)
                Kernels.copy(back ? own : whole, into: back ? whole : own)
            }
        }
    }

    /// Adds to each query and key the two numbers whose product is what its score gains, and zeros to values.
    ///
    /// ```
    /// scale·[q, 1/scale, 0]·[k, gain, 0]ᵀ = scale·q·kᵀ + gain
    /// ```
    func addScoreGains(_ saved: Saved, pass: Pass) {
        guard let bias = shape.positionBias else { return }
        let (size, wide) = (shape.headSize, attention.headSize)
        let factor = bias.isScaled ? 1 : 1 / attention.scale
        for head in 0..<attention.headCount {
            let (first, last) = (head * wide + size, head * wide + size + 1)
            for token in 0..<pass.tokenCount {
                (saved.rawQ[token, first], saved.rawQ[token, last]) = (factor, 0)
                (saved.rawK[token, first], saved.rawK[token, last]) = (pass.scoreGains[token, head], 0)
                (saved.v[token, first], saved.v[token, last]) = (0, 0)
            }
        }
    }

    /// Copies what heads of one width have of those of another.
    func copyHeads(_ x: Matrix, into y: Matrix) {
        let (from, to) = (x.columns / attention.headCount, y.columns / attention.headCount)
        let size = min(from, to)
        for head in 0..<attention.headCount {
            Kernels.copy(
                x.columns(head * from..<head * from + size), into: y.columns(head * to..<head * to + size))
        }
    }
}
