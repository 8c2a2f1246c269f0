internal import MLOpsCore

extension LoRAAdapter {
    /// Creates an adapter for a model, from its weights where the configuration asks for that.
    ///
    /// A magnitude (DoRA) begins as the norm of each row of the effective weight, so that it changes nothing.
    ///
    /// - Throws: ``AdapterError`` naming a value out of range, or a target that matches no module of the model.
    public init(
        for model: DecoderModel, configuration: LoRAConfiguration = LoRAConfiguration(), seed: UInt64 = 42
    ) throws(AdapterError) {
        guard !configuration.initialization.movesBaseWeights else {
            throw AdapterError(
                .unsupported,
                "init_lora_weights: '\(configuration.initialization.rawValue)' is not supported by this engine. Use true or gaussian."
            )
        }
        let layout = try LoRALayout(model.architecture, configuration: configuration)
        try self.init(drawing: configuration, layout: layout, seed: seed)
        guard configuration.usesWeightDecomposition else { return }
        let bound = BoundAdapter(
            self, layerCount: model.architecture.layerCount, precision: .f32, wantsGradients: false)
        for module in layout.modules {
            guard let own = bound.module(layer: module.layer, module.projection),
                let linear = model.linear(layer: module.layer, module.projection)
            else { continue }
            let norms = linear.norms(of: own)
            parameters.replaceSubrange(module.magnitude, with: norms.elements())
        }
    }
}

extension DecoderModel {
    /// A linear layer by its place; nil when the model has it as a part of a fused one.
    func linear(layer: Int, _ projection: Projection) -> AdaptedLinear? {
        let layer = layers[layer]
        return (layer.inputs + [layer.output] + layer.innerInputs + [layer.down]).first { $0.projection == projection }
    }
}
