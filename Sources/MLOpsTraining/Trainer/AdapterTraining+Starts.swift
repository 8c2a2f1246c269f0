public import Foundation
internal import MLOpsCore

extension AdapterTraining {
    /// Trains a new adapter beside `model`.
    ///
    /// One that begins with a part of the base weights (`pissa`, `olora`) is trained beside what is left of them, and saved as an
    /// adapter of the base model, of twice the rank.
    ///
    /// - Throws: ``AdapterError`` naming a value out of range, or a target or pattern that matches no module; ``ModelFileError``.
    public init(
        model: DecoderModel, configuration: LoRAConfiguration = .init(), seed: UInt64 = 42,
        recomputesActivations: Bool = false, baseModelName: String? = nil
    ) throws {
        var adapter = try LoRAAdapter(start: configuration, on: model, seed: seed)
        let start = configuration.initialization.movesBaseWeights ? adapter : nil
        let beside = try start.map { try MovedWeights.model(model, without: $0) } ?? model
        if start != nil { adapter.measureMagnitudes(beside: beside) }
        try self.init(
            model: beside, adapter: adapter, start: start, base: model.files,
            recomputesActivations: recomputesActivations, baseModelName: baseModelName)
    }

    /// Goes on training the adapter in `directory` beside `model`.
    ///
    /// - Parameters:
    ///   - dropout: the share of its inputs that is dropped; nil: what the adapter was made with.
    ///   - configured: a description with the same patterns as the adapter's, for their order: PEFT's files sort them.
    ///   - seed: of the random numbers that `pissa_niter_…` begins with.
    /// - Throws: ``AdapterError`` when the files do not hold an adapter of the model; ``ModelFileError``.
    public init(
        model: DecoderModel, continuing directory: URL, dropout: Double? = nil, configured: LoRAConfiguration? = nil,
        seed: UInt64 = 42, recomputesActivations: Bool = false, baseModelName: String? = nil
    ) throws {
        let read = try LoRAAdapter(
            contentsOf: directory, besideMovedWeightsOf: model.architecture, configured: configured)
        try read.requireFinite(in: directory)
        if let (key, value) = try AdapterConfigurationFile(directory).trainingOnly {
            throw AdapterError(
                .unsupported,
                "'\(directory.path(percentEncoded: false))': '\(key)' \(value.text().prefix(80)) is a way of training that is not "
                    + "supported. The adapter can be used and merged, but not trained on.")
        }
        var configuration = read.configuration
        configuration.dropout = dropout ?? configuration.dropout
        let adapter = LoRAAdapter(configuration: configuration, layout: read.layout, parameters: read.parameters)
        // PEFT, too, moves the weights of the base model again when it reads such an adapter.
        let start =
            configuration.initialization.movesBaseWeights
            ? try MovedWeights.start(of: configuration, on: model, seed: seed) : nil
        try self.init(
            model: try start.map { try MovedWeights.model(model, without: $0) } ?? model, adapter: adapter,
            start: start,
            base: model.files, recomputesActivations: recomputesActivations, baseModelName: baseModelName)
    }

    /// The adapter of the base model: what is saved, and what others are given.
    ///
    /// - Throws: ``AdapterError`` when its rank is too great.
    public func finishedAdapter() throws(AdapterError) -> LoRAAdapter {
        try start.map { (start) throws(AdapterError) in try MovedWeights.converted(adapter, from: start) } ?? adapter
    }

    /// Reads an adapter that ``finishedAdapter()`` was.
    func trainedAdapter(in directory: URL) throws -> LoRAAdapter? {
        let read = try LoRAAdapter(contentsOf: directory, besideMovedWeightsOf: model.architecture)
        guard let start else { return read.layout == adapter.layout ? read : nil }
        return try MovedWeights.restored(read, from: start)
    }
}
