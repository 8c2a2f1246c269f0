import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// What the cases of hydra-core do not cover: directories, search paths, messages, hostile input.
@Suite struct CompositionTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func compose(_ name: String = "main", _ overrides: String...) throws -> ConfigNode {
        try ConfigComposer([ConfigSource(.directory(folder.url))]).compose(name, overrides: overrides).resolved()
    }

    private func failure(_ text: String, _ overrides: String...) throws -> ConfigurationError {
        try folder.write(text, to: "main.yaml")
        let composer = ConfigComposer([ConfigSource(.directory(folder.url))])
        return try #require(throws: ConfigurationError.self) {
            try composer.compose("main", overrides: overrides).resolved()
        }
    }

    @Test func theSearchPathOfTheConfigurationIsSearchedLast() throws {
        try folder.write("k: near\n", to: "near/model/small.yaml")
        try folder.write("k: far\n", to: "far/model/small.yaml")
        try folder.write("k: far\n", to: "far/model/large.yaml")
        try folder.write(
            "defaults:\n  - model: large\nhydra:\n  searchpath: [file://\(folder.url.path)/far]\n", to: "near/main.yaml"
        )
        let composer = ConfigComposer([ConfigSource(.directory(folder.url("near")))])
        let composed = try composer.compose("main")
        #expect(composed.yaml == "model:\n  k: far\n")
        #expect(composed.searchPathTable.contains("hydra.searchpath"))
        #expect(try composer.compose("main", overrides: ["model=small"]).yaml == "model:\n  k: near\n")
        let typed = "hydra.searchpath=[\(folder.url.path)/nowhere]"
        #expect(throws: ConfigurationError.self) { try composer.compose("main", overrides: [typed]) }
    }

    @Test func theOverridesNameADirectoryAsHydraNamesIt() throws {
        let source = ConfigSource(.texts(["main": "b: 1\na: 2\n"]))
        func name(_ overrides: [String]) throws -> String? {
            try ConfigComposer([source]).compose("main", overrides: overrides).hydra[["job", "override_dirname"]]?
                .string
        }
        let settings = "hydra.job.config.override_dirname"
        #expect(try name(["b=3", "a=x"]) == "a=x,b=3")
        #expect(
            try name([
                "b=3", "+c=4", "a=x", "\(settings).exclude_keys=[b]", "\(settings).kv_sep=-", "\(settings).item_sep=__",
            ])
                == "+c-4__a-x")
    }

    @Test func anErrorNamesFileLineAndColumn() throws {
        #expect(
            try failure("a: 1\nb: ${no.such}\n").message.contains(
                "main.yaml:2:1: Interpolation key 'no.such' not found"))
        #expect(try failure("a: [1, 2\nb: 3\n").message.contains("main.yaml:2:"))
        #expect(try failure("a: 1\na: 2\n").message.contains("found duplicate key a"))
        #expect(try failure("a: 1\n", "b=2").message == "Could not override 'b'.\nTo append to your config use +b=2")
        #expect(try failure("a: 1\n", "a=[1").exitStatus == .usage)
        #expect(try failure("a: 1\n", "a=1,2").message.hasPrefix("Ambiguous value for argument 'a=1,2'"))
    }

    @Test func aSecretNeverBecomesPartOfAConfiguration() throws {
        #expect(try failure("a: ${oc.env:HF_TOKEN}\n").message.contains("is a secret"))
    }

    /// Input made to take for ever or to fill the memory.
    enum Hostile: String, CaseIterable {
        case deepFlow, deepBlock, aliases, aliasesAsKeys, mergedAliases, longText, manyKeys, doublingReferences
        case doublingText, circle, selfReference, deepReferences, circularDefaults, wideDefaults, deepInterpolation
        case manyColons, null, binary

        var text: String {
            switch self {
            case .deepFlow: return "a: " + String(repeating: "[", count: 100_000)
            case .deepBlock: return (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
            case .aliases: return bomb { "[*a\($0), *a\($0), *a\($0), *a\($0), *a\($0), *a\($0), *a\($0), *a\($0)]" }
            case .aliasesAsKeys: return bomb { "{? [*a\($0), *a\($0)] : 1, ? [*a\($0)] : *a\($0)}" }
            case .mergedAliases: return bomb { "{<<: [*a\($0), *a\($0)], k\($0): *a\($0), l\($0): *a\($0)}" }
            case .longText: return "a: " + String(repeating: "x", count: 2_000_000)
            case .manyKeys: return (0..<150_000).map { "k\($0): 1\n" }.joined()
            case .doublingReferences:
                return "a0: {x: 1}\n" + (1..<40).map { "a\($0): {l: '${a\($0 - 1)}', r: '${a\($0 - 1)}'}\n" }.joined()
            case .doublingText:
                return "a0: xxxxxxxx\n" + (1..<40).map { "a\($0): '${a\($0 - 1)}${a\($0 - 1)}'\n" }.joined()
            case .circle: return "a: ${b}\nb: ${c}\nc: ${a}\n"
            case .selfReference: return "a: {b: '${a.b}'}\n"
            case .deepReferences:
                return (0..<5000).map { "a\($0): ${a\($0 + 1)}\n" }.joined() + "a5000: 1\n"
            case .circularDefaults: return "defaults: [main]\n"
            case .wideDefaults: return "defaults: [" + String(repeating: "/main@a, /main@b,", count: 500) + "_self_]\n"
            case .deepInterpolation: return "a: " + String(repeating: "${", count: 5000)
            case .manyColons: return "a: {" + String(repeating: "a:{", count: 20_000) + "\n"
            case .null: return "a: \"\\0\"\nb: \u{0}\n"
            case .binary: return String(repeating: "\u{FFFD}\u{1}", count: 100)
            }
        }

        private func bomb(_ line: (Int) -> String) -> String {
            "a0: &a0 {x: 1}\n" + (1..<20).map { "a\($0): &a\($0) \(line($0 - 1))\n" }.joined()
        }
    }

    @Test(arguments: Hostile.allCases) func hostileInputEndsSoonWithAMessage(_ hostile: Hostile) throws {
        let start = ContinuousClock.now
        let error = try failure(hostile.text)
        #expect(error.exitStatus == .configuration && error.message.count < 2000)
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}
