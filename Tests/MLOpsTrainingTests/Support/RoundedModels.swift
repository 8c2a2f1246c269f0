@testable import MLOpsTraining
import MLOpsCore
import TestSupport

/// A model in f32, and the same with rounded products, with packed weights that are kept and without.
struct RoundedModels {
    let kind = TinyModel.wide
    let full, kept, packedEachUse: DecoderModel
    let adapter: LoRAAdapter
    let rows: [TokenizedExample]
    let key = DropoutKey(seed: 3, step: 2)

    init(_ arithmetic: ComputeOptions.Arithmetic, targets: [String]? = nil) throws {
        full = try kind.load(in: TemporaryDirectory())
        kept = try DecoderModel(full.files, options: .computing(arithmetic))
        packedEachUse = try DecoderModel(full.files, options: .computing(arithmetic, .perUse))
        if let targets {
            adapter = try kind.adapter(for: full, rank: 5, dropout: 0.2, targets: targets)
        } else {
            adapter = try kind.adapter(for: full, rank: 5, dropout: 0.2)
        }
        rows = kind.rows([33, 1, 64, 70, 2, 200, 17, 300, 90, 129, 5, 61, 150])
    }

    func result(_ model: DecoderModel, checkpointing: Bool = false) throws -> LossAndGradients {
        try model.lossAndGradients(of: rows, adapter: adapter, dropout: key, checkpointing: checkpointing)
    }
}
