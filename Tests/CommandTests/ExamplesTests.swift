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
