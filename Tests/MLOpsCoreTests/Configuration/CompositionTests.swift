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

    @Test func aConfigurationThatIsNamedTwiceSharesItsValuesWithTheRoot() throws {
        try folder.write("a: {x: 1}\nl: [1]\ns: 1\n", to: "base.yaml")
        try folder.write("defaults: [base, _self_, base@copy, base]\na: {y: 2}\nl: [2]\ns: 2\n", to: "main.yaml")
        let composed = try ConfigComposer([ConfigSource(.directory(folder.url))]).compose("main")
        #expect(
            composed.yaml
                == "a:\n  x: 1\n  'y': 2\nl:\n- 2\ns: 1\ncopy:\n  a:\n    x: 1\n    'y': 2\n  l:\n  - 2\n  s: 1\n")
    }

    @Test func mergeKeysAreTakenInPyYAMLsOrder() throws {
        let text = "a: &a {key: 1, k: 1}\nb: &b {key: 2, k: 2}\nc: {<<: [*a, *b]}\n"
        try folder.write(text, to: "main.yaml")
        let tree = try compose()
        #expect(tree[["c", "key"]]?.json == 2)
        #expect(tree[["c", "k"]]?.json == 1)
    }

    @Test func anErrorNamesThePlaceAsOmegaConfDoes() throws {
        let place = "\n    full_key: a[0].k\n    object_type=dict"
        #expect(try failure("a: [{k: '${nosuch}'}]\n").message.hasSuffix(place))
        #expect(try failure("a: [{k: '${nosuch'}]\n").message.hasSuffix(place))
        #expect(
            try failure("a: {b: 1}\n", "a.c=2").message.hasSuffix(
                "Key 'c' is not in struct\n    full_key: a.c\n    object_type=dict"))
    }

    // What hydra-core 1.3.8 gives for these files; test_hydra.py compares thousands of others.
    @Test func anInterpolationIsWhatItMeansWhenSomethingIsMergedIntoIt() throws {
        try folder.write("a: {x: 1}\nb: ${a}\nc: ${a}\nd: ${a}\n", to: "base.yaml")
        try folder.write("defaults: [base, _self_]\na: {x: 2}\nb: {y: 3}\nc: ???\n", to: "main.yaml")
        let composed = try ConfigComposer([ConfigSource(.directory(folder.url))]).compose("main")
        #expect(composed.yaml == "a:\n  x: 2\nb:\n  x: 2\n  'y': 3\nc:\n  x: 2\nd: ${a}\n")
    }

    @Test func anInterpolatedPathCountsFromTheListsGroup() throws {
        // Lists are walked from their last item to the first: `db` is known when `srv` asks for it.
        try folder.write("defaults: [srv: a, db: a]\n", to: "main.yaml")
        try folder.write("k: 1\n", to: "db/a.yaml")
        try folder.write("defaults: ['/db/${db}']\n", to: "srv/a.yaml")
        let composer = ConfigComposer([ConfigSource(.directory(folder.url))])
        let error = try #require(throws: ConfigurationError.self) { try composer.compose("main") }
        #expect(error.message.contains("In 'srv/a': Could not load 'srv/db/a'."))
        try folder.write("k: 2\n", to: "srv/db/a.yaml")
        #expect(try composer.compose("main").yaml == "srv:\n  db:\n    k: 2\ndb:\n  k: 1\n")
    }

    @Test(arguments: [
        ("# @package foo\nk: 1\n", "foo:\n  k: 1\n"), ("\n#@package foo\nk: 1\n", "foo:\n  k: 1\n"),
        ("## @package foo\nk: 1\n", "g:\n  k: 1\n"), ("# text\n# @package foo\nk: 1\n", "g:\n  k: 1\n"),
        ("# @package: foo\nk: 1\n", "g:\n  k: 1\n"),
    ])
    func aHeaderIsReadAsHydraReadsIt(text: String, yaml: String) throws {
        try folder.write(text, to: "g/a.yaml")
        try folder.write("defaults: [g: a]\n", to: "main.yaml")
        #expect(try ConfigComposer([ConfigSource(.directory(folder.url))]).compose("main").yaml == yaml)
    }

    @Test func whatIsDeletedIsComparedAsItIsWritten() throws {
        let text = "z: [1, '${no.such}']\nn: ['${no.such}']\nd: {a: 1}\nr: {b: '${d}'}\n"
        #expect(
            try failure(text, "~z=1e-3").message
                == "Could not delete from config. The value of 'z' is [1, '${no.such}'] and not 0.001.")
        #expect(try failure(text, "~d={a:2}").message.hasPrefix("Could not delete from config."))
        try folder.write(text, to: "main.yaml")
        let composer = ConfigComposer([ConfigSource(.directory(folder.url))])
        // A reference to nothing counts as null, one to a mapping as that mapping.
        #expect(try composer.compose("main", overrides: ["~z", "~n=[null]", "~r={b:{a:1}}"]).yaml == "d:\n  a: 1\n")
    }

    @Test func hydrasSettingsMayNameTheUsersValues() throws {
        try folder.write("lr: 3\nplace: ${hydra:run.dir}\n", to: "main.yaml")
        let composer = ConfigComposer([ConfigSource(.directory(folder.url))])
        let composed = try composer.compose("main", overrides: ["hydra.run.dir=out/${lr}_${hydra.job.name}"])
        #expect(try composed.resolved().yaml == "lr: 3\nplace: out/3_mlops\n")
    }

    @Test func aTaggedScalarIsNoConfiguration() throws {
        #expect(try failure("!!str yes\n").message.contains("Invalid loaded object type: bool"))
    }

    @Test func anErrorNamesFileLineAndColumn() throws {
        #expect(
            try failure("a: 1\nb: ${no.such}\n").message.contains(
                "main.yaml:2:1: Interpolation key 'no.such' not found"))
        #expect(try failure("a: [1, 2\nb: 3\n").message.contains("main.yaml:2:"))
        #expect(try failure("a: 1\na: 2\n").message.contains("found duplicate key a"))
        #expect(
            try failure("a: 1\n", "b=2").message.hasPrefix(
                "Could not override 'b'.\nTo append to your config use +b=2\n"))
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
