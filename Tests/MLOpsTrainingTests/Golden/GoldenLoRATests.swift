import Foundation
import MLOpsCore
import MLOpsTraining
import Testing

/// Whole LoRA runs in a hand-written loop, step for step as torch 2.13.0 with PEFT 0.21.2 does them in f32.
@Suite struct GoldenLoRATests {
    @Test(
        .enabled(if: GoldenFolder.url != nil),
        arguments: ["llama_all", "llama_linear_warmup", "llama_qv_accum", "qwen2_rslora"], [false, true])
    func trainsAsPEFT(name: String, checkpointing: Bool) throws {
        let folder = try #require(GoldenFolder.url).appending(path: "lora/\(name)")
        let expected = try GoldenFolder.json(folder.appending(path: "expect.json"))
        let keys = try #require(expected["config"])
        let steps = try #require(expected["steps"]?.array)
        let model = try DecoderModel(contentsOf: folder.appending(path: "model"))
        var adapter = try LoRAAdapter(contentsOf: folder.appending(path: "init_adapter"), for: model.architecture)
        #expect(adapter.configuration.rank == keys["lora_r"]?.int)
        let rows = try Self.rows(folder.appending(path: "rows.jsonl"))

        var optimizer = AdamW(weightDecay: keys["weight_decay"]?.double ?? 0)
        let schedule = LearningRateSchedule(
            peak: try #require(keys["lr"]?.double),
            decay: try #require(
                keys["lr_scheduler_type"]?.string.flatMap { OptimizationConfiguration.Scheduler(rawValue: $0) }),
            warmupSteps: keys["warmup_steps"]?.int ?? 0, totalSteps: steps.count)
        let batchSize = try #require(keys["batch_size"]?.int)
        let accumulation = try #require(keys["gradient_accumulation_steps"]?.int)
        var next = 0
        for (index, step) in steps.enumerated() {
            var lossSum = 0.0
            var count = 0
            var gradients = adapter.zeroGradients
            for _ in 0..<accumulation {
                let batch = (0..<batchSize).map { rows[(next + $0) % rows.count] }
                next += batchSize
                let result = try model.lossAndGradients(of: batch, adapter: adapter, checkpointing: checkpointing)
                lossSum += result.lossSum
                count += result.supervisedCount
                gradients.add(result.gradients)
            }
            gradients.scale(by: 1 / Float(count))
            let norm = gradients.clip(toNorm: keys["max_grad_norm"]?.double ?? .infinity)
            let rate = schedule.rate(at: index)
            optimizer.update(&adapter, with: gradients, learningRate: rate)

            #expect(count == step["supervised_tokens"]?.int)
            let loss = try #require(step["loss"]?.double)
            #expect(abs(lossSum / Double(count) - loss) < 2e-5 * loss, "step \(index + 1)")
            let expectedNorm = try #require(step["grad_norm"]?.double)
            #expect(abs(norm - expectedNorm) < 2e-4 * expectedNorm, "step \(index + 1)")
            #expect(abs(rate - (step["lr"]?.double ?? -1)) < 1e-12)
        }
        let final = try LoRAAdapter(contentsOf: folder.appending(path: "final_adapter"), for: model.architecture)
        #expect(relativeDifference(adapter.parameters, final.parameters) < 2e-3)
    }

    private static func rows(_ url: URL) throws -> [TokenizedExample] {
        try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
            let row = try JSONValue(parsing: String(line))
            return TokenizedExample(
                ids: row["input_ids"]?.ids ?? [], isSupervised: row["labels"]?.ids.map { $0 != -100 } ?? [])
        }
    }
}
