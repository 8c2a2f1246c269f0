import MLOpsCore
import Testing

@Suite struct SaturatingTests {
    @Test(
        arguments: [
            (2.5, 3), (-2.5, -3), (1e300, Int.max), (-1e300, .min), (.infinity, .max), (-.infinity, .min), (.nan, 0),
            (9_223_372_036_854_775_808, .max), (-9_223_372_036_854_775_808, .min),
            (4_503_599_627_370_497, 4_503_599_627_370_497),
        ] as [(Double, Int)])
    func everyNumberHasANearestWholeOne(value: Double, expected: Int) {
        #expect(Int(saturating: value) == expected)
    }

    @Test func aWarmUpIsNeverLongerThanTheRun() {
        #expect(OptimizationConfiguration.Warmup.ratio(1).steps(of: .max) == .max)
        #expect(OptimizationConfiguration.Warmup.ratio(0.1).steps(of: 21) == 3)
        #expect(OptimizationConfiguration.Warmup.ratio(0).steps(of: .max) == 0)
    }
}
