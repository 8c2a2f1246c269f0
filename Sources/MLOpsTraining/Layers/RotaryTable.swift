internal import Foundation
internal import MLOpsCore

/// The angles by which queries and keys turn, f(position, i) = position · frequency(i), and how each kind of scaling makes the
/// frequencies from θ^(−2i/d).
///
/// Formulas: transformers' `modeling_rope_utils.py`; Peng et al. 2023 (YaRN), §3. Frequencies and angles are rounded to f32 as
/// there.
struct RotaryTable: Sendable, Hashable {
    let rope: RotaryEmbedding
    /// d, how many numbers of a head turn.
    let size: Int
    /// For sequences within the original positions.
    private let frequencies: [Float]
    /// What cosine and sine are multiplied by.
    private let amplitude: Float

    init(_ rope: RotaryEmbedding, size: Int) {
        self.rope = rope
        self.size = size
        frequencies = Self.frequencies(rope, size: size)
        amplitude = Self.amplitude(rope)
    }

    /// Returns the tables that the layers of a model need, by the kind of their rotation.
    static func tables(
        _ architecture: DecoderArchitecture
    ) -> [DecoderArchitecture.LayerAttention.Rotation: RotaryTable] {
        var tables: [DecoderArchitecture.LayerAttention.Rotation: RotaryTable] = [:]
        for rotation in Set(architecture.layerAttention.map(\.rotation)) where rotation != .none {
            tables[rotation] = RotaryTable(
                rotation == .local ? architecture.localRope : architecture.rope, size: architecture.rotarySize)
        }
        return tables
    }

    /// Writes cosine and sine [tokens, d/2] for rows of positions.
    func fill(cosine: Matrix, sine: Matrix, rows: [Pass.Row]) {
        for row in rows {
            let frequencies = frequencies(length: row.length)
            for (i, token) in row.tokens.enumerated() {
                let position = Float(row.firstPosition + i)
                for (j, frequency) in frequencies.enumerated() {
                    let angle = position * frequency
                    cosine[token, j] = cos(angle) * amplitude
                    sine[token, j] = sin(angle) * amplitude
                }
            }
        }
    }

    /// The frequencies for a sequence of `length` positions; only `dynamic` and `longrope` depend on it.
    func frequencies(length: Int) -> [Float] {
        switch rope.scaling {
        case .dynamic(let factor, let original) where length > original && size > 2:
            let d = Double(size)
            let growth = factor * Double(length) / Double(original) - (factor - 1)
            return Self.series(base: rope.base * pow(growth, d / (d - 2)), size: size).map { Float($0) }
        case .longrope(let long) where length > long.originalPositions:
            return Self.divided(Self.series(base: rope.base, size: size), by: long.longFactors)
        default: return frequencies
        }
    }

    private static func divided(_ frequencies: [Double], by factors: [Float]) -> [Float] {
        zip(frequencies, factors).map { Float($0 / Double($1)) }
    }

    /// θ^(−2i/d) for i in 0..<d/2
    private static func series(base: Double, size: Int) -> [Double] {
        (0..<size / 2).map { pow(base, -2 * Double($0) / Double(size)) }
    }

    private static func frequencies(_ rope: RotaryEmbedding, size: Int) -> [Float] {
        let plain = series(base: rope.base, size: size)
        switch rope.scaling {
        case .none, .dynamic:
            return plain.map { Float($0) }
        case .linear(let factor):
            return plain.map { Float($0 / factor) }
        case .frequencyFactors(let factors):
            return divided(plain, by: factors)
        case .longrope(let long):
            return divided(plain, by: long.shortFactors)
        case .llama3(let factor, let low, let high, let original):
            return plain.map { frequency in
                // Turns in the original context: below `low` stretched, above `high` kept, between them blended.
                let turns = Double(original) * frequency / (2 * .pi)
                let share = min(1, max(0, (turns - low) / (high - low)))
                return Float((1 - share) * frequency / factor + share * frequency)
            }
        case .yarn(let yarn):
            func dimension(turns: Double) -> Double {
                Double(size) * log(Double(yarn.originalPositions) / (turns * 2 * .pi)) / (2 * log(rope.base))
            }
            var (low, high) = (dimension(turns: yarn.betaFast), dimension(turns: yarn.betaSlow))
            if yarn.truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
            (low, high) = (max(low, 0), min(high, Double(size - 1)))
            if low == high { high += 0.001 }
            return plain.enumerated().map { i, frequency in
                let stretched = min(1, max(0, (Double(i) - low) / (high - low)))
                return Float(frequency / yarn.factor * stretched + frequency * (1 - stretched))
            }
        }
    }

    private static func amplitude(_ rope: RotaryEmbedding) -> Float {
        if case .longrope(let long) = rope.scaling { return Float(long.attentionFactor) }
        guard case .yarn(let yarn) = rope.scaling else { return 1 }
        if let given = yarn.attentionFactor { return Float(given) }
        func scale(_ m: Double) -> Double { yarn.factor <= 1 ? 1 : 0.1 * m * log(yarn.factor) + 1 }
        if let m = yarn.mscale, let all = yarn.mscaleAllDimensions, m != 0, all != 0 {
            return Float(scale(m) / scale(all))
        }
        return Float(scale(1))
    }
}
