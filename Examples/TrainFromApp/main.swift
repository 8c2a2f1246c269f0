// Fine-tunes a model from within an app and asks the result a question.
//
//     swift run TrainFromApp [MODEL [DATA.jsonl]]
//
// MODEL is a Hugging Face directory or a GGUF file; without it a tiny random model from the tests is trained on six rows.
import Foundation
import MLOpsCore
import MLOpsTraining

let arguments = CommandLine.arguments.dropFirst().map { URL(filePath: $0) }
let dataset =
    arguments.count > 1
    ? try Dataset(contentsOf: arguments[1])
    : Dataset(
        ["red", "green", "blue", "black", "white", "grey"].map { color in
            Conversation(messages: [
                ChatMessage(role: "user", content: "Which color is \(color)?"),
                ChatMessage(role: "assistant", content: "It is \(color)."),
            ])
        })

// The model, and its own tokenizer and chat template, which turn conversations into tokens.
let model = try DecoderModel(contentsOf: arguments.first ?? URL(filePath: "Tests/Fixtures/TinyLlama"))
let encoder = try ConversationEncoder(model.files)
let rows = try dataset.tokenized(maximumLength: 512) { try encoder.example($0) }

// A run is a folder: journal, checkpoints, the adapter. Training it again after a crash goes on where it was.
let runs = FileManager.default.temporaryDirectory.appending(
    path: "train-from-app-\(ProcessInfo.processInfo.processIdentifier)")
defer { try? FileManager.default.removeItem(at: runs) }
let run = try RunDirectory.create(named: "colors", in: runs)
let trainer = try Trainer(
    model: AdapterTraining(model: model, configuration: LoRAConfiguration(rank: 8, alpha: 16)),
    examples: rows.examples, run: run,
    configuration: TrainingConfiguration(optimization: .init(epochs: 50, batchSize: 3, learningRate: 2e-2)))

for try await event in trainer.events {
    switch event {
    case .started(let start): print("training \(start.parameterCount) parameters for \(start.plan.totalSteps) steps")
    case .step(let step) where step.index % 25 == 0: print("step \(step.index): loss \(hundredths(step.loss))")
    case .finished(let summary):
        print("loss fell from \(hundredths(summary.firstLoss)) to \(hundredths(summary.finalLoss))")
    default: break
    }
}

let adapter = try LoRAAdapter(contentsOf: run.model, for: model.architecture)
let tuned = TextModel(model, adapter: adapter, encoder: encoder)
let answer = try await tuned.completions(
    of: [.messages([ChatMessage(role: "user", content: "Which color is blue?")])],
    options: GenerationOptions(maximumTokens: 16))
print("the tuned model says \(answer[0].text.debugDescription)")

func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
