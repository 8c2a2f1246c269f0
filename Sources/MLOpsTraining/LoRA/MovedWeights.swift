internal import MLOpsCore
internal import OrderedCollections

/// The starts that take a part s·B₀·A₀ out of each adapted weight: PiSSA (Meng et al. 2024, arXiv:2404.02948) and OLoRA
/// (Büyükakyüz 2024, arXiv:2406.01775), as PEFT has them.
///
/// ```
/// pissa: W ≈ U·diag(S)·V     A₀ = √(S/s)·V     B₀ = U·√(S/s)        the leading r
/// olora: W = Q·R             A₀ = R            B₀ = Q               the first r rows and columns
/// ```
/// Training runs beside W − s·B₀·A₀. What is saved is an adapter of the unchanged W, of twice the rank, as PEFT converts it:
/// W + s·(B·A − B₀·A₀) = W + s·[B | −B₀]·[A; A₀].
enum MovedWeights {
    /// The adapter that `configuration` begins with on `model`.
    ///
    /// - Throws: ``AdapterError`` naming a rank greater than a side of its weight.
    static func start(
        of configuration: LoRAConfiguration, on model: DecoderModel, seed: UInt64
    ) throws(AdapterError) -> LoRAAdapter {
        let layout = try LoRALayout(model.architecture, configuration: configuration)
        var adapter = try LoRAAdapter(drawing: configuration, layout: layout, seed: seed)
        guard configuration.rank <= 2048, configuration.rankPattern.values.allSatisfy({ $0 <= 2048 }) else {
            throw AdapterError(
                .invalidConfiguration,
                "lora_r is more than 2048; with init_lora_weights \(configuration.initialization.rawValue) the saved rank is twice that."
            )
        }
        for (number, module) in layout.modules.enumerated() {
            guard module.rank <= min(module.shape.inputs, module.shape.outputs) else {
                throw AdapterError(
                    .invalidConfiguration,
                    "init_lora_weights \(configuration.initialization.rawValue): '\(module.path)' is \(module.shape.outputs) × "
                        + "\(module.shape.inputs), so its rank \(module.rank) is too great. Lower lora_r.")
            }
            let weight = model.linear(layer: module.layer, module.projection).floats()
            let random = CounterRandom(seed: seed, stream: .subspace).child(UInt64(number))
            guard let (a, b) = factors(of: weight, module, configuration.initialization, random) else {
                throw AdapterError(
                    .invalidConfiguration,
                    "init_lora_weights \(configuration.initialization.rawValue): the singular values of '\(module.path)' "
                        + "were not found. Use pissa_niter_4, olora or true.")
            }
            adapter.parameters.replaceSubrange(module.a, with: a.elements())
            adapter.parameters.replaceSubrange(module.b, with: b.elements())
        }
        return adapter
    }

    private static func factors(
        of w: Matrix, _ module: LoRALayout.Module, _ initialization: AdapterConfiguration.Initialization,
        _ random: CounterRandom
    ) -> (a: Matrix, b: Matrix)? {
        let found: Factorizations.SingularValues?
        switch initialization {
        case .olora:
            let (q, r) = Factorizations.qr(w, count: module.rank)
            return (r, q)
        case .pissaFast(let iterations):
            found = Factorizations.approximateSingularValues(
                w, count: module.rank, iterations: iterations, random: random)
        default: found = Factorizations.singularValues(w)
        }
        guard let found else { return nil }
        let roots = found.values.prefix(module.rank).map { ($0 / module.scale).squareRoot() }
        let (a, b) = (
            Matrix(rows: module.rank, columns: w.columns), Matrix(rows: w.rows, columns: module.rank)
        )
        Kernels.copy(found.right.rows(0..<module.rank), into: a)
        for (i, root) in roots.enumerated() { Kernels.scale(a.rows(i..<i + 1), by: root) }
        Kernels.scaleColumns(
            found.left.columns(0..<module.rank), by: Matrix(Array(roots), rows: 1, columns: module.rank), into: b)
        return (a, b)
    }

    /// `model` with W − s·B·A for each adapted W, in f32.
    static func model(_ model: DecoderModel, without adapter: LoRAAdapter) throws -> DecoderModel {
        let bound = BoundAdapter(
            adapter, layerCount: model.architecture.layerCount, precision: .f32, wantsGradients: false)
        var tensors: [String: TensorData] = [:]
        for module in adapter.layout.modules {
            guard let own = bound.module(layer: module.layer, module.projection) else { continue }
            let weight = model.linear(layer: module.layer, module.projection).floats()
            let part = Matrix(rows: weight.rows, columns: weight.columns)
            MatrixProducts.multiply(own.scaledB.columns(0..<module.rank), own.a, into: part)
            Kernels.add(part, scaled: -1, into: weight)
            let name = module.path + ".weight"
            tensors[name] = TensorData(
                name: name, shape: [weight.rows, weight.columns], numbers: weight.elements(),
                range: 0..<weight.rows * weight.columns)
        }
        return try DecoderModel(model.files.replacing(tensors), options: model.options)
    }

    /// The adapter of the unchanged weights that does what `adapter` does beside the changed ones.
    static func converted(_ adapter: LoRAAdapter, from start: LoRAAdapter) throws(AdapterError) -> LoRAAdapter {
        var result = try empty(like: adapter)
        for (module, double) in zip(adapter.layout.modules, result.layout.modules) {
            var (a, b): ([Float], [Float]) = (Array(adapter.parameters[module.a]), [])
            a += start.parameters[module.a]
            for row in 0..<module.shape.outputs {
                let range = module.b.lowerBound + row * module.rank..<module.b.lowerBound + (row + 1) * module.rank
                b += adapter.parameters[range]
                b += start.parameters[range].map { -$0 }
            }
            result.parameters.replaceSubrange(double.a, with: a)
            result.parameters.replaceSubrange(double.b, with: b)
            result.parameters.replaceSubrange(double.magnitude, with: adapter.parameters[module.magnitude])
        }
        result.copySavedTensors(of: adapter)
        return result
    }

    /// The inverse of ``converted(_:from:)``: nil when `saved` was not made from `start`.
    static func restored(_ saved: LoRAAdapter, from start: LoRAAdapter) throws(AdapterError) -> LoRAAdapter? {
        guard try saved.layout == empty(like: start).layout else { return nil }
        var result = start
        for (module, double) in zip(start.layout.modules, saved.layout.modules) {
            result.parameters.replaceSubrange(
                module.a, with: saved.parameters[double.a].prefix(module.a.count))
            let b = (0..<module.shape.outputs).flatMap { row in
                saved.parameters[
                    double.b.lowerBound + row * double.rank..<double.b.lowerBound + (row + 1) * double.rank
                ]
                .prefix(module.rank)
            }
            result.parameters.replaceSubrange(module.b, with: b)
            result.parameters.replaceSubrange(module.magnitude, with: saved.parameters[double.magnitude])
        }
        result.copySavedTensors(of: saved)
        let again = try converted(result, from: start)
        let isSame = again.parameters.elementsEqual(saved.parameters) { $0.bitPattern == $1.bitPattern }
        return isSame ? result : nil
    }

    /// An adapter of twice the rank and the same scales, of zeros.
    private static func empty(like adapter: LoRAAdapter) throws(AdapterError) -> LoRAAdapter {
        var configuration = adapter.configuration
        let growth = configuration.usesRankStabilizedScale ? 2.0.squareRoot() : 2
        configuration.rank *= 2
        configuration.alpha *= growth
        configuration.rankPattern = configuration.rankPattern.mapValues { 2 * $0 }
        configuration.alphaPattern = configuration.alphaPattern.mapValues { growth * $0 }
        configuration.initialization = .standard
        let shapes = Dictionary(
            adapter.layout.modules.map { ($0.projection, $0.shape) }, uniquingKeysWith: { first, _ in first })
        let layout = try LoRALayout(
            layerCount: adapter.layout.layerCount, configuration: configuration, projections: Projection.allCases,
            family: adapter.layout.family
        ) {
            shapes[$0] ?? LinearShape(inputs: 1, outputs: 1)
        }.with(adapter.layout.savedTensors)
        return LoRAAdapter(
            configuration: configuration, layout: layout,
            parameters: [Float](repeating: 0, count: layout.parameterCount))
    }
}

extension LoRAAdapter {
    /// Takes the numbers of the tensors that another adapter trains whole, which are this one's too.
    fileprivate mutating func copySavedTensors(of other: LoRAAdapter) {
        for (own, others) in zip(layout.savedTensors, other.layout.savedTensors) {
            parameters.replaceSubrange(own.range, with: other.parameters[others.range])
        }
    }
}

extension AdaptedLinear {
    /// W in f32.
    func floats() -> Matrix {
        let matrix = Matrix(rows: outputs, columns: inputs)
        Kernels.convertRows(0..<outputs, of: weight.stored, into: matrix)
        return matrix
    }
}
