internal import Foundation
internal import MLOpsCore

/// The choice of the next token from its logits.
///
/// Temperature, then the k most likely, then the smallest set whose probabilities reach p, as transformers' logits processors
/// do it in that order. Token n of answer i depends on the seed, i and n alone: not on what else is generated beside it.
struct TokenSampler: Sendable {
    private let options: GenerationOptions
    private let random: CounterRandom

    init(_ options: GenerationOptions, answer: Int) {
        self.options = options
        random = CounterRandom(seed: options.seed, stream: .sampling).child(UInt64(clamping: answer))
    }

    /// Returns the token number `index` of the answer; greedily, of equal logits the first.
    func token(_ logits: some Collection<Float>, index: Int) -> Int32 {
        let candidates = candidates(logits)
        var rest = random.uniform(UInt64(clamping: index)) * candidates.reduce(0) { $0 + $1.weight }
        for candidate in candidates {
            rest -= candidate.weight
            if rest < 0 { return candidate.id }
        }
        return candidates[candidates.count - 1].id
    }

    /// The tokens that may be drawn, with weights proportional to their probabilities.
    func candidates(_ logits: some Collection<Float>) -> [(id: Int32, weight: Double)] {
        guard options.temperature > 0 else { return [(Int32(Self.best(logits)), 1)] }
        var candidates = logits.enumerated().map {
            (id: Int32($0.offset), weight: Double($0.element) / options.temperature)
        }
        let top = candidates.reduce(-Double.infinity) { max($0, $1.weight) }
        guard top.isFinite else { return [(Int32(Self.best(logits)), 1)] }
        let limitsCount = (1..<candidates.count).contains(options.topK)
        if limitsCount || options.topP < 1 {
            candidates.sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.id < $1.id }
        }
        if limitsCount {
            // Those as likely as the last of the k stay too.
            let least = candidates[options.topK - 1].weight
            candidates.removeSubrange((candidates.lastIndex { $0.weight >= least } ?? 0) + 1..<candidates.count)
        }
        for i in candidates.indices { candidates[i].weight = exp(candidates[i].weight - top) }
        if options.topP < 1 {
            let total = candidates.reduce(0) { $0 + $1.weight }
            var sum = 0.0
            let end = candidates.firstIndex {
                sum += $0.weight
                return sum >= options.topP * total
            }
            if let end { candidates.removeSubrange((end + 1)...) }
        }
        return candidates
    }

    private static func best(_ logits: some Collection<Float>) -> Int {
        var (best, index) = (-Float.infinity, 0)
        for (i, logit) in logits.enumerated() where logit > best { (best, index) = (logit, i) }
        return index
    }
}
