internal import MLOpsCore

extension DecoderLayer {
    /// Queries, keys and values side by side in memory as the projections write them: three matrices, or columns of one.
    struct Projected {
        /// One a projection.
        let whole: [Matrix]
        /// The parts, whatever the projections are.
        let parts: [Matrix]

        /// Gate and up. Without a gate, what is activated stands in the gate's place, and ones in the other's.
        init(inner architecture: DecoderArchitecture, pass: Pass) {
            let width = architecture.intermediateSize
            guard architecture.gatesMLP else {
                let inner = pass.workspace.matrix(pass.tokenCount, width)
                self.init(whole: [inner], parts: [inner, pass.ones])
                return
            }
            self.init(widths: [width, width], architecture.fusesGate ? .sideBySide : .none, pass: pass)
        }

        private init(whole: [Matrix], parts: [Matrix]) {
            self.whole = whole
            self.parts = parts
        }

        /// Queries, keys and values.
        init(attention architecture: DecoderArchitecture, pass: Pass) {
            let (keys, fusion) = (architecture.keyValueWidth, architecture.attentionFusion)
            guard Shape(architecture).splits else {
                self.init(widths: [architecture.queryWidth, keys, keys], fusion, pass: pass)
                return
            }
            // Which alone are as wide as attention takes them.
            let (t, w, size) = (pass.tokenCount, pass.workspace, architecture.attendedHeadSize)
            let whole = w.matrix(t, architecture.queryWidth + 2 * keys)
            let counts = [architecture.headCount, architecture.keyValueHeadCount, architecture.keyValueHeadCount]
            self.init(whole: [whole], parts: counts.map { w.matrix(t, $0 * size) })
        }

        private init(widths: [Int], _ fusion: DecoderArchitecture.AttentionFusion, pass: Pass) {
            let (t, w) = (pass.tokenCount, pass.workspace)
            guard fusion == .sideBySide else {
                whole = widths.map { w.matrix(t, $0) }
                parts = whole
                return
            }
            let all = w.matrix(t, widths.reduce(0, +))
            whole = [all]
            var start = 0
            parts = widths.map { width in
                defer { start += width }
                return all.columns(start..<start + width)
            }
        }
    }

    /// The left sides of a layer's products in bf16, kept for the way back; nil where they are made again.
    struct KeptHalves {
        /// norm₁(x), attention's output, norm₅(m) and what down takes.
        let normed, attended, innerNormed, inner: HalfStorage?

        init(_ architecture: DecoderArchitecture, pass: Pass) {
            func memory(_ columns: Int, of projection: Projection) -> HalfStorage? {
                guard Self.keepsInput(of: projection, architecture) else { return nil }
                let floats = pass.workspace.matrix(pass.tokenCount, pass.halfStride(columns: columns) / 2)
                return HalfStorage(in: floats.storage)
            }
            normed = memory(architecture.hiddenSize, of: .query)
            attended = memory(architecture.queryWidth, of: .output)
            innerNormed = memory(architecture.hiddenSize, of: .up)
            inner = memory(architecture.intermediateSize, of: .down)
        }

        /// Whether what a projection takes is written in bf16, so that it can be kept.
        static func keepsInput(of projection: Projection, _ architecture: DecoderArchitecture) -> Bool {
            switch projection {
            case .output: true
            case .down: architecture.activation != .xielu
            default: architecture.normPlacement != .after
            }
        }
    }

    /// What the backward pass needs: memory use can be read off here. p is the padded rank, 0 without adapter.
    struct Saved {
        /// x, [tokens, hidden].
        private(set) var input: Matrix
        /// m, [tokens, hidden].
        private(set) var middle: Matrix
        /// 1/√(mean x² + ε) of the norms of x and m, [tokens, 1].
        let inputInverse: Matrix
        private(set) var innerInverse: Matrix
        /// What the projections give: queries [tokens, queryWidth], keys and values [tokens, keyValueWidth].
        let projected: [Matrix]
        let rawQ, rawK, v: Matrix
        /// Queries and keys normed and turned; without such norms, the same memory as before.
        let q, k: Matrix
        /// 1/√(mean + ε) of their norms, [tokens · heads, 1] or [tokens, 1].
        let queryInverse, keyInverse: Matrix
        /// [tokens, queryWidth + p]
        let attended: Matrix
        /// The same as attention gives it; mostly the same memory.
        let heads: Matrix
        /// [tokens, heads]
        let logSumExp: Matrix
        /// [tokens, intermediate]
        private(set) var innerProjected: [Matrix]
        private(set) var gate, up: Matrix
        /// Of outputs with a norm.
        private(set) var attentionOutput, innerOutput: ResidualJoin.Saved?
        /// drop(x)·Aᵀ of each projection, [tokens, p].
        private(set) var xa: [Matrix?]
        /// The tokens that all from m on is of, if not all.
        private(set) var chosen: ChosenTokens?
        let kept: KeptHalves?

        /// - Parameter keepsHalves: whether what products read in bf16 is kept; for passes that write it.
        init(_ architecture: DecoderArchitecture, input: Matrix, pass: Pass, keepsHalves: Bool = false) {
            let (t, w) = (pass.tokenCount, pass.workspace)
            let p = pass.adapter?.width ?? 0
            self.input = input
            middle = w.matrix(t, architecture.hiddenSize)
            inputInverse = w.matrix(t, 1)
            innerInverse = w.matrix(t, 1)
            let first = Projected(attention: architecture, pass: pass)
            (projected, rawQ, rawK, v) = (first.whole, first.parts[0], first.parts[1], first.parts[2])
            let hasNorms = architecture.changesQueries
            q = hasNorms ? w.matrix(t, architecture.queryWidth) : rawQ
            k = hasNorms ? w.matrix(t, architecture.keyValueWidth) : rawK
            let eachHead = architecture.queryKeyNorm == .eachHead
            queryInverse = w.matrix(eachHead ? t * architecture.headCount : t, 1)
            keyInverse = w.matrix(eachHead ? t * architecture.keyValueHeadCount : t, 1)
            attended = w.matrix(t, architecture.queryWidth + p)
            let wide = architecture.headCount * architecture.attendedHeadSize
            let isWide = architecture.positionBias != nil
            heads = isWide ? w.matrix(t, wide) : attended.columns(0..<architecture.queryWidth)
            logSumExp = w.matrix(t, architecture.headCount)
            let second = Projected(inner: architecture, pass: pass)
            (innerProjected, gate, up) = (second.whole, second.parts[0], second.parts[1])
            let hasOutputNorms = architecture.normPlacement != .before
            attentionOutput = hasOutputNorms ? ResidualJoin.Saved(architecture.hiddenSize, pass: pass) : nil
            innerOutput = hasOutputNorms ? ResidualJoin.Saved(architecture.hiddenSize, pass: pass) : nil
            let projections = architecture.projections
            xa = Projection.allCases.map { p > 0 && projections.contains($0) ? w.matrix(t, p) : nil }
            kept = keepsHalves ? KeptHalves(architecture, pass: pass) : nil
        }

        /// The same buffers for another input: layers whose activations need not be kept share them.
        func with(input: Matrix) -> Saved {
            var other = self
            other.input = input
            return other
        }

        /// The same buffers for a layer that computes some tokens alone once they have seen the others.
        func choosing(_ chosen: ChosenTokens?) -> Saved {
            guard let chosen else { return self }
            var other = self
            let some = 0..<chosen.tokens.count
            other.chosen = chosen
            (other.middle, other.innerInverse) = (middle.rows(some), innerInverse.rows(some))
            (other.gate, other.up) = (gate.rows(some), up.rows(some))
            other.innerProjected = innerProjected.map { $0.rows(some) }
            (other.attentionOutput, other.innerOutput) = (attentionOutput?.rows(some), innerOutput?.rows(some))
            for projection in Projection.allCases where projection.isInMLP || projection == .output {
                other.xa[projection.index] = xa[projection.index]?.rows(some)
            }
            return other
        }
    }

    /// Gradients inside a layer, shared by all layers of a pass.
    struct Scratch {
        /// [tokens, hidden + p], [tokens, queryWidth + p], [tokens, intermediate + p]
        private(set) var hidden, attended, inner: Matrix
        /// As in ``Saved``.
        let projected: [Matrix]
        let rawQ, rawK, v, q, k: Matrix
        private(set) var innerProjected: [Matrix]
        private(set) var gate, up: Matrix
        /// Of an output that does not join the residual stream as it is, [tokens, hidden].
        private(set) var branch: Matrix?
        /// Σ do∘o, [tokens, heads].
        let delta: Matrix
        /// The gradient of what attention gives, where that is wider than what follows takes.
        let heads: Matrix?

        init(_ architecture: DecoderArchitecture, pass: Pass) {
            let (t, w) = (pass.tokenCount, pass.workspace)
            let p = pass.adapter?.width ?? 0
            hidden = w.matrix(t, architecture.hiddenSize + p)
            attended = w.matrix(t, architecture.queryWidth + p)
            inner = w.matrix(t, architecture.intermediateSize + p)
            let first = Projected(attention: architecture, pass: pass)
            (projected, rawQ, rawK, v) = (first.whole, first.parts[0], first.parts[1], first.parts[2])
            let hasNorms = architecture.changesQueries
            q = hasNorms ? w.matrix(t, architecture.queryWidth) : rawQ
            k = hasNorms ? w.matrix(t, architecture.keyValueWidth) : rawK
            let second = Projected(inner: architecture, pass: pass)
            (innerProjected, gate) = (second.whole, second.parts[0])
            up = architecture.gatesMLP ? second.parts[1] : w.matrix(t, architecture.intermediateSize)
            let isBranch =
                architecture.normPlacement != .before || architecture.residualScale != 1 || architecture.isParallel
            branch = isBranch ? w.matrix(t, architecture.hiddenSize) : nil
            delta = w.matrix(t, architecture.headCount)
            let wide = architecture.headCount * architecture.attendedHeadSize
            heads = architecture.positionBias == nil ? nil : w.matrix(t, wide)
        }

        /// The same for what follows attention, of the chosen tokens alone.
        func choosing(_ chosen: ChosenTokens?) -> Scratch {
            guard let chosen else { return self }
            var other = self
            let some = 0..<chosen.tokens.count
            (other.hidden, other.attended, other.inner) = (hidden.rows(some), attended.rows(some), inner.rows(some))
            (other.gate, other.up, other.branch) = (gate.rows(some), up.rows(some), branch?.rows(some))
            other.innerProjected = innerProjected.map { $0.rows(some) }
            return other
        }
    }
}
