import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct TrainingLogTests {
    @Test func replaysTheJournalAsText() throws {
        let folder = try TemporaryDirectory()
        let run = try RunDirectory.create(named: "a", in: folder.url)
        let journal = try Journal(run.journal)
        try journal.append(["event": "started", "total_steps": 2])
        try journal.append([
            "event": "step", "step": 1, "epoch": 0.5, "loss": 2.25, "grad_norm": 1, "lr": 0.0002, "tokens": 100,
            "supervised_tokens": 40, "seconds": 0.5,
        ])
        try journal.append([
            "event": "health", "step": 1, "rule": "divergence", "action": "warn", "message": "The loss rises.",
        ])
        try journal.append(["event": "checkpoint", "step": 1, "path": "checkpoints/step-000001"])
        try TrainingLog.write(for: run)
        let text = try String(contentsOf: run.artifacts.appending(path: "training_log.txt"), encoding: .utf8)
        #expect(
            text == """
                started: total_steps 2
                step 1: epoch 0.50, loss 2.2500, gradient norm 1.0000, learning rate 0.0002, 200 tokens/s
                step 1: warn: The loss rises.
                step 1: checkpoint checkpoints/step-000001

                """)
    }
}
