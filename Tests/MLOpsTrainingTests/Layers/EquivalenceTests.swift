@testable import MLOpsTraining
import Foundation
import MLOpsCore
import MLOpsPublish
import TestSupport
import Testing

/// The promises of Docs/Equivalences.md, measured on the tiny model, or on the one that `MLOPS_EQUIVALENCE_MODEL` names.
///
/// `scripts/equivalences.sh` prints the measured table.
@Suite(.serialized) struct EquivalenceTests {
    private static let environment = ProcessInfo.processInfo.environment
    private let directory = environment["MLOPS_EQUIVALENCE_MODEL"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    private let folder: TemporaryDirectory
    private let model: DecoderModel
    private let adapter: LoRAAdapter
    private let rows: [TokenizedExample]
    private let key = DropoutKey(seed: 3, step: 2)

    init() throws {
        folder = try TemporaryDirectory()
        model = try DecoderModel(contentsOf: directory ?? Fixture.tinyLlama)
        adapter = try Self.adapter(for: model, dropout: 0.1)
        rows = Self.rows([33, 9, 64, 70, 20, 90, 17, 51], model)
    }

    /// A and B random, so that the adapter matters; the same for equal models.
    private static func adapter(for model: DecoderModel, dropout: Double) throws -> LoRAAdapter {
        let configuration = LoRAConfiguration(rank: 8, alpha: 16, dropout: dropout)
        let layout = try LoRALayout(model.architecture, configuration: configuration)
        var numbers = TestNumbers(5)
        let scale = 1 / Float(model.architecture.hiddenSize).squareRoot()
        return LoRAAdapter(
            configuration: configuration, layout: layout,
            parameters: numbers.floats(layout.parameterCount, scale: 0.3 * scale))
    }

    /// Random tokens, the last third of which are learned; of each length, two rows that begin alike.
    private static func rows(_ lengths: [Int], _ model: DecoderModel) -> [TokenizedExample] {
        var numbers = TestNumbers(9)
        let beginning = numbers.ids(12, vocabulary: model.architecture.vocabularySize)
        return lengths.enumerated().map { i, length in
            let rest = numbers.ids(length, vocabulary: model.architecture.vocabularySize)
            let ids = i % 2 == 0 ? beginning + rest : rest
            return TokenizedExample(
                ids: ids, isSupervised: ids.indices.map { $0 > 0 && $0 >= ids.count * 2 / 3 },
                origin: RowOrigin(file: "rows", line: i + 1))
        }
    }

    private struct Result {
        var loss = 0.0
        var gradients: [Float] = []
    }

    private func result(_ rows: [TokenizedExample], _ model: DecoderModel? = nil, checkpointing: Bool = false) throws
        -> Result
    {
        let found = try (model ?? self.model).lossAndGradients(
            of: rows, adapter: adapter, dropout: key, checkpointing: checkpointing)
        return Result(loss: found.lossSum, gradients: found.gradients.values)
    }

    /// The same rows in micro-batches of `size`, summed.
    private func accumulated(_ size: Int, _ model: DecoderModel? = nil) throws -> Result {
        var sum = LoRAGradients(values: [Float](repeating: 0, count: adapter.parameterCount))
        var loss = 0.0
        for start in stride(from: 0, to: rows.count, by: size) {
            var key = key
            key.firstRow = start
            let part = try (model ?? self.model).lossAndGradients(
                of: Array(rows[start..<min(rows.count, start + size)]), adapter: adapter, dropout: key)
            loss += part.lossSum
            sum.add(part.gradients)
        }
        return Result(loss: loss, gradients: sum.values)
    }

    /// Expects the two to be equal up to a bound, 0 for bit by bit, and prints a row of the table when it is asked for.
    private func expect(
        _ promise: String, _ one: Result, _ other: Result, loss bound: Double, gradients gradientBound: Double
    ) {
        // Layer after layer carries on what one rounded otherwise: a real model has more of them than the tiny one, and is allowed five
        // times as much, but never more than half.
        let gradientBound = directory == nil ? gradientBound : max(gradientBound, min(5 * gradientBound, 0.5))
        let loss = abs(one.loss - other.loss) / abs(other.loss)
        let gradients =
            one.gradients.isEmpty ? 0 : Double(relativeDifference(one.gradients, other.gradients))
        #expect(loss <= bound && gradients <= gradientBound, "\(promise): \(loss), \(gradients)")
        report(promise, loss, one.gradients.isEmpty ? nil : gradients, bound, gradientBound)
    }

    private func report(
        _ promise: String, _ loss: Double, _ gradients: Double?, _ bound: Double, _ gradientBound: Double
    ) {
        guard Self.environment["MLOPS_EQUIVALENCE_TABLE"] == "1" else { return }
        func text(_ value: Double) -> String { value == 0 ? "0" : String(format: "%.1e", value) }
        print(
            "| \(promise) | \(text(loss)) | \(gradients.map(text) ?? "") | \(text(bound))"
                + (gradients == nil ? " |" : ", \(text(gradientBound)) |"))
    }

    @Test func accumulationEqualsALargeBatch() throws {
        let whole = try result(rows)
        expect("accumulation 4 × 2 rows = 1 × 8", try accumulated(2), whole, loss: 1e-6, gradients: 2e-5)
        expect("each row alone = all of a ragged batch", try accumulated(1), whole, loss: 1e-6, gradients: 2e-5)
    }

    @Test func sharedBeginningsEqualWholeRows() throws {
        let alike = rows.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        #expect(model.batches(alike).reduce(0) { $0 + $1.sharedCount } > 0)
        var parts = Result(gradients: [Float](repeating: 0, count: adapter.parameterCount))
        for (i, row) in alike.enumerated() {
            var key = key
            key.firstRow = i
            let part = try model.lossAndGradients(of: [row], adapter: adapter, dropout: key)
            parts.loss += part.lossSum
            for (j, gradient) in part.gradients.values.enumerated() { parts.gradients[j] += gradient }
        }
        expect("beginnings computed once = in each row", try result(alike), parts, loss: 1e-6, gradients: 2e-5)
    }

    /// What products are computed in where bf16 is asked for, by the processor.
    private static let roundings: [(String, ComputeOptions.Arithmetic)] = [
        ("bf16", .bf16), ("whole numbers", .wholeNumbers),
    ]

    @Test func checkpointingAndPackingChangeNoBit() throws {
        expect(
            "gradient_checkpointing true = false, f32", try result(rows, checkpointing: true), try result(rows),
            loss: 0,
            gradients: 0)
        for (name, arithmetic) in Self.roundings {
            let kept = try DecoderModel(model.files, options: .computing(arithmetic))
            let passing = try DecoderModel(model.files, options: .computing(arithmetic, .perUse))
            expect(
                "gradient_checkpointing true = false, \(name)", try result(rows, passing, checkpointing: true),
                try result(rows, kept), loss: 0, gradients: 0)
        }
    }

    @Test func threadsChangeNoBit() throws {
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        var models = [("f32", model)]
        for (name, arithmetic) in Self.roundings {
            models.append((name, try DecoderModel(model.files, options: .computing(arithmetic))))
        }
        for (name, model) in models {
            ComputeThreads.count = 1
            let one = try result(rows, model)
            for count in [2, 4] {
                ComputeThreads.count = count
                expect("\(count) threads = 1, \(name)", try result(rows, model), one, loss: 0, gradients: 0)
            }
        }
    }

    @Test func everyInstructionSetEqualsThePortablePath() throws {
        let bf16 = try DecoderModel(model.files, options: .emulatingBF16())
        let whole = try DecoderModel(model.files, options: .computing(.wholeNumbers))
        for (name, model, bound, gradientBound) in [
            ("f32", model, 1e-6, 1e-4), ("bf16", bf16, 2e-3, 0.1), ("whole numbers", whole, 1e-4, 0.01),
        ] {
            let portable = try Kernels.using(.portable) { try result(rows, model) }
            for set in Kernels.instructionSets where set != .portable {
                let fast = try Kernels.using(set) { try result(rows, model) }
                expect("\(set) = portable, \(name)", fast, portable, loss: bound, gradients: gradientBound)
            }
        }
    }

    @Test func precisionIsNear() throws {
        let bf16 = try DecoderModel(model.files, options: .emulatingBF16())
        expect("bf16 ≈ f32", try result(rows, bf16), try result(rows), loss: 0.02, gradients: 0.5)
        let whole = try DecoderModel(model.files, options: .computing(.wholeNumbers))
        expect("whole numbers ≈ f32", try result(rows, whole), try result(rows), loss: 2e-3, gradients: 0.05)
    }

    private func scores(_ model: DecoderModel, _ adapter: LoRAAdapter?) throws -> Result {
        Result(loss: try model.scores(of: rows, adapter: adapter).reduce(0) { $0 + $1.negativeLogLikelihood })
    }

    @Test func anAppliedAdapterEqualsAMergedOne() throws {
        let adapter = try Self.adapter(for: model, dropout: 0)
        try adapter.write(to: folder.url("adapter"), baseModel: "base")
        let merged = try MergedModel(base: model.files, adapter: AdapterFiles(contentsOf: folder.url("adapter")))
        _ = try HuggingFaceExport(merged, type: .f32).write(to: folder.url("merged"))
        let other = try DecoderModel(contentsOf: folder.url("merged"))
        expect(
            "LoRA applied = merged in F32", try scores(model, adapter), try scores(other, nil), loss: 1e-5, gradients: 0
        )
    }

    @Test func safetensorsEqualGGUF() throws {
        let plain = try MergedModel(base: model.files)
        try GGUFExport(plain, type: .f32).write(to: folder.url("model.gguf"))
        let other = try DecoderModel(contentsOf: folder.url("model.gguf"))
        expect(
            "safetensors = GGUF F32 of it", try scores(other, nil), try scores(model, nil), loss: 1e-6, gradients: 0)
    }

    @Test func aResumedRunEqualsAnUninterruptedOne() async throws {
        let training = try AdapterTraining(model: model, adapter: adapter)
        let configuration = TrainingConfiguration(optimization: .init(batchSize: 2, learningRate: 1e-3))
        let run = try RunDirectory.create(named: "run", in: folder.url)
        let proof = try await Trainer(model: training, examples: rows, run: run, configuration: configuration)
            .checkResumption()
        #expect(proof.isEqual, "\(proof.text)")
        report("resumed = uninterrupted, 6 steps", proof.isEqual ? 0 : 1, proof.isEqual ? 0 : 1, 0, 0)
    }
}
