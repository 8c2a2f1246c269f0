public import Foundation
public import MLOpsCore
public import OrderedCollections

/// A frozen decoder and the adapter that is trained beside it: what ``Trainer`` trains when it trains LoRA.
public struct AdapterTraining: TrainableModel {
    /// The frozen model; when the adapter began with a part of the weights, what is left of them.
    public let model: DecoderModel
    /// The adapter.
    public private(set) var adapter: LoRAAdapter
    /// Whether activations are computed again in the backward pass instead of kept; changes no bit of the result.
    public var recomputesActivations: Bool
    /// What `adapter_config.json` calls the base model; nil: its path.
    public var baseModelName: String?
    /// Files that are written beside the finished adapter, by name: tokenizer and chat template, as others expect them there.
    public var companions: OrderedDictionary<String, Data>
    /// What the frozen model is: a digest of its architecture and of the beginning of every tensor.
    public let identity: String
    /// What the adapter began with, when that was taken out of the weights.
    let start: LoRAAdapter?

    /// Trains `adapter` beside `model`.
    ///
    /// The companions are the base model's tokenizer files.
    ///
    /// - Throws: ``ModelFileError`` when a tensor cannot be read, and what reading the tokenizer files throws.
    public init(
        model: DecoderModel, adapter: LoRAAdapter, recomputesActivations: Bool = false, baseModelName: String? = nil
    ) throws {
        guard !adapter.configuration.initialization.movesBaseWeights else {
            throw AdapterError(
                .unsupported,
                "An adapter with init_lora_weights \(adapter.configuration.initialization.rawValue) belongs beside changed base "
                    + "weights: let AdapterTraining make it, or read it (continuing:).")
        }
        try self.init(
            model: model, adapter: adapter, start: nil, base: model.files,
            recomputesActivations: recomputesActivations, baseModelName: baseModelName)
    }

    init(
        model: DecoderModel, adapter: LoRAAdapter, start: LoRAAdapter?, base: ModelFiles, recomputesActivations: Bool,
        baseModelName: String?
    ) throws {
        self.model = model
        self.adapter = adapter
        self.start = start
        self.recomputesActivations = recomputesActivations
        self.baseModelName = baseModelName
        companions = try base.textFiles()
        identity = try Self.identity(of: base)
    }

    /// The adapter's numbers.
    public var parameters: [Float] { adapter.parameters }

    /// A, and what comes after it: B and, of a DoRA adapter, the magnitude; and the tensors that are trained whole.
    public var parameterGroups: [ParameterGroup] {
        let whole = adapter.layout.savedTensors.map { ParameterGroup(range: $0.range, role: $0.role) }
        return whole
            + adapter.layout.modules.flatMap { module in
                [
                    ParameterGroup(range: module.a, role: .matrix),
                    ParameterGroup(range: module.b.lowerBound..<module.bias.lowerBound, role: .adapterOutput),
                    ParameterGroup(range: module.bias, role: .adapterVector),
                ]
            }
    }

    /// Lets `body` change the adapter's numbers in place.
    public mutating func withParameters(_ body: (inout [Float]) throws -> Void) rethrows {
        try body(&adapter.parameters)
    }

    /// Computes the loss through the adapter, with its dropout, and adds its gradient.
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func addGradients(
        of examples: [TokenizedExample], dropout: DropoutKey, weight: Float, to gradients: inout [Float]
    ) throws -> TokenScore {
        try model.withGradients(
            of: examples, adapter: adapter, dropout: dropout, checkpointing: recomputesActivations
        ) { score, found in
            found.add(scaled: weight, to: &gradients)
            return score
        }
    }

    /// Computes the loss through the adapter, without dropout.
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func score(of examples: [TokenizedExample]) throws -> TokenScore {
        try model.scores(of: examples, adapter: adapter).reduce(
            into: TokenScore(negativeLogLikelihood: 0, tokenCount: 0)
        ) {
            $0.negativeLogLikelihood += $1.negativeLogLikelihood
            $0.tokenCount += $1.tokenCount
        }
    }

    /// Writes the adapter in PEFT's layout.
    ///
    /// - Throws: ``AdapterError`` or `FileError` when the file system refuses.
    public func writeParameters(to directory: URL) throws {
        try finishedAdapter().write(
            to: directory, baseModel: baseModelName ?? model.files.url.path(percentEncoded: false))
    }

    /// Reads an adapter of the same shape.
    ///
    /// - Throws: ``AdapterError`` when the files hold another one.
    public mutating func readParameters(from directory: URL) throws {
        guard let read = try trainedAdapter(in: directory) else {
            throw AdapterError(
                .invalidFile,
                "The adapter in '\(directory.path(percentEncoded: false))' has another shape or start than the one trained here."
            )
        }
        adapter.parameters = read.parameters
    }

    /// Writes the adapter in PEFT's layout, with the companions beside it.
    ///
    /// - Throws: ``AdapterError`` or `FileError` when the file system refuses.
    public func writeModel(to directory: URL) throws {
        try writeParameters(to: directory)
        for (name, data) in companions {
            let place = directory.appending(path: name)
            try WholeFile.createDirectory(place.deletingLastPathComponent())
            try WholeFile.write(data, to: place)
        }
    }

    /// Reading all weights would cost seconds; the beginning of every tensor tells models apart as well.
    private static func identity(of files: ModelFiles) throws -> String {
        var bytes = Array("\(files.architecture)".utf8)
        for name in files.tensorNames {
            let tensor = try files.tensor(name)
            bytes += Array("\(name) \(tensor.elementType) \(tensor.shape)".utf8)
            // The copy stays inside the tensor: `prefix` takes what is there.
            bytes += unsafe tensor.withBytes { unsafe Array($0.prefix(256)) }
        }
        return Digest.sha256(bytes)
    }
}
