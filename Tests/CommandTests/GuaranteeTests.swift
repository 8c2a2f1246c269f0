import Foundation
import MLOpsCore
import TestSupport
import Testing

/// What can be proved or predicted before a run: `mlops plan`, `mlops train --verify-resume`; and keys without effect.
@Suite struct GuaranteeTests {
    let harness: TrainHarness

    init() throws { harness = try TrainHarness() }

    private func nothingWasWritten() -> Bool {
        !FileManager.default.fileExists(atPath: harness.home.url("outputs").path)
    }

    @Test func resumingIsProvedWithoutTouchingAnything() async throws {
        let result = try await harness.train(flags: ["--verify-resume", "--json"])
        #expect(result.status == 0, "\(result.complaint)")
        let report = try JSONValue(parsing: result.output)
        #expect(report["equal"] == true && report["steps"] == 6 && report["checkpoint_step"] == 3)
        #expect(report["sha256"]?["adapter_model.safetensors"]?["straight"]?.string?.count == 64)
        #expect(nothingWasWritten())
        let short = try await harness.train(["max_steps=1"], flags: ["--verify-resume"])
        #expect(short.status == 0 && short.output.contains("equal:"), "\(short.complaint)")
        #expect(try await harness.train(flags: ["--verify-resume", "-m"]).status == 64)
        #expect(try await harness.train(flags: ["--verify-resume", "--resume", "latest"]).status == 64)
    }

    @Test func aPlanPredictsAndWritesNothing() async throws {
        let result = try await harness.mlops(["plan", "--json"] + harness.settings)
        #expect(result.status == 0, "\(result.complaint)")
        let plan = try JSONValue(parsing: result.output)
        #expect(plan["work"]?["steps"] == 10 && plan["work"]?["tokens"]?.int ?? 0 > 0)
        #expect(plan["memory"]?["peak_bytes"]?.int ?? 0 > 1 << 20 && plan["time"]?["seconds"]?.double ?? 0 > 0)
        #expect(nothingWasWritten())
        let text = try await harness.mlops(["plan", "--no-probe"] + harness.settings)
        #expect(text.status == 0 && text.output.contains("memory") && !text.output.contains("probe"))
        let full = try await harness.mlops(["plan", "method=full"] + harness.settings)
        #expect(full.status == 0 && full.output.contains("gradients, optimizer"), "\(full.complaint)")
    }

    @Test func whatCannotFitIsRefusedByTheKeyToChange() async throws {
        let small = try await harness.mlops(["plan", "--no-probe", "--memory", "1MiB"] + harness.settings)
        #expect(small.status == 78 && small.complaint.contains("batch_size"), "\(small.complaint)")
        #expect(try await harness.mlops(["plan", "--memory", "much"] + harness.settings).status == 64)
        // What training refuses before its first step, a plan refuses.
        let blind = try await harness.mlops(
            ["plan"] + harness.settings + ["eval_steps=2", "test_size=0", "eval.enabled=false"])
        #expect(blind.status == 78 && blind.complaint.contains("eval_steps"), "\(blind.complaint)")
    }

    /// More than can be counted is still planned, and refused when it cannot fit.
    @Test(arguments: [
        (["max_steps=null", "epochs=\(Int.max)"], "Lower epochs"), (["max_steps=\(Int.max)"], "save_total_limit"),
        (["save_total_limit=\(Int.max)", "save_steps=1", "max_steps=\(Int.max)"], "save_total_limit"),
        (["generation.max_new_tokens=\(Int.max)", "--memory", "4GiB"], "generation.max_new_tokens"),
    ])
    func hugeNumbersArePlanned(_ settings: [String], key: String) async throws {
        let result = try await harness.mlops(["plan", "--no-probe"] + harness.settings + settings)
        #expect(result.status == 78 && result.complaint.contains(key), "\(result.status) \(result.complaint)")
    }

    @Test func packingIsAcceptedAndChangesNothing() async throws {
        let plain = try await harness.train(["eval.enabled=false", "output_dir=plain"])
        let packed = try await harness.train(["eval.enabled=false", "output_dir=packed", "packing=true"])
        #expect(plain.status == 0 && packed.status == 0, "\(packed.complaint)")
        #expect(packed.complaint.contains("nothing to pack") && !plain.complaint.contains("nothing to pack"))
        #expect(try harness.weights(harness.onlyRun(in: "plain")) == harness.weights(harness.onlyRun(in: "packed")))
    }
}
