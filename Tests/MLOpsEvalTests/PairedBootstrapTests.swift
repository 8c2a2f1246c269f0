import Foundation
import MLOpsCore
import MLOpsEval
import Testing

@Suite struct PairedBootstrapTests {
    private let differences = (0..<200).map { Double($0 % 5) / 10 - 0.1 }  // mean 0.1, standard deviation 0.1414

    @Test func coversTheMeanAsTheNormalApproximationDoes() throws {
        let interval = try #require(PairedBootstrap(resampleCount: 2000).interval(ofMean: differences))
        let standardError = 0.02.squareRoot() / 200.0.squareRoot()
        #expect(abs(interval.low - (0.1 - 1.96 * standardError)) < 0.002)
        #expect(abs(interval.high - (0.1 + 1.96 * standardError)) < 0.002)
    }

    @Test func equalSeedsGiveEqualIntervals() {
        let first = PairedBootstrap(resampleCount: 200, seed: 1).interval(ofMean: differences)
        #expect(first == PairedBootstrap(resampleCount: 200, seed: 1).interval(ofMean: differences))
        #expect(first != PairedBootstrap(resampleCount: 200, seed: 2).interval(ofMean: differences))
    }

    @Test(arguments: [[], [1], [1, .nan], [1, .infinity]]) func saysNothingOfWhatCannotBeJudged(differences: [Double]) {
        #expect(PairedBootstrap(resampleCount: 50).interval(ofMean: differences) == nil)
    }

    @Test func constantDifferencesLeaveNoDoubt() throws {
        let interval = try #require(PairedBootstrap(resampleCount: 50).interval(ofMean: [0.5, 0.5, 0.5]))
        #expect(interval.low == 0.5 && interval.high == 0.5)
    }
}
