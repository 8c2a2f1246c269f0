public import Foundation
internal import MLOpsCore
public import OrderedCollections

/// Training whose memory and time can be predicted before it begins.
public protocol PlannedTraining: TrainableModel {
    /// The decoder that the steps compute with.
    ///
    /// - Throws: ``ModelError`` or ``ModelFileError``, as loading does.
    func decoder() throws -> DecoderModel

    /// The adapter that the steps train; nil when they train the decoder's own weights.
    var trainedAdapter: LoRAAdapter? { get }

    /// Whether activations are computed again in the backward pass instead of kept.
    var recomputesActivations: Bool { get }

    /// Files that are written beside the finished model, by name.
    var companions: OrderedDictionary<String, Data> { get }
}

extension AdapterTraining: PlannedTraining {
    /// The base model.
    public func decoder() -> DecoderModel { model }

    /// The adapter.
    public var trainedAdapter: LoRAAdapter? { adapter }
}

extension FullTraining: PlannedTraining {
    /// The model with the present weights.
    public func decoder() throws -> DecoderModel { try model() }

    /// None.
    public var trainedAdapter: LoRAAdapter? { nil }
}

/// The bytes of what is trained, beside the numbers that the process holds before training.
struct TrainedSize {
    /// One copy of the numbers.
    private let parameters: Int
    /// An adapter's layout for the kernels: padded Aᵀ and s·B, or both packed in bf16, A in two orders.
    private let bound: Int
    private let isAdapter: Bool
    /// Whether passes read an adapter's numbers as they are, in a copy.
    private let readsCopy: Bool
    private let copied: Int

    init(_ training: some PlannedTraining, precision: RunConfiguration.Precision) {
        parameters = 4 * training.parameters.count
        isAdapter = training.trainedAdapter != nil
        guard let adapter = training.trainedAdapter else {
            (bound, readsCopy, copied) = (0, false, 0)
            return
        }
        readsCopy = precision != .bf16 || adapter.layout.modules.contains(where: \.isDecomposed)
        copied = 4 * adapter.layout.moduleParameterCount
        let width = Kernels.paddedRank(adapter.layout.maximumRank)
        bound = adapter.layout.modules.reduce(0) { sum, module in
            let padded = 4 * (module.shape.inputs + module.shape.outputs) * width
            guard precision == .bf16 else { return sum + padded }
            let packed = 2 * PackedMatrix.elementCount(outputs: module.shape.outputs, k: width)
            return sum + packed + (module.isDecomposed ? padded : 4 * module.shape.inputs * width)
        }
    }

    /// The numbers as they change, beside those the run began with; two moments and the sum of gradients; an adapter's gradients of a
    /// pass, its numbers once more as the finished one is read back, and, in f32, as passes read them.
    var training: Int { (isAdapter ? 6 : 4) * parameters + (readsCopy ? copied : 0) + bound }

    /// What training keeps for its passes, an adapter as it is read, and the copy that answers are generated with; all weights as
    /// they are read back from the disk, then mapped.
    var evaluation: Int { isAdapter ? 4 * parameters + 2 * bound : 2 * parameters }
}
