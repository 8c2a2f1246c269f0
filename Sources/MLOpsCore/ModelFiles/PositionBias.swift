internal import Foundation

extension DecoderArchitecture {
    /// What a score gains with the position of its key, a slope of the head times the position (Press et al. 2021, arXiv:2108.12409).
    ///
    /// Only differences count in attention, so that nearer keys gain more than farther ones.
    public enum PositionBias: Sendable, Hashable {
        /// Slopes 2^(−8h/n) of n heads, n being a power of 2; of other numbers those of the power below, then every other one of the
        /// power above.
        case bloom
        /// The same, rounded to bf16, and scaled with the scores.
        case falcon
        /// Slopes 2^(−m·h/n), m being `maximum` and n the power of 2 above; of other numbers every other one, from the second on, then
        /// the rest.
        case mpt(maximum: Double)

        /// Whether it is scaled with the scores.
        package var isScaled: Bool { self == .falcon }

        /// The slope of each head.
        package func slopes(headCount: Int) -> [Float] {
            var power = 1
            while power * 2 <= headCount { power *= 2 }
            switch self {
            case .bloom, .falcon:
                func series(_ count: Int) -> [Float] {
                    (1...count).map { Float(exp2(-8 * Double($0) / Double(count))) }
                }
                let more = stride(from: 0, to: 2 * (headCount - power), by: 2).map { series(2 * power)[$0] }
                return series(power) + more
            case .mpt(let maximum):
                let count = power == headCount ? power : 2 * power
                let all = (1...count).map { Float(exp2(-maximum * Double($0) / Double(count))) }
                guard count != headCount else { return all }
                let parts = [1, 0].flatMap { first in stride(from: first, to: count, by: 2).map { all[$0] } }
                return Array(parts.prefix(headCount))
            }
        }

        /// What the scores of a key at `position` gain in a head of the given slope.
        package func value(slope: Float, position: Int) -> Float {
            guard self == .falcon else { return slope * Float(position) }
            return Self.rounded(Self.rounded(slope) * Float(position))
        }

        /// The nearest bf16.
        private static func rounded(_ value: Float) -> Float {
            let bits = value.bitPattern
            return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
        }
    }
}
