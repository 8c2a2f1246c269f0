import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

@testable import MLOpsPublish

@Suite struct GGUFExportTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Golden: gguf 0.19.0, by Tests/Fixtures/Scripts/make_tensor_files.py.
    @Test func aDirectoryBecomesTheFileThatConvertersMake() throws {
        let base = try ModelFiles(contentsOf: Fixture.tinyLlama)
        let url = directory.url("x.gguf")
        try GGUFExport(MergedModel(base: base), type: .bf16, name: "TinyLlama fixture").write(to: url)
        let ours = try GGUFFile(contentsOf: url)
        let golden = try GGUFFile(contentsOf: Fixture.url("TensorFile/tiny-llama.gguf"))
        for (key, value) in golden.metadata { #expect(ours.metadata[key] == value, "\(key)") }
        #expect(ours.metadata["general.file_type"] == .uint32(32))
        #expect(Set(ours.tensors.keys) == Set(golden.tensors.keys))
        for (name, tensor) in golden.tensors {
            #expect(
                ours.tensors[name]?.elementType == tensor.elementType && ours.tensors[name]?.bytes() == tensor.bytes(),
                "\(name)")
        }
    }

    @Test(arguments: GGUFWeightType.allCases) func whatIsWrittenIsTheMergedModel(type: GGUFWeightType) throws {
        let merged = try MergedModelTests.merged()
        let url = directory.url("x.gguf")
        try GGUFExport(merged, type: type).write(to: url)
        let model = try ModelFiles(contentsOf: url)
        #expect(model.architecture == merged.base.architecture)
        for name in merged.tensorNames {
            let tensor = try model.tensor(name)
            let expected = tensor.shape.count == 1 ? ElementType.f32 : type.elementType
            #expect(tensor.elementType == expected)
            #expect(try tensor.bytes() == ElementEncoding.bytes(merged.floats(name), as: expected), "\(name)")
        }
    }

    @Test func aGGUFBaseKeepsItsMetadata() throws {
        let base = try ModelFiles(contentsOf: Fixture.url("TensorFile/tiny-llama.gguf"))
        let adapter = try AdapterFiles(contentsOf: Fixture.url("Publish/adapter"))
        try GGUFExport(MergedModel(base: base, adapter: adapter), type: .f32).write(to: directory.url("x.gguf"))
        let model = try ModelFiles(contentsOf: directory.url("x.gguf"))
        for (key, value) in try #require(base.ggufMetadata) { #expect(model.ggufMetadata?[key] == value, "\(key)") }
        let merged = try MergedModelTests.merged()
        for name in merged.tensorNames { #expect(try model.tensor(name).floats() == merged.floats(name)) }
    }

    @Test func convertingAFileIsExportingInThatType() throws {
        let merged = try MergedModelTests.merged()
        try GGUFExport(merged, type: .f32, name: "x").write(to: directory.url("f32.gguf"))
        let source = try GGUFFile(contentsOf: directory.url("f32.gguf"))
        for type in GGUFWeightType.allCases {
            try GGUFExport(merged, type: type, name: "x").write(to: directory.url("direct.gguf"))
            try GGUFRequantisation(source, to: type).write(to: directory.url("converted.gguf"))
            #expect(
                try Data(contentsOf: directory.url("direct.gguf")) == Data(contentsOf: directory.url("converted.gguf")))
        }
    }

    @Test func namesOfTypesAreTakenInAnyCase() throws {
        #expect(try GGUFWeightType(named: "q8_0") == .q8_0 && GGUFWeightType(named: "Bf16") == .bf16)
        let error = #expect(throws: PublishError.self) { try GGUFWeightType(named: "Q9_9") }
        #expect(error?.exitStatus == .usage && error?.message.contains("F32, F16, BF16, Q8_0") == true)
        #expect(GGUFWeightType.q8_0.elementType(of: [4, 33]) == .f16)
    }

    /// Golden: 1/θ^(2i/d) over `ROPE_INIT_FUNCTIONS["llama3"]` of transformers 5.23.0, head 16, θ 500000, factor 8.
    @Test func llama3ScalingBecomesFactorsAndComesBack() throws {
        let scaling = RotaryEmbedding.Scaling.llama3(
            factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192)
        var model = DecoderArchitecture(
            vocabularySize: 8, hiddenSize: 64, intermediateSize: 8, layerCount: 1, headCount: 4,
            rope: RotaryEmbedding(base: 500_000, scaling: scaling), maximumPositions: 131_072)
        let factors = try #require(GGUFRope.tensors(model).first?.factors)
        for (factor, expected) in zip(factors, [1, 1, 1, 1, 2.6945304, 8, 8, 8] as [Float]) {
            #expect(abs(factor - expected) < 1e-5)
        }
        model.rope.scaling = .frequencyFactors(factors)
        #expect(
            try RopeJSON.scaling(model, path: "")
                == [
                    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 8192,
                ])
        model.rope.scaling = .frequencyFactors([1, 2, 3, 4, 5, 6, 7, 8])
        #expect(throws: PublishError.self) { try RopeJSON.scaling(model, path: "x.gguf") }
    }

    @Test(arguments: [
        RotaryEmbedding.Scaling.linear(factor: 4),
        .yarn(.init(factor: 4, originalPositions: 64)),
        .yarn(.init(factor: 4, originalPositions: 64, betaFast: 16, betaSlow: 2, attentionFactor: 1.5)),
        .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 64),
    ])
    func scalingsSurviveTheWayThroughAFile(scaling: RotaryEmbedding.Scaling) throws {
        try FileManager.default.copyItem(at: Fixture.tinyLlama, to: directory.url("model"))
        let base = try ModelFiles(contentsOf: Fixture.tinyLlama)
        var model = base.architecture
        model.rope.scaling = scaling
        var config = try #require(base.configJSON?.object)
        config["rope_parameters"] = try RopeJSON.scaling(model, path: "")
        try directory.write(JSONValue.object(config).text(), to: "model/config.json")
        let changed = try ModelFiles(contentsOf: directory.url("model"))
        #expect(changed.architecture.rope.scaling == scaling)
        try GGUFExport(MergedModel(base: changed), type: .f32).write(to: directory.url("x.gguf"))
        let read = try ModelFiles(contentsOf: directory.url("x.gguf")).architecture.rope.scaling
        switch (scaling, read) {
        case (.llama3, .frequencyFactors(let factors)):
            #expect(factors == GGUFRope.tensors(model).first?.factors && factors.contains { $0 > 1 })
        case (.yarn(var expected), .yarn(var found)):
            // The file holds the attention factor over the derived one, in binary32.
            #expect(abs((found.attentionFactor ?? 0) - (expected.attentionFactor ?? 0)) < 1e-6)
            found.attentionFactor = nil
            expected.attentionFactor = nil
            #expect(found == expected)
        default: #expect(read == scaling)
        }
    }

    /// Keys that other architectures have, and what they say when they mean nothing.
    @Test(
        arguments: [
            ("attention.scale", .float32(1), true), ("attention.scale", .float32(0.5), true),
            ("attention.scale", .float32(0), false), ("logit_scale", .float32(2), true),
            ("logit_scale", .float32(1), false), ("residual_scale", .float32(0.5), true),
            ("expert_count", .uint32(4), true),
            ("expert_count", .uint32(0), false), ("attention.causal", .bool(false), true),
            ("use_parallel_residual", .bool(true), true), ("rope.scaling.finetuned", .bool(false), false),
        ] as [(String, GGUFValue, Bool)])
    func whatAFileAsksForIsNotPassedOver(key: String, value: GGUFValue, isRefused: Bool) throws {
        let file = try GGUFFile(contentsOf: Fixture.url("TensorFile/tiny-llama.gguf"))
        var metadata = file.metadata
        metadata["llama." + key] = value
        let url = directory.url("x.gguf")
        try GGUFWriter.write(metadata: metadata, tensors: file.tensors.values.map(TensorToWrite.init), to: url)
        guard isRefused else {
            let expected = try ModelFiles(contentsOf: Fixture.url("TensorFile/tiny-llama.gguf")).architecture
            #expect(try ModelFiles(contentsOf: url).architecture == expected)
            return
        }
        let error = #expect(throws: ModelFileError.self) { try ModelFiles(contentsOf: url) }
        let words = ["expert_count": "experts", "attention.causal": "ahead"][key] ?? key
        #expect(error?.message.contains(words) == true && error?.exitStatus == .invalidData, "\(error?.message ?? "")")
    }

    @Test func aModelWithoutTokenizerIsRefused() throws {
        try FileManager.default.copyItem(at: Fixture.tinyLlama, to: directory.url("model"))
        try FileManager.default.removeItem(at: directory.url("model/tokenizer.json"))
        let model = try MergedModel(base: ModelFiles(contentsOf: directory.url("model")))
        let error = #expect(throws: PublishError.self) { try GGUFExport(model, type: .f16) }
        #expect(error?.exitStatus == .inputMissing && error?.message.contains("tokenizer.json") == true)
    }

    @Test func aModelsSizeHasALabel() {
        var model = DecoderArchitecture(
            vocabularySize: 49152, hiddenSize: 576, intermediateSize: 1536, layerCount: 30, headCount: 9,
            keyValueHeadCount: 3, tiedHead: true)
        #expect(GGUFExport.sizeLabel(model) == "135M")
        model = DecoderArchitecture(
            vocabularySize: 128256, hiddenSize: 2048, intermediateSize: 8192, layerCount: 16, headCount: 32,
            keyValueHeadCount: 8, tiedHead: true)
        #expect(GGUFExport.sizeLabel(model) == "1.2B")
    }
}
