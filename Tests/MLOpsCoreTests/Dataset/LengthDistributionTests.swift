import MLOpsCore
import Testing

@Suite struct LengthDistributionTests {
    private static func distribution(_ lengths: some Sequence<Int>) -> LengthDistribution {
        lengths.reduce(into: LengthDistribution()) { $0.add($1) }
    }

    @Test func knowsItsEndsMeanAndQuantiles() {
        let lengths = Self.distribution(1...100)
        #expect(lengths.minimum == 1 && lengths.maximum == 100 && lengths.mean == 50.5 && lengths.total == 5050)
        #expect([0, 0.5, 0.9, 0.99, 1].map { lengths.quantile($0) } == [1, 50, 90, 99, 100])
        #expect(Self.distribution([7]).quantile(0.99) == 7)
    }

    @Test(arguments: [[], [5], [0, 0, 1], Array(3...40), [1, 1_000_000], Array(0..<1000)])
    func everyLengthIsInOneBin(lengths: [Int]) {
        let bins = Self.distribution(lengths).histogram(limit: 12)
        #expect(bins.count <= 12)
        #expect(bins.map(\.count).reduce(0, +) == lengths.count)
        for bin in bins { #expect(lengths.count { bin.range.contains($0) } == bin.count) }
        for (left, right) in zip(bins, bins.dropFirst()) {
            #expect(left.range.upperBound + 1 == right.range.lowerBound)
        }
    }

    @Test func nothingHasNoLengths() {
        let none = LengthDistribution()
        #expect(none.minimum == 0 && none.maximum == 0 && none.mean == 0 && none.quantile(0.5) == 0)
    }
}
