import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import MLOpsCore

/// Composition, overrides, interpolation, YAML and sweeps against hydra-core 1.3.8 and omegaconf 2.3.1.
@Suite struct HydraParityTests {
    private let cases: HydraCases

    init() throws { cases = try HydraCases() }

    private func overrides(_ one: JSONValue) throws -> [String] {
        try #require(one["overrides"]?.array).compactMap(\.string)
    }

    @Test func theKitchenComposesAsInHydra() throws {
        let source = ConfigSource(.directory(Fixture.url("Configuration/trees/kitchen")))
        for one in try cases.section("kitchen") {
            let (config, overrides) = (try #require(one["config"]?.string), try overrides(one))
            HydraCases.check(one, "\(config) \(overrides)") { () throws(ConfigurationError) in
                try HydraCases.compose(config, from: source, overrides: overrides)
            }
        }
    }

    @Test func generatedTreesComposeAsInHydra() throws {
        for (index, tree) in try cases.section("trees").enumerated() {
            let texts = try #require(tree["texts"]?.object).compactMapValues(\.string)
            let source = ConfigSource(.texts(Dictionary(uniqueKeysWithValues: texts.map { ($0.key, $0.value) })))
            for one in try #require(tree["cases"]?.array) {
                let (config, overrides) = (try #require(one["config"]?.string), try overrides(one))
                HydraCases.check(one, "tree \(index): \(config) \(overrides)") { () throws(ConfigurationError) in
                    try HydraCases.compose(config, from: source, overrides: overrides)
                }
            }
        }
    }

    @Test func plainTextMeansWhatItMeansInOmegaConf() throws {
        for one in try cases.section("scalars") {
            let text = try #require(one["text"]?.string)
            HydraCases.check(one, text) { () throws(ConfigurationError) in
                try HydraCases.compose(text: "a: \(text)\n")["a"]
            }
        }
    }

    @Test func valuesOfOverridesAreReadAsInHydra() throws {
        for one in try cases.section("values") {
            let text = try #require(one["text"]?.string)
            HydraCases.check(one, "+s=\(text)") { () throws(ConfigurationError) in
                try HydraCases.compose(text: HydraCases.base, overrides: ["+s=\(text)"])["s"]
            }
        }
    }

    @Test func overridesChangeATreeAsInHydra() throws {
        for one in try cases.section("overrides") {
            let text = try #require(one["text"]?.string)
            HydraCases.check(one, text) { () throws(ConfigurationError) in
                try HydraCases.compose(text: HydraCases.base, overrides: [text])
            }
        }
    }

    @Test func interpolationsMeanWhatTheyMeanInOmegaConf() throws {
        for one in try cases.section("texts") {
            let text = try #require(one["text"]?.string)
            let yaml = HydraCases.base + "q: {s: near, w: \(JSONValue.string(text).text())}\n"
            HydraCases.check(one, text) { () throws(ConfigurationError) in
                try HydraCases.compose(text: yaml)[["q", "w"]]
            }
        }
    }

    @Test func sweepsExpandAsInHydrasBasicSweeper() throws {
        for one in try cases.section("sweeps") {
            let arguments = try #require(one["arguments"]?.array).compactMap(\.string)
            do {
                let runs = try OverrideSweep.expand(arguments)
                let expected = one["expect"]?.array?.map { $0.array?.compactMap(\.string) ?? [] }
                #expect(runs == expected, "\(arguments)")
            } catch {
                #expect(
                    error.exitStatus.rawValue == one["error"]?.int.map(Int32.init), "\(arguments): \(error.message)")
            }
        }
    }
}
