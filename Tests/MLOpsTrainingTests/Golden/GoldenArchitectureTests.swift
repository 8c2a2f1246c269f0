import Foundation
import MLOpsCore
import MLOpsTraining
import Testing

/// Logits, mean loss and greedy continuations of tiny random models, as transformers 5.23.0 gives them in f32.
@Suite struct GoldenArchitectureTests {
    static let families = [
        "llama", "llama_tied_mha", "llama3_rope", "llama_head_dim", "llama_bias", "llama_linear_rope", "qwen2",
        "qwen2_tied", "mistral_swa", "qwen3", "gemma", "gemma3", "phi3", "smollm3",
    ]

    @Test(.enabled(if: GoldenFolder.url != nil), arguments: families)
    func agreesWithTransformers(family: String) throws {
        let folder = try #require(GoldenFolder.url).appending(path: "arch")
        let cases = try #require(GoldenFolder.json(folder.appending(path: "cases.json")).array)
        let model = try DecoderModel(contentsOf: folder.appending(path: family))
        let ours = cases.filter { $0["family"]?.string == family }
        #expect(!ours.isEmpty)
        for expected in ours {
            let ids = try #require(expected["ids"]).ids
            let (last, loss) = try model.logits(of: ids)
            #expect(relativeDifference(last, try #require(expected["last_logits"]).floats) < 1e-4)
            if let nll = expected["nll"]?.double {
                #expect(abs(try #require(loss) - nll) < 1e-4 * nll)
            }
            var continued = ids
            let greedy = try #require(expected["greedy"]).ids
            for _ in greedy {
                let (logits, _) = try model.logits(of: continued)
                let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
                continued.append(Int32(best))
            }
            #expect(Array(continued.dropFirst(ids.count)) == greedy)
        }
    }
}
