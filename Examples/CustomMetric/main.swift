// A metric of one's own beside the built-in ones: does the answer name a command that exists?
//
//     swift run CustomMetric
import MLOpsCore
import MLOpsEval

/// The share of `mlops …` commands in an answer that the tool really has; 1 when it names none.
struct KnownCommands: Metric {
    let name = "known_commands"
    let direction = MetricDirection.higherIsBetter
    let commands: Set<String>

    func score(_ answer: String, expected: [String]) -> Double {
        let words = answer.split { !$0.isLetter }
        let named = zip(words, words.dropFirst()).filter { $0.0 == "mlops" }.map { String($0.1) }
        return named.isEmpty ? 1 : Double(named.count { commands.contains($0) }) / Double(named.count)
    }
}

/// Anything that answers prompts can be measured; here, a table.
struct Answers: TextGenerating {
    let table: [String: String]

    func completions(of prompts: [Prompt], options: GenerationOptions) async throws -> [Completion] {
        prompts.map { prompt in
            guard case .messages(let turns) = prompt, let question = turns.last else { return Completion(text: "") }
            return Completion(text: table[question.content] ?? "I do not know.")
        }
    }
}

func row(_ question: String, _ answer: String) -> Conversation {
    Conversation(messages: [
        ChatMessage(role: "user", content: question), ChatMessage(role: "assistant", content: answer),
    ])
}

let rows = [
    row("How do I train?", "Run mlops train."), row("How do I compare two runs?", "Run mlops compare A B."),
    row("How do I undo a publication?", "That is not possible."),
]
let answers = Answers(table: [
    "How do I train?": "Run mlops train.",
    "How do I compare two runs?": "Run mlops compare A B, or mlops diff A B.",
    "How do I undo a publication?": "Run mlops unpublish.",
])

let evaluation = Evaluation(
    metrics: [.exactMatch, .rouge1, KnownCommands(commands: ["train", "eval", "compare", "gate"])], corpusMetrics: [])
let report = try await evaluation.report(on: rows, of: answers)

// The figures, and the scores behind them: the worst answer by our own measure first.
for name in ["exact_match", "rouge1", "known_commands"] {
    print("\(name): \(hundredths(report[name] ?? .nan))")
}
for example in report.examples.sorted(by: { ($0["known_commands"] ?? 0) < ($1["known_commands"] ?? 0) }) {
    print("\(hundredths(example["known_commands"] ?? .nan))  \(example.completion.text)")
}

func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
