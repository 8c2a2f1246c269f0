import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import MLOpsCore

/// The cases of `Tests/Fixtures/Configuration/expect.json`: what hydra-core says to trees, overrides and texts.
struct HydraCases {
    private let sections: JSONValue

    init() throws {
        sections = try JSONValue(parsing: Data(contentsOf: Fixture.url("Configuration/expect.json")))
    }

    /// The cases called `name`.
    func section(_ name: String) throws -> [JSONValue] {
        let cases = try #require(sections[name]?.array)
        #expect(!cases.isEmpty)
        return cases
    }

    /// The file that overrides and texts are about, as in `make_configuration.py`.
    static let base = """
        v: 3
        t: text
        f: 1.5
        nul: null
        mis: ???
        key: a
        e: {}
        n: {a: 1, b: two, l: [10, {x: 1}, "${v}"], d: {1: one, k: "${n.a}"}}
        ref: ${n}
        l: [a, b]

        """

    /// Composes `config` with the environment of the cases, and resolves it.
    static func compose(
        _ config: String, from source: ConfigSource, overrides: [String] = []
    ) throws(ConfigurationError) -> ConfigNode {
        var composer = ConfigComposer([source])
        composer.context = .init(environment: ["MLOPS_TEST_ENV": "from-env", "MLOPS_TEST_NUM": "42"])
        return try composer.compose(config, overrides: overrides).resolved()
    }

    /// Composes a single text.
    static func compose(text: String, overrides: [String] = []) throws(ConfigurationError) -> ConfigNode {
        try compose("main", from: ConfigSource(.texts(["main": text])), overrides: overrides)
    }

    /// Compares a result, or its error, with what a case expects.
    static func check(
        _ expected: JSONValue, _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ result: () throws(ConfigurationError) -> ConfigNode?
    ) {
        do {
            let node = try result()
            let own = node.map { pairs($0.json).text() } ?? "nothing"
            let wanted = expected["expect"]?.text() ?? "an error"
            #expect(own == wanted, "\(what)", sourceLocation: sourceLocation)
        } catch {
            let status = expected["error"]?.int.map(Int32.init)
            #expect(error.exitStatus.rawValue == status, "\(what): \(error.message)", sourceLocation: sourceLocation)
            #expect(error.message.count > 20, "\(what)", sourceLocation: sourceLocation)
            if let said = expected["says"]?.string {
                #expect(squashed(error.message).contains(said), "\(what)", sourceLocation: sourceLocation)
            }
        }
    }

    /// `text` with a single space for white space, as the sayings are.
    private static func squashed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// `value` with its maps as lists of pairs, so that order counts, and with the texts that stand for nan and inf.
    private static func pairs(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(pairs))
        case .object(let members): return ["map": .array(members.map { [.string($0.key), pairs($0.value)] })]
        case .number(let number) where !number.isFinite:
            return .string(number.isNaN ? "nan" : number > 0 ? "inf" : "-inf")
        default: return value
        }
    }
}
