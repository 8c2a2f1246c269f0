internal import Foundation
internal import OrderedCollections

/// Expands sweeps into the overrides of single runs, as Hydra's basic sweeper does.
public enum OverrideSweep {
    /// The most runs one sweep may ask for.
    private static let maximumRuns = 100_000

    /// Returns a list of overrides for every combination of the sweeps in `overrides`, the last one varying fastest; those
    /// about Hydra's own settings are not among them.
    ///
    /// - Throws: ``ConfigurationError`` when an override does not parse or cannot be enumerated.
    public static func expand(_ overrides: [String], sources: [ConfigSource] = []) throws(ConfigurationError)
        -> [[String]]
    {
        var lists: OrderedDictionary<String, [String]> = [:]
        var parsed: [Override] = []
        for text in overrides { parsed.append(try Override(text)) }
        for override in parsed where override.isHydra && override.isSweep {
            throw ConfigComposer.refusal(ofHydraSweep: override)
        }
        for override in parsed where !override.isHydra {
            // A key that is given again keeps its place and takes the later values.
            lists[override.writtenKey] = try written(override, sources: sources)
        }
        var runs = 1
        for values in lists.values {
            let (product, overflow) = runs.multipliedReportingOverflow(by: max(values.count, 1))
            guard !overflow, product <= maximumRuns else {
                throw ConfigurationError(.composition, "The sweep asks for more than \(maximumRuns) runs. Narrow it.")
            }
            runs = product
        }
        return lists.values.reduce([[]]) { runs, values in runs.flatMap { run in values.map { run + [$0] } } }
    }

    /// Returns the lists of overrides that a sweep over a composition stands for: those about Hydra that it was composed with,
    /// those of `hydra.sweeper.params`, and the others it was composed with.
    ///
    /// - Throws: ``ConfigurationError`` when one does not parse or cannot be enumerated.
    public static func expand(_ composed: ComposedConfiguration) throws(ConfigurationError) -> [[String]] {
        var parameters: [String] = []
        if composed.hydra[["sweeper", "params"]]?.isNull == false {
            let interpolation = Interpolation(composed.whole, context: composed.context)
            let params = try interpolation.value(at: ["hydra", "sweeper", "params"])
            guard let members = params.map else {
                throw ConfigurationError(
                    .wrongType, "hydra.sweeper.params is a mapping from keys to sweeps, not \(params.kindName).",
                    key: "hydra.sweeper.params", at: params.origin)
            }
            parameters = members.map { "\($0.key.text)=\(PythonText.str($0.value))" }
        }
        let settings = composed.hydra[["overrides", "hydra"]]?.list?.compactMap(\.string) ?? []
        return try expand(parameters + composed.overrides, sources: composed.sources).map { settings + $0 }
    }

    private static func written(_ override: Override, sources: [ConfigSource]) throws(ConfigurationError) -> [String] {
        guard !(override.parsed?.hasInnerSweep ?? false) else {
            throw ConfigurationError(
                .composition, "'\(override.text)': a sweep stands for the whole value, not for a part of it.",
                key: override.key)
        }
        func line(_ value: OverrideValue) -> String { "\(override.writtenKey)=\(value.withoutGlob.written ?? "")" }
        switch override.parsed {
        case .choice(let choices, _, let isShuffled): return (isShuffled ? choices.shuffled() : choices).map(line)
        case .range(_, _, _, let isShuffled):
            let elements: [OverrideValue]
            do {
                elements = try OverrideOrder.elements(ofRange: override.parsed ?? .null)
            } catch {
                throw ConfigurationError(.composition, "'\(override.text)': \(error.reason).")
            }
            return (isShuffled ? elements.shuffled() : elements).map(line)
        case .interval:
            throw ConfigurationError(
                .composition,
                "'\(override.text)': BasicSweeper does not support sweep type : INTERVAL_SWEEP. An interval cannot be enumerated; "
                    + "use choice or range.")
        case .glob(let include, let exclude):
            guard !sources.isEmpty else {
                throw ConfigurationError(
                    .composition, "'\(override.text)': there are no configurations whose names glob() could match.")
            }
            let options = Set(sources.flatMap { $0.options(of: override.key) }).sorted()
            let taken = options.filter { option in
                include.contains { matches(option, $0) } && !exclude.contains { matches(option, $0) }
            }
            return taken.map { "\(override.writtenKey)=\($0)" }
        case nil: return ["\(override.writtenKey)=null"]
        case let value?: return [line(value)]
        }
    }

    /// Whether `name` matches a shell pattern of `*` and `?`.
    private static func matches(_ name: String, _ pattern: OverrideValue) -> Bool {
        guard case .text(let pattern) = pattern.unquoted else { return false }
        return unsafe fnmatch(pattern, name, 0) == 0
    }
}
