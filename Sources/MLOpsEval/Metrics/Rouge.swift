public import MLOpsCore

/// F1 of what the answer and a reference have in common, as the package rouge-score 0.1.2 computes it.
///
/// Words are lower-cased runs of a–z and 0–9. Of several references the best counts.
/// C.-Y. Lin, "ROUGE: A package for automatic evaluation of summaries", 2004.
public struct Rouge: Metric {
    /// What is held in common.
    public enum Kind: Sendable, Hashable {
        /// Runs of this many words, each counted as often as both sides have it.
        case runs(Int)
        /// The longest common subsequence of words (`rougeL`).
        case longestSubsequence
        /// The same, sentence by sentence, where a line is a sentence: the union over the answer's sentences of what each
        /// shares with a sentence of the reference (`rougeLsum`).
        case sentenceUnion
    }

    /// What is held in common.
    public let kind: Kind
    /// `rouge1`, `rouge2`, `rougeL` or `rougeLsum`, with or without stemming.
    public let name: String
    /// More is better.
    public let direction = MetricDirection.higherIsBetter
    private let tokenizer: RougeTokenizer

    /// Creates the metric.
    ///
    /// - Parameters:
    ///   - kind: what is held in common. Runs must have at least one word.
    ///   - usesStemmer: whether words of more than three letters are compared by their Porter stem.
    public init(_ kind: Kind, usesStemmer: Bool = false) {
        self.kind = kind
        self.tokenizer = RougeTokenizer(usesStemmer: usesStemmer)
        switch kind {
        case .runs(let count):
            precondition(count > 0, "a run has at least one word, not \(count)")
            name = "rouge\(count)"
        case .longestSubsequence: name = "rougeL"
        case .sentenceUnion: name = "rougeLsum"
        }
    }

    /// The best F1 against any reference, 0…1.
    public func score(_ answer: String, expected: [String]) -> Double {
        expected.map { score(answer, $0) }.max() ?? 0
    }

    private func score(_ answer: String, _ reference: String) -> Double {
        var interner = Interner<[UInt8]>()
        func words(_ text: some Sequence<Unicode.Scalar>) -> [Int32] { interner.ids(of: tokenizer.words(text)) }
        switch kind {
        case .runs(let length):
            var counter = NGramCounter(highestOrder: length)
            let reference = counter.counts(of: words(reference.unicodeScalars))[length - 1]
            let answer = counter.counts(of: words(answer.unicodeScalars))[length - 1]
            return Self.f1(common: reference.matches(answer), reference.total, answer.total)
        case .longestSubsequence:
            let reference = words(reference.unicodeScalars)
            let answer = words(answer.unicodeScalars)
            return Self.f1(common: LongestCommonSubsequence(reference, answer).length, reference.count, answer.count)
        case .sentenceUnion:
            let reference = reference.unicodeScalars.split(separator: "\n").map { words($0) }
            let answer = answer.unicodeScalars.split(separator: "\n").map { words($0) }
            return Self.f1(
                common: Self.unionCount(reference, answer), reference.reduce(0) { $0 + $1.count },
                answer.reduce(0) { $0 + $1.count })
        }
    }

    /// How many words the sentences share, a word counted at most as often as either side has it.
    private static func unionCount(_ reference: [[Int32]], _ answer: [[Int32]]) -> Int {
        var left = Dictionary(reference.joined().map { ($0, 1) }, uniquingKeysWith: +)
            .merging(answer.joined().map { ($0, 0) }, uniquingKeysWith: +)
        let answerCounts = Dictionary(answer.joined().map { ($0, 1) }, uniquingKeysWith: +)
        for (word, count) in left { left[word] = min(count, answerCounts[word] ?? 0) }
        var common = 0
        for sentence in reference {
            let shared = Set(answer.flatMap { LongestCommonSubsequence(sentence, $0).positions })
            for position in shared where left[sentence[position], default: 0] > 0 {
                left[sentence[position], default: 0] -= 1
                common += 1
            }
        }
        return common
    }

    private static func f1(common: Int, _ reference: Int, _ answer: Int) -> Double {
        guard common > 0 else { return 0 }
        let precision = Double(common) / Double(answer)
        let recall = Double(common) / Double(reference)
        return 2 * precision * recall / (precision + recall)
    }
}

extension Metric where Self == Rouge {
    /// F1 over single words.
    public static var rouge1: Rouge { Rouge(.runs(1)) }
    /// F1 over pairs of neighbouring words.
    public static var rouge2: Rouge { Rouge(.runs(2)) }
    /// F1 over the longest common subsequence of words.
    public static var rougeL: Rouge { Rouge(.longestSubsequence) }
    /// F1 over the longest common subsequences of the lines.
    public static var rougeLsum: Rouge { Rouge(.sentenceUnion) }
}
