public import MLOpsCore

/// F1 over words as SQuAD's evaluation takes them: lower case, ASCII punctuation and the articles a, an, the removed.
///
/// When either side has no word left, the score is 1 if both have none and 0 otherwise (SQuAD 2.0). Of several references
/// the best counts. P. Rajpurkar et al., "SQuAD: 100,000+ questions for machine comprehension of text", 2016.
public struct TokenF1: Metric {
    /// The key `token_f1`.
    public let name = "token_f1"
    /// More is better.
    public let direction = MetricDirection.higherIsBetter

    /// Creates the metric.
    public init() {}

    /// The best F1 against any reference, 0…1.
    public func score(_ answer: String, expected: [String]) -> Double {
        let answer = Self.counts(answer)
        return expected.map { Self.f1(answer, Self.counts($0)) }.max() ?? 0
    }

    private static func f1(_ answer: [[UInt8]: Int], _ reference: [[UInt8]: Int]) -> Double {
        if answer.isEmpty || reference.isEmpty { return answer.isEmpty && reference.isEmpty ? 1 : 0 }
        let common = answer.reduce(0) { $0 + min($1.value, reference[$1.key] ?? 0) }
        // 2PR/(P+R) with P = common/answer, R = common/reference.
        return 2 * Double(common) / Double(answer.values.reduce(0, +) + reference.values.reduce(0, +))
    }

    private static func counts(_ text: String) -> [[UInt8]: Int] {
        let kept = PythonText.lowercased(text).filter { !isPunctuation($0) }
        return Dictionary(PythonText.words(withoutArticles(kept)).map { ($0, 1) }, uniquingKeysWith: +)
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// Puts a space in place of each article that stands between word boundaries (`\b`), not only between spaces: the
    /// quotation marks of “the” and the dash of 2–a are boundaries too.
    private static func withoutArticles(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        var run: [Unicode.Scalar] = []
        func finish() {
            out += articles.contains(run) ? [" "] : run
            run.removeAll(keepingCapacity: true)
        }
        for scalar in scalars {
            if isWordCharacter(scalar) {
                run.append(scalar)
            } else {
                finish()
                out.append(scalar)
            }
        }
        finish()
        return out
    }

    private static let articles: Set<[Unicode.Scalar]> = [["a"], ["a", "n"], ["t", "h", "e"]]

    /// A letter or a number of any script; what `\w` means, "_" having gone with the punctuation.
    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }
}

extension Metric where Self == TokenF1 {
    /// F1 over words without punctuation and articles.
    public static var tokenF1: TokenF1 { TokenF1() }
}
