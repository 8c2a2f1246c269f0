import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Golden: peft 0.21.2, by Tests/Fixtures/Scripts/make_publish.py.
@Suite struct AdapterFilesTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.copyItem(at: Fixture.url("Publish/adapter"), to: directory.url("adapter"))
    }

    private func rewrite(_ change: (inout JSONObject) -> Void) throws {
        let url = directory.url("adapter/adapter_config.json")
        var members = try #require(try JSONValue(parsing: Data(contentsOf: url)).object)
        change(&members)
        try Data(JSONValue.object(members).text().utf8).write(to: url)
    }

    @Test func readsRanksAndScales() throws {
        let adapter = try AdapterFiles(contentsOf: directory.url)  // `adapter/` inside, as in a checkpoint
        #expect(adapter.baseModelName == "example/tiny-llama" && adapter.modules.count == 6)
        let query = try #require(adapter.modules["model.layers.0.self_attn.q_proj"])
        #expect(query.a.shape == [4, 32] && query.b.shape == [32, 4] && query.scale == 4)
        #expect(adapter.modules["model.layers.1.self_attn.v_proj"]?.scale == 1.5)
        #expect(adapter.modules["model.layers.0.mlp.down_proj"]?.scale == Float(8 / 2.0.squareRoot()))
    }

    /// What PEFT can ask for and a plain low-rank product cannot give.
    @Test(
        arguments: [
            ("peft_type", "IA3"), ("peft_type", nil), ("bias", "boft_only"), ("bias", true), ("use_dora", "yes"),
            ("fan_in_fan_out", true),
            ("modules_to_save", "lm_head"), ("ensure_weight_tying", 1), ("lora_bias", true),
            ("init_lora_weights", "pissa"),
            ("init_lora_weights", "olora"), ("trainable_token_indices", [1]), ("layer_replication", [[0, 1]]),
            ("use_qalora", true), ("target_parameters", ["x"]), ("something_new", 1), ("r", 0), ("lora_alpha", "8"),
            ("r", -4), ("lora_alpha", 0), ("lora_alpha", -8), ("lora_alpha", .number(.infinity)), ("lora_dropout", 1.5),
            ("lora_dropout", "0"), ("rank_pattern", ["v_proj": 0]), ("rank_pattern", ["v_proj": 2.5]),
            ("alora_invocation_tokens", [5]), ("kasa_config", ["beta": 0.1]), ("loftq_config", ["loftq_bits": 4]),
            ("init_lora_weights", "corda"), ("init_lora_weights", "loftq"),
            ("use_rslora", 1), ("rank_pattern", ["down_(?<n>proj)": 2]), ("alpha_pattern", ["v_proj": -1]), ("r", 3),
        ] as [(String, JSONValue)])
    func whatCannotBeAppliedIsNamed(key: String, value: JSONValue) throws {
        try rewrite { $0[key] = value }
        let error = #expect(throws: ModelFileError.self) { try AdapterFiles(contentsOf: directory.url("adapter")) }
        #expect(error?.exitStatus == .invalidData)
        #expect(error?.message.contains(value == 3 ? "rank" : key) == true, "\(error?.message ?? "")")
    }

    @Test func filesThatAreMissingOrForeignAreNamed() throws {
        let empty = try TemporaryDirectory()
        let missing = #expect(throws: ModelFileError.self) { try AdapterFiles(contentsOf: empty.url) }
        #expect(missing?.exitStatus == .inputMissing)
        let weights = directory.url("adapter/adapter_model.safetensors")
        func failure(_ names: [String]) throws -> String {
            try SafetensorsWriter.write(
                names.map { TensorToWrite(name: $0, shape: [4, 4], floats: .init(repeating: 0, count: 16)) },
                to: weights)
            return #expect(throws: ModelFileError.self) { try AdapterFiles(contentsOf: directory.url("adapter")) }?
                .message ?? ""
        }
        let module = "base_model.model.model.layers.0.self_attn.q_proj"
        #expect(try failure([]).contains("no tensors"))
        #expect(try failure(["\(module).lora_A.weight"]).contains("no lora_B"))
        #expect(try failure(["\(module).lora_magnitude_vector.weight"]).contains("lora_magnitude_vector"))
        #expect(try failure(["base_model.model.model.embed_tokens.lora_embedding_A"]).contains("lora_embedding_A"))
        try FileManager.default.removeItem(at: weights)
        #expect(throws: ModelFileError.self) { try AdapterFiles(contentsOf: directory.url("adapter")) }
    }
}
