/// Random numbers that are a function of a key and a position: no state to save, the same on every platform.
///
/// Philox-4x32 with ten rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC11).
/// Anything that must be repeatable draws from a block named by what it is for, so that a run that is resumed, or that
/// runs on another number of threads, draws the same numbers.
public enum Philox {
    /// Returns the block of four numbers at `counter` under `key`.
    public static func block(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var c = counter
        var k = key
        for _ in 0..<10 {
            let a = UInt64(c[0]) * 0xD251_1F53
            let b = UInt64(c[2]) * 0xCD9E_8D57
            c = SIMD4(
                UInt32(truncatingIfNeeded: b >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: b),
                UInt32(truncatingIfNeeded: a >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: a))
            k = SIMD2(k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85)
        }
        return c
    }
}

/// A stream of Philox numbers for one purpose, for the standard library's `shuffle` and `random(in:)` or for drawing directly.
public struct PhiloxStream: RandomNumberGenerator, Sendable, Hashable {
    private let key: SIMD2<UInt32>
    private let stream: SIMD2<UInt32>
    private var position: UInt64 = 0

    /// Starts the stream named `stream` (an epoch, a row, a tensor) of `purpose` under `seed`.
    public init(seed: UInt64, purpose: UInt32, stream: UInt32 = 0) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.stream = SIMD2(stream, purpose)
    }

    /// Returns the next 64 random bits.
    public mutating func next() -> UInt64 {
        let index = position / 2
        let counter = SIMD4(
            UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), stream[0], stream[1])
        let block = Philox.block(counter, key: key)
        let half = Int(position % 2) * 2
        position += 1
        return UInt64(block[half]) | UInt64(block[half + 1]) << 32
    }

    /// Returns a number below `bound`, each equally likely, by multiplication and rejection (Lemire 2019).
    ///
    /// Written out here because the standard library's way of doing it may change, and a shuffle must not.
    ///
    /// - Precondition: `bound` is positive.
    public mutating func next(below bound: Int) -> Int {
        precondition(bound > 0, "a random number below \(bound) was asked for")
        let range = UInt64(bound)
        var product = next().multipliedFullWidth(by: range)
        if product.low < range {
            let threshold = (0 &- range) % range
            while product.low < threshold { product = next().multipliedFullWidth(by: range) }
        }
        return Int(product.high)
    }

    /// Returns the numbers `0..<count` in random order (Fisher–Yates from the end).
    public mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, next(below: last + 1))
        }
        return order
    }
}
