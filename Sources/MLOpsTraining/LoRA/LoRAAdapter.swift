public import MLOpsCore

/// The trained part: every A, B and magnitude of an adapter, and the tensors it trains whole, in one flat buffer.
public struct LoRAAdapter: Sendable, Hashable {
    /// The adapter's shape.
    public let configuration: LoRAConfiguration
    /// Where each matrix lies in ``parameters``.
    public let layout: LoRALayout
    /// Every A, B and magnitude, and the whole tensors; the count never changes.
    public var parameters: [Float] {
        didSet { precondition(parameters.count == layout.parameterCount, "\(parameters.count) parameters") }
    }

    /// Takes parameters as they are.
    ///
    /// - Precondition: `parameters` has the layout's count.
    public init(configuration: LoRAConfiguration, layout: LoRALayout, parameters: [Float]) {
        precondition(
            parameters.count == layout.parameterCount, "\(parameters.count) parameters, not \(layout.parameterCount)")
        self.configuration = configuration
        self.layout = layout
        self.parameters = parameters
    }

    /// Creates an adapter drawn as PEFT draws it.
    ///
    /// `standard`: A uniform in ±1/√inputs (Kaiming's bound with a = √5), B zero, so that it changes nothing yet. `gaussian`: A
    /// normal with deviation 1/rank, B zero. `random`: A and B uniform, in ±1/√inputs and ±1/√rank, as B's bias. Element i of the buffer
    /// depends on the seed and on i alone.
    ///
    /// - Throws: ``AdapterError`` when a value is out of range, or the start depends on the model's weights: that of a magnitude
    ///   does, and that of `pissa` and `olora`; ``init(for:configuration:seed:)-(DecoderModel,_,_)`` makes these.
    public init(configuration: LoRAConfiguration, layout: LoRALayout, seed: UInt64) throws(AdapterError) {
        guard layout.savedTensors.isEmpty else {
            throw AdapterError(
                .invalidConfiguration,
                "modules_to_save and trainable_token_indices begin with the model's weights: make the adapter for a model, not for an architecture."
            )
        }
        guard !configuration.usesWeightDecomposition, !configuration.initialization.movesBaseWeights else {
            throw AdapterError(
                .invalidConfiguration,
                "use_dora and init_lora_weights \(configuration.initialization.rawValue) begin with the model's weights: "
                    + "make the adapter for a model, not for an architecture.")
        }
        try self.init(drawing: configuration, layout: layout, seed: seed)
    }

    /// Creates an adapter with magnitudes and whole tensors of zero, and A as `standard` draws it when it is to come from the weights.
    init(drawing configuration: LoRAConfiguration, layout: LoRALayout, seed: UInt64) throws(AdapterError) {
        try configuration.validate()
        var parameters = [Float](repeating: 0, count: layout.parameterCount)
        let random = CounterRandom(seed: seed, stream: .adapterInitialization)
        for module in layout.modules {
            switch configuration.initialization {
            case .gaussian:
                for i in module.a { parameters[i] = Float(random.normal(UInt64(i)) / Double(module.rank)) }
            case .standard, .random, .pissa, .pissaFast, .olora:
                let bound = 1 / Double(module.shape.inputs).squareRoot()
                for i in module.a { parameters[i] = Float((2 * random.uniform(UInt64(i)) - 1) * bound) }
            }
            if configuration.initialization == .random {
                let bound = 1 / Double(module.rank).squareRoot()
                for i in module.b.lowerBound..<module.end where !module.magnitude.contains(i) {
                    parameters[i] = Float((2 * random.uniform(UInt64(i)) - 1) * bound)
                }
            }
        }
        self.init(configuration: configuration, layout: layout, parameters: parameters)
    }

    /// Creates an adapter for a model, which changes nothing yet.
    ///
    /// Targets that the model keeps as one weight become that weight.
    ///
    /// - Throws: ``AdapterError`` naming a value out of range, or a target that matches no module of the model.
    public init(
        for architecture: DecoderArchitecture, configuration: LoRAConfiguration = LoRAConfiguration(), seed: UInt64 = 42
    ) throws(AdapterError) {
        let fitted = try configuration.fitted(to: architecture)
        let layout = try LoRALayout(architecture, configuration: fitted)
        try layout.requireUse(ofPatternsIn: fitted)
        try self.init(configuration: fitted, layout: layout, seed: seed)
    }

    /// How many numbers are trained.
    public var parameterCount: Int { parameters.count }

    /// Whether every parameter is a finite number.
    public var isFinite: Bool { parameters.allSatisfy(\.isFinite) }

    /// A gradient of zero for each parameter.
    public var zeroGradients: LoRAGradients { LoRAGradients(values: [Float](repeating: 0, count: parameters.count)) }
}
