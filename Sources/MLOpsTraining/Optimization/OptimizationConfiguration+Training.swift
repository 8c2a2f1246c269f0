internal import MLOpsCore

extension OptimizationConfiguration {
    /// Whether the run ends with the model of its best validation.
    var endsWithBest: Bool { restoresBest || earlyStoppingPatience != nil }

    /// How the parts of a model's parameters move.
    ///
    /// LoRA+ (Hayou et al. 2024, arXiv:2402.12354; PEFT's `create_loraplus_optimizer`) raises the rate of the adapter's output side.
    func groups(of parts: [ParameterGroup]) -> [AdamW.Group] {
        var groups: [AdamW.Group] = []
        for part in parts where !part.range.isEmpty {
            let decays =
                switch part.role {
                case .matrix, .adapterOutput: true
                case .vector, .adapterVector: false
                case .adapterNorm: loraPlusRatio != nil
                }
            let rate = part.role == .matrix || part.role == .vector ? 1 : loraPlusRatio ?? 1
            let group = AdamW.Group(range: part.range, rateFactor: rate, decays: decays)
            if let last = groups.last, last.range.upperBound == group.range.lowerBound,
                last.rateFactor == group.rateFactor, last.decays == group.decays
            {
                groups[groups.count - 1].range = last.range.lowerBound..<group.range.upperBound
            } else {
                groups.append(group)
            }
        }
        return groups
    }
}
