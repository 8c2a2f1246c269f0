import Foundation
import TestSupport
import Testing

/// The example programs do what their first lines promise, offline, in the package's own folder.
@Suite struct ExamplesTests {
    private func run(_ name: String, _ arguments: [String] = []) async throws -> [String] {
        let result = try await BuiltProgram(named: name).run(arguments, in: Fixture.package)
        #expect(result.status == 0, "\(result.complaint)")
        #expect(result.complaint.isEmpty)
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test func customMetric() async throws {
        #expect(
            try await run("CustomMetric") == [
                "exact_match: 0.33", "rouge1: 0.56", "known_commands: 0.5", "0.0  Run mlops unpublish.",
                "0.5  Run mlops compare A B, or mlops diff A B.", "1.0  Run mlops train.",
            ])
    }

    @Test func evaluateAnyGenerator() async throws {
        let lines = try await run("EvaluateAnyGenerator")
        #expect(lines[0].split(separator: " ").prefix(4) == ["metric", "baseline", "better", "improvement"])
        #expect(lines[1].hasPrefix("exact_match    0.0000  0.3333      +0.3333         –  +"))
        #expect(lines[3].hasPrefix("bleu           0.1535  0.5719      +0.4184  +272.5 %"))
        #expect(
            lines.suffix(4) == [
                "✓ exact_match: improvement 0.3333 is more than 0.02.",
                "✓ rouge1: improvement 0.0833 is more than 0.05.", "Gate passed.", "on five rows: inconclusive",
            ])
    }

    @Test func handWrittenLoop() async throws {
        let lines = try await run("HandWrittenLoop")
        #expect(lines.first?.hasPrefix("step 0: loss ") == true)
        let losses = lines.compactMap {
            $0.split(separator: "loss ").last?.split(separator: ",").first.flatMap { Double($0) }
        }
        #expect(losses.count == lines.count && (losses.last ?? 9) < losses[0] * 0.8, "\(lines)")
        #expect(lines.last?.hasPrefix("in the end: loss ") == true)
    }

    @Test func trainFromApp() async throws {
        let lines = try await run("TrainFromApp")
        #expect(lines[0] == "training 8192 parameters for 100 steps")
        #expect(lines.dropLast().last?.hasPrefix("loss fell from ") == true)
        #expect(lines.last?.hasPrefix("the tuned model says \"It is blue.") == true)
    }

    @Test func tensorFiles() async throws {
        let lines = try await run("TensorFiles")
        #expect(
            lines.prefix(3) == [
                "2 tensors, made by TensorFiles",
                "  exact: F32 [2, 3], second row [0.0, 0.001, 65504.0]",
                "  rounded: BF16 [2, 3], second row [0.0, 0.0009994507, 65536.0]",
            ])
        #expect(lines.dropFirst(3).first?.hasPrefix("a cut file: ") == true)
        #expect(
            lines.suffix(2) == [
                "hugging_face: 20 tensors, 2 layers", "  model.layers.0.self_attn.q_proj.weight: BF16 [32, 32]",
            ])
    }
}
