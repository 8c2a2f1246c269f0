@testable import MLOpsTraining
import Foundation
import MLOpsCore
import TestSupport
import Testing

/// What is on the disk after training is what was trained, and does something.
@Suite struct SavedModelCheckTests {
    private let folder: TemporaryDirectory
    private let training: AdapterTraining
    private let row: TokenizedExample

    init() throws {
        folder = try TemporaryDirectory()
        let model = try TinyModel.wide.load(in: folder)
        training = try AdapterTraining(model: model, adapter: TinyModel.wide.adapter(for: model, rank: 3))
        row = TinyModel.wide.rows([9])[0]
        try FileManager.default.createDirectory(at: folder.url("saved"), withIntermediateDirectories: true)
    }

    private var directory: URL { folder.url("saved") }
    private var weights: URL { directory.appending(path: "adapter_model.safetensors") }

    private func changed(_ change: (LoRALayout, inout [Float]) -> Void) -> AdapterTraining {
        var copy = training
        copy.withParameters { change(training.adapter.layout, &$0) }
        return copy
    }

    private func error(_ training: AdapterTraining) throws -> TrainingError {
        try #require(throws: TrainingError.self) { try training.checkSaved(in: directory, on: row) }
    }

    @Test func aTrainedAdapterPasses() throws {
        try training.writeModel(to: directory)
        let check = try training.checkSaved(in: directory, on: row)
        #expect(check.parameterCount == training.parameters.count && check.warning == nil)
        #expect(try #require(check.greatestChange) > 0)
        #expect(try training.checkSaved(in: directory, on: nil).greatestChange == nil)
    }

    @Test(arguments: [0, 1e-30] as [Float]) func anAdapterThatChangesNothingIsAWarning(scale: Float) throws {
        let still = changed { layout, numbers in
            for module in layout.modules { for i in module.b { numbers[i] *= scale } }
        }
        try still.writeModel(to: directory)
        let check = try still.checkSaved(in: directory, on: row)
        #expect(check.greatestChange == 0)
        #expect(check.warning?.contains(scale == 0 ? "every B" : "last digit") == true)
    }

    @Test(arguments: [Float.nan, .infinity]) func aNumberThatIsNotFiniteIsRefused(value: Float) throws {
        let broken = changed { _, numbers in numbers[7] = value }
        try broken.writeModel(to: directory)
        let error = try error(broken)
        #expect(error.code == .unusableModel && error.exitStatus == .invalidData)
        #expect(error.message.contains("Number 7"))
    }

    @Test func logitsThatAreNotFiniteAreRefused() throws {
        let huge = changed { layout, numbers in for i in layout.modules[0].b { numbers[i] = 3e38 } }
        try huge.writeModel(to: directory)
        #expect(try error(huge).code == .unusableModel)
    }

    @Test(arguments: ["bit", "cut", "gone", "other shape"]) func damageOnTheDiskIsFound(kind: String) throws {
        try training.writeModel(to: directory)
        var bytes = try Data(contentsOf: weights)
        switch kind {
        case "bit":
            bytes[bytes.count - 3] ^= 1
            try bytes.write(to: weights)
        case "cut": try bytes.dropLast(8).write(to: weights)
        case "gone": try FileManager.default.removeItem(at: weights)
        default:
            try TinyModel.wide.adapter(for: training.model, rank: 4).write(to: directory, baseModel: "base")
        }
        let error = try error(training)
        #expect(error.code == .storageFailed && error.exitStatus == .inputOutput, "\(error.message)")
        #expect(error.message.contains("saved"))
    }
}
