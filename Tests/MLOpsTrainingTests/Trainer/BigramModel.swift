import Foundation
import MLOpsCore
import MLOpsTraining

/// A language model small enough to check by hand: the next token's logits are a row of a table, the last token's.
///
/// Half of the logits, drawn anew for each micro-batch, are left out of a training step, so that a resumed run which draws
/// other numbers gives itself away.
struct BigramModel: TrainableModel {
    let vocabulary: Int
    private(set) var parameters: [Float]
    var isRandom = true
    /// Rows whose loss is not a number.
    var poison: Set<Int> = []
    /// Writing fails from this call on.
    var failure: WritingFailure?
    var identity: String { "bigram \(vocabulary)" }

    final class WritingFailure: @unchecked Sendable {  // used by one test on one task
        var callsLeft: Int
        init(after calls: Int) { callsLeft = calls }
    }

    init(vocabulary: Int = 6) {
        self.vocabulary = vocabulary
        parameters = (0..<vocabulary * vocabulary).map { Float(($0 * 7) % 5) * 0.01 }
    }

    mutating func withParameters(_ body: (inout [Float]) throws -> Void) rethrows { try body(&parameters) }

    func addGradients(
        of examples: [TokenizedExample], dropout: DropoutKey, weight: Float, to gradients: inout [Float]
    ) throws -> TokenScore {
        var numbers = PhiloxStream(
            seed: dropout.seed, purpose: 99, stream: UInt32(dropout.step * 1_000 + dropout.firstRow))
        let kept = (0..<vocabulary).map { _ in isRandom ? Float(numbers.next(below: 2)) : 1 }
        return score(of: examples) { previous, target, probabilities in
            for k in 0..<vocabulary {
                gradients[previous * vocabulary + k] += weight * kept[k] * (probabilities[k] - (k == target ? 1 : 0))
            }
        }
    }

    func score(of examples: [TokenizedExample]) throws -> TokenScore { score(of: examples) { _, _, _ in } }

    private func score(of examples: [TokenizedExample], each: (Int, Int, [Float]) -> Void) -> TokenScore {
        var score = TokenScore(negativeLogLikelihood: 0, tokenCount: 0)
        for example in examples {
            for i in example.ids.indices.dropFirst() where example.isSupervised[i] {
                let (previous, target) = (Int(example.ids[i - 1]), Int(example.ids[i]))
                let weights = parameters[previous * vocabulary..<(previous + 1) * vocabulary].map { exp($0) }
                let total = weights.reduce(0, +)
                each(previous, target, weights.map { $0 / total })
                score.negativeLogLikelihood -= Double(log(weights[target] / total))
                score.tokenCount += 1
            }
            if poison.contains(example.origin.line) { score.negativeLogLikelihood = .nan }
        }
        return score
    }

    func writeParameters(to directory: URL) throws {
        if let failure {
            failure.callsLeft -= 1
            if failure.callsLeft < 0 {
                try WholeFile.write("half", to: directory.appending(path: "table.safetensors"))
                throw CocoaError(.fileWriteOutOfSpace)
            }
        }
        try SafetensorsWriter.write(
            [TensorToWrite(name: "table", shape: [parameters.count], floats: parameters)],
            to: directory.appending(path: "table.safetensors"))
    }

    mutating func readParameters(from directory: URL) throws {
        let url = directory.appending(path: "table.safetensors")
        parameters = try SafetensorsFile(contentsOf: url).tensor("table", in: url).floats()
    }

    /// Rows that have something to learn: each token is followed by its double, modulo the vocabulary.
    static func rows(_ count: Int, vocabulary: Int = 6) -> [TokenizedExample] {
        (0..<count).map { row in
            var ids = [Int32(row % vocabulary)]
            for _ in 0..<(3 + row % 4) { ids.append((ids.last! * 2 + 1) % Int32(vocabulary)) }
            return TokenizedExample(
                ids: ids, isSupervised: ids.indices.map { $0 > row % 2 },
                origin: RowOrigin(file: "rows.jsonl", line: row + 1))
        }
    }
}
