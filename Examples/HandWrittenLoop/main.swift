// The training loop written by hand, for methods that are not in the library: here, a rate that falls when the loss rises.
//
//     swift run HandWrittenLoop [MODEL]
import Foundation
import MLOpsCore
import MLOpsTraining

let path = CommandLine.arguments.dropFirst().first ?? "Tests/Fixtures/TinyLlama"
let model = try DecoderModel(contentsOf: URL(filePath: path))
let encoder = try ConversationEncoder(model.files)
let rows = try (0..<8).map { number in
    try encoder.example(
        Conversation(messages: [
            ChatMessage(role: "user", content: "What follows \(number)?"),
            ChatMessage(role: "assistant", content: "\(number + 1)"),
        ]))
}

var adapter = try LoRAAdapter(
    for: model.architecture, configuration: LoRAConfiguration(rank: 4, alpha: 8), seed: 7)
var optimizer = AdamW(weightDecay: 0.01)
var rate = 3e-2
var last = Double.infinity
let plan = TrainingPlan(rowCount: rows.count, optimization: .init(epochs: 20, batchSize: 4))

for batch in BatchSampler(plan: plan, seed: 7).prefix(plan.totalSteps) {
    var sum = 0.0
    var tokens = 0
    var gradients = adapter.zeroGradients
    for rowNumbers in batch.microBatches {
        let part = try model.lossAndGradients(of: rowNumbers.map { rows[$0] }, adapter: adapter)
        sum += part.lossSum
        tokens += part.supervisedCount
        gradients.add(part.gradients)
    }
    // Sums become means over the step's learned tokens, however its rows were batched.
    gradients.scale(by: 1 / Float(tokens))
    gradients.clip(toNorm: 1)
    let loss = sum / Double(tokens)
    if loss > last { rate *= 0.8 }
    last = loss
    optimizer.update(&adapter, with: gradients, learningRate: rate)
    if batch.step % 10 == 0 { print("step \(batch.step): loss \(hundredths(loss)), rate \(hundredths(rate))") }
}

let scores = try model.scores(of: rows, adapter: adapter)
let likelihood = scores.reduce(0) { $0 + $1.negativeLogLikelihood } / Double(scores.reduce(0) { $0 + $1.tokenCount })
print("in the end: loss \(hundredths(likelihood))")

func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
