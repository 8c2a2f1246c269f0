public import MLOpsCore

/// What a training step does that scoring does not, and what its random numbers, for dropout and for noise, depend on: not on
/// threads, batches or accumulation.
///
/// Rows whose prompts begin with the same tokens drop the same there; answers depend on the row.
public struct DropoutKey: Sendable, Hashable {
    /// The run's seed.
    public var seed: UInt64
    /// The optimizer step, counted from 0.
    public var step: Int
    /// The number of the first row among all rows of the step.
    public var firstRow: Int
    /// The strength α of NEFTune's noise on the embeddings; nil: none.
    public var noiseAlpha: Double?
    /// ε of label smoothing, which is not random: (1 − ε)·(−ln p of the target) + ε·(mean −ln p of the vocabulary).
    public var labelSmoothing: Double

    /// Creates a key.
    public init(
        seed: UInt64, step: Int, firstRow: Int = 0, noiseAlpha: Double? = nil, labelSmoothing: Double = 0
    ) {
        self.seed = seed
        self.step = step
        self.firstRow = firstRow
        self.noiseAlpha = noiseAlpha
        self.labelSmoothing = labelSmoothing
    }
}

/// The loss of some rows and its gradient, as sums: the caller divides by all supervised tokens of the step, so that every token
/// weighs the same however the rows were batched.
public struct LossAndGradients: Sendable {
    /// Σ −ln p over the supervised tokens.
    public var lossSum: Double
    /// How many supervised tokens there were.
    public var supervisedCount: Int
    /// The gradient of `lossSum`.
    public var gradients: LoRAGradients
}

extension DecoderModel {
    /// Computes the loss of `examples` under `adapter` and its gradient.
    ///
    /// - Parameters:
    ///   - dropout: the key of this call's random numbers; nil drops nothing, whatever the adapter's configuration says, and adds
    ///     no noise.
    ///   - checkpointing: keeps only the layers' inputs and computes the rest again in the backward pass. Changes no bit of the
    ///     result.
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func lossAndGradients(
        of examples: [TokenizedExample], adapter: LoRAAdapter, dropout: DropoutKey? = nil, checkpointing: Bool = false
    ) throws(ModelError) -> LossAndGradients {
        try withGradients(of: examples, adapter: adapter, dropout: dropout, checkpointing: checkpointing) {
            LossAndGradients(
                lossSum: $0.negativeLogLikelihood, supervisedCount: $0.tokenCount,
                gradients: LoRAGradients(values: $1.elements()))
        }
    }

    /// Calls `body` with the loss of `examples` under `adapter` and its gradient.
    func withGradients<R>(
        of examples: [TokenizedExample], adapter: LoRAAdapter, dropout: DropoutKey?, checkpointing: Bool,
        _ body: (TokenScore, AdapterGradients) -> R
    ) throws(ModelError) -> R {
        for example in examples { try validate(example.ids, origin: "\(example.origin)") }
        let noise = EmbeddingNoise(dropout)
        let model = wearing(adapter)
        let saved = adapter.layout.savedTensors
        let whole = saved.isEmpty ? nil : WeightGradients(saved, self)
        return workspaces.withWorkspace { workspace in
            let bound = workspace.bound(
                adapter, layerCount: architecture.layerCount, precision: options.products, wantsGradients: true)
            var score = TokenScore(negativeLogLikelihood: 0, tokenCount: 0)
            // Noise tells rows apart from their first token on.
            for batch in batches(examples, sharesBeginnings: noise == nil) where !batch.ids.isEmpty {
                let mask = mask(batch, examples, dropout, probability: adapter.configuration.dropout)
                workspace.rewind()
                let pass = pass(batch, adapter: bound, mask: mask, workspace: workspace)
                pass.weightGradients = whole
                score.negativeLogLikelihood += model.backpropagate(
                    batch, dropout, pass: pass, checkpointing: checkpointing
                ) {
                    noise?.add(to: $0, batch, examples)
                }
                score.tokenCount += batch.positions.count
            }
            return body(score, AdapterGradients(bound: bound, whole: whole, layout: adapter.layout))
        }
    }

    /// Computes the loss of `examples`, and adds `weight` times the gradient of every weight to `sum`.
    ///
    /// - Parameter key: of the noise on the embeddings, if it asks for any.
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    func addWeightGradients(
        of examples: [TokenizedExample], layout: WeightLayout, key: DropoutKey?, checkpointing: Bool, weight: Float,
        to sum: inout [Float]
    ) throws(ModelError) -> TokenScore {
        for example in examples { try validate(example.ids, origin: "\(example.origin)") }
        let noise = EmbeddingNoise(key)
        return FloatStorage.withMemory(of: &sum) { memory in
            let gradients = WeightGradients(layout, self, addingTo: memory)
            var score = TokenScore(negativeLogLikelihood: 0, tokenCount: 0)
            for batch in batches(examples, sharesBeginnings: noise == nil) where !batch.ids.isEmpty {
                score.negativeLogLikelihood += workspaces.withWorkspace { workspace in
                    let pass = pass(batch, adapter: nil, workspace: workspace)
                    pass.weightGradients = gradients
                    return backpropagate(batch, key, weight: weight, pass: pass, checkpointing: checkpointing) {
                        noise?.add(to: $0, batch, examples)
                    }
                }
                score.tokenCount += batch.positions.count
            }
            return score
        }
    }

    /// A key for each token of the batch.
    ///
    /// In a row's prompt, which is all before its first prediction, the key is a function of seed, step and the tokens up to
    /// there: rows that begin alike drop alike as long as they do, and it does not matter whether that was computed once. From
    /// the first prediction on it is one of seed, step, row and position.
    private func mask(
        _ batch: SupervisedBatch, _ examples: [TokenizedExample], _ key: DropoutKey?, probability: Double
    ) -> DropoutMask? {
        guard let key, probability > 0 else { return nil }
        let step = CounterRandom(seed: key.seed, stream: .dropout).child(UInt64(clamping: key.step))
        let prompts = step.child(0)
        var keys: [UInt64] = []
        keys.reserveCapacity(batch.ids.count)
        for segment in batch.segments {
            let row = batch.rows.lowerBound + segment.row
            let random = step.child(UInt64(clamping: key.firstRow + row) &+ 1)
            var path: UInt64 = 0
            let end = segment.firstPosition + segment.tokens.count
            let all = examples[row].ids.prefix(end).enumerated().map { position, id in
                guard position < batch.firstPositions[segment.row] else { return random.bits(UInt64(position)) }
                path = prompts.bits(path ^ UInt64(UInt32(bitPattern: id)))
                return path
            }
            keys += all.dropFirst(segment.firstPosition)
        }
        return DropoutMask(keys: keys, probability: probability)
    }

    /// Forward, loss, backward; returns the loss's sum and leaves the gradients in the pass's adapter.
    ///
    /// `weight` is what the gradients are multiplied by; `disturb` is given the embeddings before the layers are.
    private func backpropagate(
        _ batch: SupervisedBatch, _ key: DropoutKey?, weight: Float = 1, pass: Pass, checkpointing: Bool,
        disturb: (Matrix) -> Void
    ) -> Double {
        let workspace = pass.workspace
        let (t, h) = (pass.tokenCount, architecture.hiddenSize)
        var x = workspace.matrix(t, h)
        let normed = embed(batch.ids, into: x, pass: pass, disturb: disturb)
        // A lookup maps its neighbours in the file too; nobody else reads the table where the head has a packing of its own.
        if !head.weight.keepsStored { embedding.releasePages() }
        let chosen = ChosenTokens(batch.positions, of: pass, architecture, wantsGradient: true)
        let shared = checkpointing ? DecoderLayer.Saved(architecture, input: x, pass: pass) : nil
        var saved: [DecoderLayer.Saved] = []
        var output = x
        for layer in layers {
            let own =
                shared?.with(input: x)
                ?? DecoderLayer.Saved(architecture, input: x, pass: pass, keepsHalves: pass.writesHalves)
            let end = layer.index == layers.count - 1 ? chosen : nil
            saved.append(own.choosing(end))
            output = workspace.matrix(t, h)
            x = end.map { output.rows(0..<$0.tokens.count) } ?? output
            layer.forward(saved[saved.count - 1], into: x, pass: pass)
        }
        let gradient = workspace.matrix(t, h)
        let losses = head.loss(
            x, at: chosen.map { Array($0.tokens.indices) } ?? batch.positions, targets: batch.targets,
            gradient: chosen?.gradient ?? gradient, weight: weight, smoothing: key?.labelSmoothing ?? 0, pass: pass)
        let scratch = DecoderLayer.Scratch(architecture, pass: pass)
        // Where a layer's output goes when it is computed again; nobody reads it.
        let again = checkpointing ? output : nil
        for (layer, saved) in zip(layers, saved).reversed() {
            if let again {
                layer.forward(saved, into: saved.chosen.map { again.rows(0..<$0.tokens.count) } ?? again, pass: pass)
            }
            layer.backward(saved, gradient: gradient, scratch: scratch, pass: pass)
        }
        var dx = gradient
        if let weights = pass.weightGradients, let embeddingNorm, let normed {
            weights.addNorm(
                architecture.family.embeddingNormPath, embeddingNorm, dy: gradient, x: normed.input,
                inverse: normed.inverse)
            // Free by now.
            dx = scratch.hidden.columns(0..<h)
            dx.fill(0)
            embeddingNorm.backward(gradient, x: normed.input, inverse: normed.inverse, into: dx)
        }
        pass.weightGradients?.addEmbedding(batch.ids, dx: dx)
        if positions != nil { pass.weightGradients?.addPositions(positionRows(pass), dx: gradient) }
        return losses.reduce(0) { $0 + Double($1) }
    }
}
