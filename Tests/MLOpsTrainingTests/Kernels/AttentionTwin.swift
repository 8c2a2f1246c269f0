@testable import MLOpsTraining
import Foundation

/// Causal attention of one row in double precision, one score at a time.
struct AttentionTwin {
    let shape: AttentionShape
    /// [queries, heads·size], [keys, keyValueHeads·size] twice.
    let q, k, v: [Double]

    private var queryWidth: Int { shape.headCount * shape.headSize }
    private var keyWidth: Int { shape.keyValueHeadCount * shape.headSize }
    private var queryCount: Int { q.count / queryWidth }
    private var keyCount: Int { k.count / keyWidth }

    /// Where head `head` begins in a row of queries, and its keys in a row of keys.
    private func offsets(_ head: Int) -> (query: Int, key: Int) {
        (head * shape.headSize, head / (shape.headCount / shape.keyValueHeadCount) * shape.headSize)
    }

    private func visibleKeys(_ query: Int) -> Range<Int> {
        let end = keyCount - queryCount + query + 1
        return max(0, end - (shape.window ?? end))..<end
    }

    /// The scores of the keys a query sees, and their slopes by what was bounded.
    private func scores(_ query: Int, _ head: Int) -> (values: [Double], slopes: [Double]) {
        let at = offsets(head)
        let plain = visibleKeys(query).map { key in
            Double(shape.scale)
                * (0..<shape.headSize).reduce(0) {
                    $0 + q[query * queryWidth + at.query + $1] * k[key * keyWidth + at.key + $1]
                }
        }
        guard let cap = shape.softcap.map({ Double($0) }) else { return (plain, plain.map { _ in 1 }) }
        let tangents = plain.map { tanh($0 / cap) }
        return (tangents.map { cap * $0 }, tangents.map { 1 - $0 * $0 })
    }

    /// The probabilities of the keys a query sees, and the logarithm of their sum before they were divided by it.
    private func probabilities(_ query: Int, _ head: Int) -> (values: [Double], logSumExp: Double) {
        let (scores, _) = scores(query, head)
        let top = scores.max() ?? 0
        let total = scores.reduce(0) { $0 + exp($1 - top) }
        return (scores.map { exp($0 - top) / total }, top + log(total))
    }

    func forward() -> (output: [Double], logSumExp: [Double]) {
        var output = [Double](repeating: 0, count: q.count)
        var sums: [Double] = []
        for query in 0..<queryCount {
            for head in 0..<shape.headCount {
                let at = offsets(head)
                let (p, sum) = probabilities(query, head)
                sums.append(sum)
                for (key, p) in zip(visibleKeys(query), p) {
                    for i in 0..<shape.headSize {
                        output[query * queryWidth + at.query + i] += p * v[key * keyWidth + at.key + i]
                    }
                }
            }
        }
        return (output, sums)
    }

    /// The gradients of Σ dy∘output.
    func backward(_ dy: [Double]) -> (dq: [Double], dk: [Double], dv: [Double]) {
        var dq = [Double](repeating: 0, count: q.count)
        var dk = [Double](repeating: 0, count: k.count)
        var dv = dk
        for query in 0..<queryCount {
            for head in 0..<shape.headCount {
                let at = offsets(head)
                let row = query * queryWidth + at.query
                let (p, _) = probabilities(query, head)
                let dp = visibleKeys(query).map { key in
                    (0..<shape.headSize).reduce(0.0) { $0 + dy[row + $1] * v[key * keyWidth + at.key + $1] }
                }
                let slopes = scores(query, head).slopes
                let mean = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
                for (j, key) in visibleKeys(query).enumerated() {
                    let ds = Double(shape.scale) * slopes[j] * p[j] * (dp[j] - mean)
                    for i in 0..<shape.headSize {
                        let place = key * keyWidth + at.key + i
                        dq[row + i] += ds * k[place]
                        dk[place] += ds * q[row + i]
                        dv[place] += p[j] * dy[row + i]
                    }
                }
            }
        }
        return (dq, dk, dv)
    }
}
