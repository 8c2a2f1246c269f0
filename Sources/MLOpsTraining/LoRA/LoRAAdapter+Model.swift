internal import MLOpsCore

extension LoRAAdapter {
    /// Creates an adapter for a model, which changes nothing yet (unless it is to be `random`).
    ///
    /// A magnitude (DoRA) begins as the norm of each row of the effective weight.
    ///
    /// - Throws: ``AdapterError`` naming a value out of range, or a target that matches no module of the model; and when the
    ///   adapter would begin with a part of the model's weights (`pissa`, `olora`): ``AdapterTraining`` takes it out of them.
    public init(
        for model: DecoderModel, configuration: LoRAConfiguration = LoRAConfiguration(), seed: UInt64 = 42
    ) throws(AdapterError) {
        guard !configuration.initialization.movesBaseWeights else {
            throw AdapterError(
                .invalidConfiguration,
                "init_lora_weights \(configuration.initialization.rawValue) takes a part out of the base weights: let AdapterTraining "
                    + "make the adapter and the model beside it.")
        }
        try self.init(start: configuration, on: model, seed: seed)
    }

    /// Creates an adapter as it begins, even if it takes a part of the weights.
    init(start configuration: LoRAConfiguration, on model: DecoderModel, seed: UInt64) throws(AdapterError) {
        let configuration = try configuration.fitted(to: model.architecture)
        let layout = try LoRALayout(model.architecture, configuration: configuration)
        try layout.requireUse(ofPatternsIn: configuration)
        guard !configuration.initialization.movesBaseWeights else {
            self = try MovedWeights.start(of: configuration, on: model, seed: seed)
            try takeSavedTensors(of: model)
            return
        }
        try self.init(drawing: configuration, layout: layout, seed: seed)
        try takeSavedTensors(of: model)
        measureMagnitudes(beside: model)
    }

    /// Makes the tensors that are trained whole those of the model.
    private mutating func takeSavedTensors(of model: DecoderModel) throws(AdapterError) {
        for saved in layout.savedTensors {
            do throws(ModelFileError) {
                if let tokens = saved.tokens {
                    let tensor = try model.files.tensor(tokens.source)
                    parameters.replaceSubrange(saved.range, with: tokens.vectors(of: tensor).elements())
                    continue
                }
                let tensor = try model.files.tensor(saved.name)
                parameters.replaceSubrange(saved.range, with: tensor.floats())
                tensor.releasePages()
            } catch {
                throw AdapterError(.invalidFile, error.message)
            }
        }
    }

    /// Sets every magnitude to the norms of the effective weight's rows.
    mutating func measureMagnitudes(beside model: DecoderModel) {
        guard configuration.usesWeightDecomposition else { return }
        let bound = BoundAdapter(
            self, layerCount: model.architecture.layerCount, precision: .f32, wantsGradients: false)
        for module in layout.modules {
            guard let own = bound.module(layer: module.layer, module.projection) else { continue }
            let norms = model.linear(layer: module.layer, module.projection).norms(of: own)
            parameters.replaceSubrange(module.magnitude, with: norms.elements())
        }
    }
}

extension DecoderModel {
    /// A linear layer by its place.
    ///
    /// - Precondition: the model's layers have one of this kind.
    func linear(layer number: Int, _ projection: Projection) -> AdaptedLinear {
        let layer = layers[number]
        let all = layer.inputs + layer.innerInputs + [layer.output, layer.down]
        guard let linear = all.first(where: { $0.projection == projection }) else {
            preconditionFailure("layer \(number) has no \(projection.rawValue)")
        }
        return linear
    }
}
