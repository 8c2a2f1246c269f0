public import MLOpsCore

extension DecoderModel {
    /// Runs the layers without keeping their activations and returns the residual stream [tokens, hidden].
    func hiddenStates(_ ids: [Int32], pass: Pass) -> Matrix {
        var x = pass.workspace.matrix(ids.count, architecture.hiddenSize)
        var y = pass.workspace.matrix(ids.count, architecture.hiddenSize)
        Kernels.gatherRows(ids, of: embedding, into: x)
        let saved = DecoderLayer.Saved(architecture, input: x, pass: pass)
        for layer in layers {
            layer.forward(saved.with(input: x), into: y, pass: pass)
            swap(&x, &y)
        }
        return x
    }

    /// Makes a pass over whole rows, which follow each other in the tokens.
    func pass(
        lengths: [Int], adapter: BoundAdapter?, mask: DropoutMask? = nil, caches: [KeyValueCache]? = nil,
        workspace: Workspace
    ) -> Pass {
        var rows: [Pass.Row] = []
        var start = 0
        for (i, length) in lengths.enumerated() {
            rows.append(Pass.Row(tokens: start..<start + length, firstPosition: caches?[i].count ?? 0))
            start += length
        }
        return Pass(
            architecture, rows: rows, rotary: rotary, adapter: adapter, mask: mask, caches: caches, workspace: workspace
        )
    }

    /// Returns the logits after the last of `ids`, and the mean −ln p of each id after those before it (nil for one id).
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func logits(
        of ids: [Int32], adapter: LoRAAdapter? = nil
    ) throws(ModelError) -> (last: [Float], meanNegativeLogLikelihood: Double?) {
        try validate(ids, origin: "The list of ids")
        return workspaces.withWorkspace { workspace in
            let pass = pass(lengths: [ids.count], adapter: bound(adapter), workspace: workspace)
            let x = hiddenStates(ids, pass: pass)
            let last = head.logits(x, at: [ids.count - 1], pass: pass).elements()
            guard ids.count > 1 else { return (last, nil) }
            let losses = head.loss(
                x, at: Array(0..<ids.count - 1), targets: Array(ids.dropFirst()), gradient: nil, pass: pass)
            return (last, losses.reduce(0) { $0 + Double($1) } / Double(losses.count))
        }
    }

    /// Returns the score of each example's supervised tokens, in order.
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func scores(of examples: [TokenizedExample], adapter: LoRAAdapter? = nil) throws(ModelError) -> [TokenScore]
    {
        for example in examples { try validate(example.ids, origin: "\(example.origin)") }
        let adapter = bound(adapter)
        var scores: [TokenScore] = []
        for batch in SupervisedBatch.batches(examples, tokensPerPass: Self.tokensPerPass) {
            scores += workspaces.withWorkspace { workspace in
                guard !batch.ids.isEmpty else {
                    return batch.rowCounts.map { _ in TokenScore(negativeLogLikelihood: 0, tokenCount: 0) }
                }
                let pass = pass(lengths: batch.lengths, adapter: adapter, workspace: workspace)
                let x = hiddenStates(batch.ids, pass: pass)
                let losses = head.loss(x, at: batch.positions, targets: batch.targets, gradient: nil, pass: pass)
                var start = 0
                return batch.rowCounts.map { count in
                    defer { start += count }
                    let sum = losses[start..<start + count].reduce(0) { $0 + Double($1) }
                    return TokenScore(negativeLogLikelihood: sum, tokenCount: count)
                }
            }
        }
        return scores
    }

    func bound(_ adapter: LoRAAdapter?, wantsGradients: Bool = false) -> BoundAdapter? {
        adapter.map { BoundAdapter($0, layerCount: architecture.layerCount, wantsGradients: wantsGradients) }
    }
}
