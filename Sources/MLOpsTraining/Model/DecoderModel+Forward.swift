public import MLOpsCore

extension DecoderModel {
    /// Runs the layers without keeping their activations, the end of the last one for `tokens` alone where that pays.
    ///
    /// - Returns: rows of the residual stream, and which of them are the tokens'.
    func hiddenStates(_ ids: [Int32], at tokens: [Int], pass: Pass) -> (x: Matrix, places: [Int]) {
        var x = pass.workspace.matrix(ids.count, architecture.hiddenSize)
        var y = pass.workspace.matrix(ids.count, architecture.hiddenSize)
        embed(ids, into: x, pass: pass)
        let chosen = ChosenTokens(tokens, of: pass, architecture, wantsGradient: false)
        let saved = DecoderLayer.Saved(architecture, input: x, pass: pass)
        for layer in layers.dropLast() {
            layer.forward(saved.with(input: x), into: y, pass: pass)
            swap(&x, &y)
        }
        guard let last = layers.last else { return (x, tokens) }
        let states = chosen.map { y.rows(0..<$0.tokens.count) } ?? y
        last.forward(saved.with(input: x).choosing(chosen), into: states, pass: pass)
        return (states, chosen == nil ? tokens : Array(tokens.indices))
    }

    /// What the norm of the embeddings took, and 1/√(variance + ε) of its rows.
    typealias NormedEmbeddings = (input: Matrix, inverse: Matrix)

    /// Writes the embeddings of `ids` as the first layer takes them; `disturb` is given them before their norm.
    @discardableResult
    func embed(
        _ ids: [Int32], into x: Matrix, pass: Pass, disturb: (Matrix) -> Void = { _ in }
    ) -> NormedEmbeddings? {
        Kernels.gatherRows(ids, of: embedding, into: x)
        tokenVectors?.replace(ids, in: x)
        if architecture.embeddingScale != 1 { Kernels.scale(x, by: architecture.embeddingScale) }
        if let positions {
            let vectors = pass.workspace.matrix(ids.count, architecture.hiddenSize)
            Kernels.gatherRows(positionRows(pass), of: positions, into: vectors)
            Kernels.add(vectors, into: x)
        }
        disturb(x)
        guard let embeddingNorm else { return nil }
        let (input, inverse) = (pass.workspace.matrix(ids.count, x.columns), pass.workspace.matrix(ids.count, 1))
        Kernels.copy(x, into: input)
        embeddingNorm.forward(input, into: x, inverse: inverse)
        return (input, inverse)
    }

    /// The row of the learned positions that each token's is.
    func positionRows(_ pass: Pass) -> [Int32] {
        let offset = Int32(clamping: architecture.family.positionOffset)
        return offset == 0 ? pass.positions : pass.positions.map { $0 + offset }
    }

    /// Whether the token after `count` others changes the angles of all of them: LongRoPE's factors are others beyond the
    /// positions of the first training.
    func turnsAnew(at count: Int) -> Bool {
        rotary.values.contains { table in
            guard case .longrope(let long) = table.rope.scaling else { return false }
            return count == long.originalPositions
        }
    }

    /// Makes a pass over whole rows, which follow each other in the tokens.
    func pass(
        lengths: [Int], adapter: BoundAdapter?, caches: [KeyValueCache]? = nil, workspace: Workspace
    ) -> Pass {
        var start = 0
        let rows = lengths.enumerated().map { i, length in
            defer { start += length }
            return Pass.Row(tokens: start..<start + length, firstPosition: caches?[i].count ?? 0)
        }
        return Pass(
            architecture, rows: rows, rotary: rotary, adapter: adapter, mask: nil,
            caches: caches, products: options.products, workspace: workspace)
    }

    /// Makes a pass over a batch for training or scoring.
    func pass(_ batch: SupervisedBatch, adapter: BoundAdapter?, mask: DropoutMask? = nil, workspace: Workspace) -> Pass
    {
        let rows = batch.segments.map {
            Pass.Row(
                tokens: $0.tokens, firstPosition: $0.firstPosition, parent: $0.parent, length: batch.rowLengths[$0.row])
        }
        return Pass(
            architecture, rows: rows, rotary: rotary, adapter: adapter, mask: mask,
            products: options.products, workspace: workspace)
    }

    /// The batches that `examples` are computed in.
    ///
    /// What rows begin with alike is computed once, unless angles depend on a row's length.
    func batches(_ examples: [TokenizedExample], sharesBeginnings: Bool = true) -> [SupervisedBatch] {
        SupervisedBatch.batches(
            examples, tokensPerPass: Self.tokensPerPass,
            sharesBeginnings: sharesBeginnings && !architecture.angleDependsOnLength)
    }

    /// Returns the logits after the last of `ids`, and the mean −ln p of each id after those before it (nil for one id).
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func logits(
        of ids: [Int32], adapter: LoRAAdapter? = nil
    ) throws(ModelError) -> (last: [Float], meanNegativeLogLikelihood: Double?) {
        try validate(ids, origin: "The list of ids")
        let model = wearing(adapter)
        let head = model.head
        return workspaces.withWorkspace { workspace in
            let pass = pass(lengths: [ids.count], adapter: bound(adapter), workspace: workspace)
            let (x, places) = model.hiddenStates(ids, at: Array(ids.indices), pass: pass)
            let last = head.logits(x, at: places.suffix(1), pass: pass).elements()
            guard ids.count > 1 else { return (last, nil) }
            let losses = head.loss(
                x, at: places.dropLast(), targets: Array(ids.dropFirst()), gradient: nil, pass: pass)
            return (last, losses.reduce(0) { $0 + Double($1) } / Double(losses.count))
        }
    }

    /// Returns the score of each example's supervised tokens, in order.
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func scores(of examples: [TokenizedExample], adapter: LoRAAdapter? = nil) throws(ModelError) -> [TokenScore]
    {
        for example in examples { try validate(example.ids, origin: "\(example.origin)") }
        let model = wearing(adapter)
        return workspaces.withWorkspace { workspace in
            let adapter = adapter.map {
                workspace.bound(
                    $0, layerCount: architecture.layerCount, precision: options.products, wantsGradients: false)
            }
            return batches(examples).flatMap { batch in
                guard !batch.ids.isEmpty else {
                    return batch.rowCounts.map { _ in TokenScore(negativeLogLikelihood: 0, tokenCount: 0) }
                }
                workspace.rewind()
                let pass = pass(batch, adapter: adapter, workspace: workspace)
                let (x, places) = model.hiddenStates(batch.ids, at: batch.positions, pass: pass)
                let losses = model.head.loss(x, at: places, targets: batch.targets, gradient: nil, pass: pass)
                var start = 0
                return batch.rowCounts.map { count in
                    defer { start += count }
                    let sum = losses[start..<start + count].reduce(0) { $0 + Double($1) }
                    return TokenScore(negativeLogLikelihood: sum, tokenCount: count)
                }
            }
        }
    }

    func bound(_ adapter: LoRAAdapter?) -> BoundAdapter? {
        adapter.map {
            BoundAdapter(
                $0, layerCount: architecture.layerCount, precision: options.products, wantsGradients: false)
        }
    }
}
