import MLOpsCore
import Testing

@Suite struct PhiloxTests {
    /// The known answers that come with Random123 (kat_vectors, philox4x32 10).
    @Test(arguments: [
        (
            SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0),
            SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
        ),
        (
            SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
            SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
        ),
        (
            SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
            SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
        ),
    ])
    func givesTheKnownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
        #expect(Philox.block(counter, key: key) == expected)
    }

    @Test func streamsOfOneSeedDiffer() {
        func first(_ seed: UInt64, _ purpose: UInt32, _ stream: UInt32) -> UInt64 {
            var numbers = PhiloxStream(seed: seed, purpose: purpose, stream: stream)
            return numbers.next()
        }
        #expect(Set([first(1, 1, 0), first(2, 1, 0), first(1, 2, 0), first(1, 1, 1), first(1 << 40, 1, 0)]).count == 5)
        #expect(first(7, 3, 5) == first(7, 3, 5))
    }

    @Test(arguments: [0, 1, 2, 3, 10, 1_000]) func aPermutationHoldsEveryNumberOnce(count: Int) {
        var numbers = PhiloxStream(seed: 42, purpose: 1)
        #expect(numbers.permutation(of: count).sorted() == Array(0..<count))
    }

    @Test func everyOrderOfThreeIsAboutEquallyLikely() {
        var counts: [[Int]: Int] = [:]
        for stream in 0..<6_000 {
            var numbers = PhiloxStream(seed: 3, purpose: 1, stream: UInt32(stream))
            counts[numbers.permutation(of: 3), default: 0] += 1
        }
        #expect(counts.count == 6)
        for (order, count) in counts { #expect((850...1_150).contains(count), "\(order)") }
    }

    @Test func aShuffleIsTheSameOnEveryPlatform() {
        var numbers = PhiloxStream(seed: 42, purpose: 1)
        let order = numbers.permutation(of: 12)
        // By a Python program written after the same papers. A change here breaks the resuming of runs that exist.
        #expect(order == [10, 2, 6, 1, 9, 11, 0, 4, 5, 3, 8, 7])
    }
}
