public import MLOpsCore

/// How much a run has to do, counted from its batches.
public struct WorkForecast: Sendable, Hashable {
    /// Optimizer steps.
    public var steps: Int
    /// Tokens of all steps' rows.
    public var tokens: Int
    /// Those of them that are learned.
    public var supervisedTokens: Int
    /// Tokens that are not computed because rows of a micro-batch begin with the same ones.
    public var sharedTokens: Int
    /// Tokens that are computed: without the shared ones, and without those after a row's last prediction.
    public var computedTokens: Int
    /// Arithmetic of all steps, in multiplications and additions.
    public var work: Double
    /// Arithmetic of all measurements on held-out rows.
    public var validationWork: Double

    /// The forecast as a JSON object.
    public var json: JSONValue {
        [
            "steps": .integer(Int64(steps)), "tokens": .integer(Int64(tokens)),
            "supervised_tokens": .integer(Int64(supervisedTokens)), "shared_tokens": .integer(Int64(sharedTokens)),
            "computed_tokens": .integer(Int64(computedTokens)),
        ]
    }
}

/// How long the steps of a run take, measured on its first ones.
public struct TimeForecast: Sendable, Hashable {
    /// Seconds of the probe's steps, the first of which also reads and packs weights.
    public var probe: [Double]
    /// Seconds of all steps and measurements; the evaluation that follows training is not among them.
    public var seconds: Double

    /// The forecast as a JSON object.
    public var json: JSONValue {
        ["probe_seconds": .array(probe.map { .number($0) }), "seconds": .number(seconds)]
    }
}

extension PlannedTraining {
    /// Steps that are counted one by one; of longer runs the rest is taken to be like them.
    private static var countedSteps: Int { 20_000 }

    /// Counts the steps, tokens and arithmetic of a run.
    ///
    /// - Throws: what ``decoder()`` throws.
    public func workForecast(
        examples: [TokenizedExample], validation: [TokenizedExample] = [], configuration: TrainingConfiguration
    ) throws -> WorkForecast {
        let model = try decoder()
        let plan = TrainingPlan(rowCount: examples.count, optimization: configuration.optimization)
        var forecast = WorkForecast(
            steps: plan.totalSteps, tokens: 0, supervisedTokens: 0, sharedTokens: 0, computedTokens: 0, work: 0,
            validationWork: 0)
        let counted = min(plan.totalSteps, Self.countedSteps)
        let sampler = BatchSampler(plan: plan, seed: configuration.seed, shuffle: configuration.shuffle)
        for batch in sampler.prefix(counted) {
            for rows in batch.microBatches { forecast.tokens += rows.reduce(0) { $0 + examples[$1].ids.count } }
        }
        for batch in plannedBatches(examples, configuration, model) {
            forecast.supervisedTokens += batch.positions.count
            forecast.computedTokens += batch.ids.count
            forecast.sharedTokens += batch.unsharedCount - batch.ids.count
            forecast.work += work(of: batch, model)
        }
        let scale = Double(plan.totalSteps) / Double(counted)
        func scaled(_ value: Int) -> Int { Int(saturating: Double(value) * scale) }
        forecast.tokens = scaled(forecast.tokens)
        forecast.supervisedTokens = scaled(forecast.supervisedTokens)
        forecast.sharedTokens = scaled(forecast.sharedTokens)
        forecast.computedTokens = scaled(forecast.computedTokens)
        forecast.work *= scale
        let each = model.batches(validation).reduce(0) { $0 + work(of: $1, model, isTraining: false) }
        let interval = configuration.recording.evaluationSteps ?? plan.stepsPerEpoch
        forecast.validationWork = each * Double((plan.totalSteps - 1) / interval + 1)
        return forecast
    }

    /// The batches of all steps, or of those that are counted.
    func plannedBatches(
        _ examples: [TokenizedExample], _ configuration: TrainingConfiguration, _ model: DecoderModel
    ) -> some Sequence<SupervisedBatch> {
        let plan = TrainingPlan(rowCount: examples.count, optimization: configuration.optimization)
        let sampler = BatchSampler(plan: plan, seed: configuration.seed, shuffle: configuration.shuffle)
        // Noise tells rows apart from their first token on.
        let shares = configuration.optimization.noiseAlpha == nil
        return sampler.prefix(min(plan.totalSteps, Self.countedSteps)).lazy.flatMap { step in
            step.microBatches.flatMap { rows in
                model.batches(rows.map { examples[$0] }, sharesBeginnings: shares)
            }
        }
    }

    /// Multiplications and additions of a pass, with what is not a matrix product weighted by the time it takes beside one.
    func work(of batch: SupervisedBatch, _ model: DecoderModel, isTraining: Bool = true) -> Double {
        let architecture = model.architecture
        let layers = Double(architecture.layerCount)
        let weights =
            layers
            * architecture.projections.reduce(0) {
                let size = architecture.size(of: $1)
                return $0 + Double(size.inputs) * Double(size.outputs)
            }
        // Every pass reads and converts each weight, which takes as long as some tokens do.
        let tokens = Double(batch.ids.count) + 8
        // Forth, back to the input, and back to the weights where they are trained.
        let gradients: Double = trainedAdapter == nil ? 2 : 1
        let passes = isTraining ? (recomputesActivations ? 2 : 1) + gradients : 1
        let pairs = batch.segments.reduce(0.0) {
            $0 + Double($1.tokens.count) * (Double($1.firstPosition) + Double($1.tokens.count) / 2)
        }
        // What follows the last layer's attention is of learned tokens alone.
        let later = architecture.projections.filter { $0.isInMLP || $0 == .output }.reduce(0.0) {
            let size = architecture.size(of: $1)
            return $0 + Double(size.inputs) * Double(size.outputs)
        }
        let unread = Double(batch.ids.count - batch.positions.count) * later
        let attention = 4 * pairs * Double(architecture.queryWidth) * layers * passes * 3
        let adapter = 2 * tokens * Double(trainedAdapter?.layout.moduleParameterCount ?? 0) * passes * 2
        let head =
            2 * Double(batch.positions.count) * Double(architecture.vocabularySize)
            * Double(architecture.hiddenSize) * (isTraining ? 1 + gradients : 1)
        return 2 * (tokens * weights - unread) * passes + attention + adapter + head
    }

    /// Makes the first `steps` steps of a run, without writing anything, and says how long all will take.
    ///
    /// - Parameter time: the clock.
    /// - Throws: ``ModelError``, and what ``decoder()`` throws.
    public func timeForecast(
        examples: [TokenizedExample], validation: [TokenizedExample] = [], configuration: TrainingConfiguration,
        steps: Int = 3, time: TimeSource = .system
    ) throws -> TimeForecast {
        let model = try decoder()
        let all = try workForecast(examples: examples, validation: validation, configuration: configuration)
        let plan = TrainingPlan(rowCount: examples.count, optimization: configuration.optimization)
        var copy = self
        var optimizer = AdamW(weightDecay: configuration.optimization.weightDecay)
        var (probe, works): ([Double], [Double]) = ([], [])
        var gradients = [Float](repeating: 0, count: parameters.count)
        for batch in BatchSampler(plan: plan, seed: configuration.seed, shuffle: configuration.shuffle).prefix(steps) {
            let start = time.seconds()
            var work = 0.0
            Kernels.clear(&gradients)
            for rows in batch.microBatches {
                let rows = rows.map { examples[$0] }
                let key = DropoutKey(
                    seed: configuration.seed, step: batch.step, noiseAlpha: configuration.optimization.noiseAlpha)
                _ = try copy.addGradients(of: rows, dropout: key, weight: 1, to: &gradients)
                work += model.batches(rows, sharesBeginnings: key.noiseAlpha == nil).reduce(0) {
                    $0 + self.work(of: $1, model)
                }
            }
            // The numbers are of no importance, the time is that of any others.
            copy.withParameters { optimizer.update(&$0, with: gradients, learningRate: 1e-12) }
            probe.append(time.seconds() - start)
            works.append(work)
        }
        // The first step reads and packs weights, once in a run.
        let (later, laterWork) = (probe.dropFirst().reduce(0, +), works.dropFirst().reduce(0, +))
        guard laterWork > 0, let first = probe.first, let firstWork = works.first else {
            let pace = (probe.first ?? 0) / max(works.first ?? 1, 1)
            return TimeForecast(probe: probe, seconds: pace * (all.work + all.validationWork))
        }
        let pace = later / laterWork
        return TimeForecast(
            probe: probe, seconds: max(0, first - pace * firstWork) + pace * (all.work + all.validationWork))
    }
}

extension SupervisedBatch {
    /// How many tokens would be computed if no row shared any.
    fileprivate var unsharedCount: Int {
        let continued = Set(segments.compactMap(\.parent))
        return segments.enumerated().reduce(0) { sum, segment in
            continued.contains(segment.offset)
                ? sum : sum + segment.element.firstPosition + segment.element.tokens.count
        }
    }
}
