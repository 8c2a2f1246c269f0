internal import Foundation

/// Random numbers that are a function of a seed, a purpose and an index: nothing to save, nothing to skip, and no order in which
/// they must be asked for.
///
/// The function is SplitMix64's finaliser over the counter, twice, keyed by seed and stream: the same on every platform.
struct CounterRandom: Sendable, Hashable {
    /// What the numbers are for; streams of one seed are independent.
    enum Stream: UInt64, Sendable {
        case adapterInitialization = 1
        case dropout = 2
        case sampling = 3
        case embeddingNoise = 4
        case weightInitialization = 5
        case subspace = 6
    }

    private let key: UInt64

    init(seed: UInt64, stream: Stream) {
        key = Self.mixed(Self.mixed(seed) ^ (stream.rawValue &* 0x9E37_79B9_7F4A_7C15))
    }

    private init(key: UInt64) { self.key = key }

    /// A stream of its own for `index`: of a step, of a row.
    func child(_ index: UInt64) -> CounterRandom { CounterRandom(key: bits(index)) }

    /// 64 random bits.
    func bits(_ index: UInt64) -> UInt64 {
        Self.mixed(Self.mixed(index &* 0x9E37_79B9_7F4A_7C15 &+ key) ^ key)
    }

    /// A number in 0..<1, with 53 random bits.
    func uniform(_ index: UInt64) -> Double { Double(bits(index) >> 11) * 0x1p-53 }

    /// A normal number, by Box and Muller's formula from two uniform ones.
    func normal(_ index: UInt64) -> Double {
        let (radius, angle) = (uniform(2 * index), uniform(2 * index + 1))
        return (-2 * log(1 - radius)).squareRoot() * cos(2 * .pi * angle)
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
