import MLOpsCore
import MLOpsTraining
import Testing

@Suite struct HealthMonitorTests {
    let rules = MonitoringConfiguration(
        divergence: .init(action: .stop, factor: 2, window: 3),
        gradientExplosion: .init(action: .warn, factor: 10, window: 4),
        noLearning: .init(action: .warn, steps: 10, minimumImprovement: 0.05))

    private func findings(_ losses: [Double], norms: [Double]? = nil, rules: MonitoringConfiguration? = nil)
        -> [HealthFinding]
    {
        var monitor = HealthMonitor(rules: rules ?? self.rules)
        return losses.enumerated().flatMap { index, loss in
            monitor.findings(step: index + 1, loss: loss, gradientNorm: norms?[index] ?? 1)
        }
    }

    private func falling(_ count: Int) -> [Double] { (0..<count).map { 4 - 0.2 * Double($0) } }

    @Test func aLossThatFallsIsHealthy() {
        #expect(findings(falling(16)).isEmpty)
    }

    @Test func aLossFarAboveItsBestStops() {
        let found = findings([4, 3, 2, 1, 1, 1, 2, 4, 8])
        #expect(found.map(\.rule) == [.divergence])
        #expect(found.map(\.step) == [8])  // the mean of 1, 2, 4 is more than twice the mean of 1, 1, 1
        #expect(found.first?.action == .stop)
    }

    @Test func smallLossesMaySwing() {
        #expect(findings([4, 1, 0.1, 0.02, 0.02, 0.02, 0.1, 0.3, 0.5, 0.4]).isEmpty)
    }

    @Test func aGradientFarAboveTheMedianWarnsOnce() {
        let found = findings(falling(8), norms: [1, 2, 1, 2, 1.5, 20, 21, 1])
        #expect(found.map(\.rule) == [.gradientExplosion])
        #expect(found.map(\.step) == [6])
    }

    @Test func aLossThatStaysIsReportedAfterItsSteps() {
        let found = findings((0..<12).map { 3 - 0.01 * Double($0 % 2) })
        #expect(found.map(\.rule) == [.noLearning])
        #expect(found.map(\.step) == [10])
    }

    @Test func gradientsOfZeroAreReportedAtOnce() {
        let found = findings([3, 3, 3, 3, 3, 3], norms: [0, 0, 0, 0, 0, 0])
        #expect(found.map(\.rule) == [.noLearning])
        #expect(found.map(\.step) == [5])
    }

    @Test func rulesCanBeOff() {
        let losses = [4, 3, 2, 1, 1, 1, 2, 4, 8.0]
        #expect(findings(losses, rules: .init(isEnabled: false)).isEmpty)
        var quiet = rules
        quiet.divergence.action = .ignore
        #expect(findings(losses, rules: quiet).isEmpty)
    }
}
