internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// The rotary embedding as `rope_scaling` of a `config.json` says it.
enum RopeJSON {
    /// Returns `rope_scaling`, `null` when positions are not scaled.
    ///
    /// A GGUF file stores Llama 3's scaling as factors; the parameters are found among those that models use.
    ///
    /// - Throws: ``PublishError`` when the factors are of no known model.
    static func scaling(_ model: DecoderArchitecture, path: String) throws(PublishError) -> JSONValue {
        switch model.rope.scaling {
        case .none: return nil
        case .linear(let factor): return ["rope_type": "linear", "factor": .number(factor)]
        case .dynamic(let factor, let positions):
            return [
                "rope_type": "dynamic", "factor": .number(factor),
                "original_max_position_embeddings": .integer(Int64(positions)),
            ]
        case .llama3(let factor, let low, let high, let positions):
            return llama3(factor, low, high, positions)
        case .yarn(let yarn):
            var scaling: JSONValue = [
                "rope_type": "yarn", "factor": .number(yarn.factor),
                "original_max_position_embeddings": .integer(Int64(yarn.originalPositions)),
                "beta_fast": .number(yarn.betaFast), "beta_slow": .number(yarn.betaSlow),
            ]
            if let attention = yarn.attentionFactor, var members = scaling.object {
                members["attention_factor"] = .number(attention)
                scaling = .object(members)
            }
            return scaling
        case .longrope(let long):
            func numbers(_ factors: [Float]) -> JSONValue {
                .array(factors.map { .number(Double("\($0)") ?? Double($0)) })
            }
            return [
                "rope_type": "longrope", "short_factor": numbers(long.shortFactors),
                "long_factor": numbers(long.longFactors), "attention_factor": .number(long.attentionFactor),
                "original_max_position_embeddings": .integer(Int64(long.originalPositions)),
            ]
        case .frequencyFactors(let factors):
            for factor in [8, 32, 4, 16, 2, 64] as [Double] {
                let known = RopeFactors.llama3(
                    base: model.rope.base, headSize: model.rotarySize, factor: factor, low: 1, high: 4,
                    originalPositions: 8192)
                let isSame = zip(known, factors).allSatisfy { abs($0 - $1) <= 1e-4 * $0 }
                if isSame { return llama3(factor, 1, 4, 8192) }
            }
            throw PublishError(
                .notExpressible,
                "'\(path)': its rope_freqs.weight is not that of a known Llama 3 scaling, so config.json cannot say it."
            )
        }
    }

    private static func llama3(_ factor: Double, _ low: Double, _ high: Double, _ positions: Int) -> JSONValue {
        [
            "rope_type": "llama3", "factor": .number(factor), "low_freq_factor": .number(low),
            "high_freq_factor": .number(high), "original_max_position_embeddings": .integer(Int64(positions)),
        ]
    }
}
