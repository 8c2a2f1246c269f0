// Measures something that is no model of this package at all, compares it with a baseline on the same rows,
// and asks the gate.
//
//     swift run EvaluateAnyGenerator
import MLOpsCore
import MLOpsEval

/// Adds the numbers of a question, and is off by one where the sum is a multiple of `wrongEvery`.
struct Calculator: TextGenerating {
    let wrongEvery: Int

    func completions(of prompts: [Prompt], options: GenerationOptions) async throws -> [Completion] {
        prompts.map { prompt in
            guard case .messages(let turns) = prompt, let question = turns.last?.content else {
                return Completion(text: "")
            }
            let terms = question.split { !$0.isNumber }.compactMap { Int($0) }
            let sum = terms.reduce(0, +)
            return Completion(text: "The sum is \(sum.isMultiple(of: wrongEvery) ? sum + 1 : sum).")
        }
    }
}

let rows = (1...60).map { number in
    Conversation(messages: [
        ChatMessage(role: "user", content: "What is \(number) + \(number * number)?"),
        ChatMessage(role: "assistant", content: "The sum is \(number + number * number)."),
    ])
}

// n + n² is always even: the one calculator is wrong wherever 6 divides it, the other everywhere.
let evaluation = Evaluation(metrics: MetricSet([.exactMatch, .rouge1], corpus: [.bleu]), measuresTime: false)
let better = try await evaluation.report(on: rows, of: Calculator(wrongEvery: 6))
let baseline = try await evaluation.report(on: rows, of: Calculator(wrongEvery: 2))

let metrics = MetricsFile(model: better, baseline: baseline, gate: Gate(minimumExampleCount: 30))
print(MetricsTable(metrics, baselineTitle: "baseline", modelTitle: "better").text)
print(metrics.gate?.text ?? "There is no gate.")

// The same gate decides nothing on five rows, whatever the figures are.
let few = MetricsFile(
    model: try await evaluation.report(on: Array(rows.prefix(5)), of: Calculator(wrongEvery: 6)),
    baseline: try await evaluation.report(on: Array(rows.prefix(5)), of: Calculator(wrongEvery: 2)),
    gate: Gate(minimumExampleCount: 30))
print("on five rows: \(few.gate?.verdict.rawValue ?? "no gate")")
