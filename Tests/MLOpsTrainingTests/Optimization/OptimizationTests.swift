import Foundation
import MLOpsCore
import MLOpsTraining
import TestSupport
import Testing

/// Updates, clipping and rates as torch and transformers compute them (Tests/Fixtures/Training/optimization.json).
@Suite struct OptimizationTests {
    private let expected: JSONValue

    init() throws { expected = try JSONValue(parsing: WholeFile.read(Fixture.url("Training/optimization.json"))) }

    @Test func movesParametersAsTorchDoes() throws {
        for run in try #require(expected["updates"]?.array) {
            var parameters = try #require(run["initial"]).floats
            var optimizer = AdamW(weightDecay: try #require(run["weight_decay"]?.double))
            for (i, step) in try #require(run["steps"]?.array).enumerated() {
                var gradients = LoRAGradients(values: try #require(step["gradient"]).floats)
                let norm = gradients.clip(toNorm: try #require(run["clip"]?.double))
                #expect(abs(norm - (try #require(step["norm"]?.double))) < 1e-6 * norm)
                #expect(relativeDifference(gradients.values, try #require(step["clipped"]).floats) < 1e-6)
                optimizer.update(
                    &parameters, with: gradients.values, learningRate: try #require(step["rate"]?.double))
                #expect(optimizer.state.step == i + 1)
                #expect(relativeDifference(parameters, try #require(step["parameters"]).floats) < 1e-6, "step \(i)")
            }
        }
    }

    @Test func ratesAreThoseOfTransformers() throws {
        var names: Set<String> = []
        for schedule in try #require(expected["schedules"]?.array) {
            let name = try #require(schedule["name"]?.string)
            let given = try #require(schedule["settings"]?.object)
            let ours = LearningRateSchedule(
                peak: try #require(schedule["peak"]?.double),
                decay: try #require(OptimizationConfiguration.Scheduler(rawValue: name)),
                warmupSteps: try #require(schedule["warmup"]?.int), totalSteps: try #require(schedule["total"]?.int),
                minimumRatio: given["min_lr_ratio"]?.double ?? 0, settings: settings(given))
            let rates = try #require(schedule["rates"]?.array).compactMap(\.double)
            #expect(rates.count == ours.totalSteps)
            for (step, rate) in rates.enumerated() {
                #expect(abs(ours.rate(at: step) - rate) < 1e-15, "\(name) \(given) with \(ours.warmupSteps) at \(step)")
            }
            names.insert(name)
        }
        #expect(names == Set(OptimizationConfiguration.Scheduler.allCases.map(\.rawValue)))
    }

    private func settings(_ given: JSONObject) -> SchedulerSettings {
        var settings = SchedulerSettings()
        settings.cycles = given["num_cycles"]?.double
        settings.power = given["power"]?.double
        settings.endRate = given["lr_end"]?.double
        settings.timescale = given["timescale"]?.int
        settings.minimumRate = given["min_lr"]?.double
        settings.minimumShare = given["min_lr_rate"]?.double
        settings.warmupShare = given["warmup_lr_rate"]?.double
        settings.stableSteps = given["num_stable_steps"]?.int
        settings.decaySteps = given["num_decay_steps"]?.int
        settings.warmupShape = given["warmup_type"]?.string.flatMap(SchedulerSettings.Shape.init(rawValue:))
        settings.decayShape = given["decay_type"]?.string.flatMap(SchedulerSettings.Shape.init(rawValue:))
        return settings
    }

    @Test func aContinuedOptimizerMovesAsOneThatNeverStopped() {
        let gradients = (0..<6).map { step in (0..<20).map { Float(sin(Double(step * 20 + $0))) } }
        var (whole, parts) = ([Float](repeating: 0.5, count: 20), [Float](repeating: 0.5, count: 20))
        var optimizer = AdamW(weightDecay: 0.01)
        for gradient in gradients { optimizer.update(&whole, with: gradient, learningRate: 0.01) }
        var first = AdamW(weightDecay: 0.01)
        for gradient in gradients[..<3] { first.update(&parts, with: gradient, learningRate: 0.01) }
        var second = AdamW(weightDecay: 0.01, state: first.state)
        for gradient in gradients[3...] { second.update(&parts, with: gradient, learningRate: 0.01) }
        #expect(parts == whole && second.state == optimizer.state)
    }

    @Test func aNormThatIsNoNumberClipsNothing() {
        for value: Float in [.nan, .infinity] {
            var gradients = LoRAGradients(values: [1, value, 2])
            let norm = gradients.clip(toNorm: 1)
            #expect(!norm.isFinite)
            #expect(gradients.values[0] == 1 && gradients.values[2] == 2)
        }
    }
}
