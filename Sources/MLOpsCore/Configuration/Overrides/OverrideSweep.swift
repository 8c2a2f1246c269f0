internal import Foundation

/// Expands sweeps into the overrides of single runs, as Hydra's basic sweeper does.
public enum OverrideSweep {
    /// The most runs one sweep may ask for.
    private static let maximumRuns = 100_000

    /// Returns a list of overrides for every combination of the sweeps in `overrides`, the last one varying fastest.
    ///
    /// - Throws: ``ConfigurationError`` when an override does not parse or cannot be enumerated.
    public static func expand(_ overrides: [String], sources: [ConfigSource] = []) throws(ConfigurationError)
        -> [[String]]
    {
        var lists: [[String]] = []
        var runs = 1
        for text in overrides {
            let override = try Override(text)
            let values = try written(override, sources: sources)
            let (product, overflow) = runs.multipliedReportingOverflow(by: max(values.count, 1))
            guard !overflow, product <= maximumRuns else {
                throw ConfigurationError(.composition, "The sweep asks for more than \(maximumRuns) runs. Narrow it.")
            }
            runs = product
            lists.append(values)
        }
        return lists.reduce([[]]) { runs, values in runs.flatMap { run in values.map { run + [$0] } } }
    }

    private static func written(_ override: Override, sources: [ConfigSource]) throws(ConfigurationError) -> [String] {
        func line(_ value: OverrideValue) -> String { "\(override.writtenKey)=\(value.written ?? "")" }
        switch override.parsed {
        case .choice(let choices, _, let isShuffled): return (isShuffled ? choices.shuffled() : choices).map(line)
        case .range(_, _, _, let isShuffled):
            let elements: [OverrideValue]
            do {
                elements = try self.elements(ofRange: override.parsed ?? .null)
            } catch {
                throw ConfigurationError(.composition, "'\(override.text)': \(error.reason).")
            }
            return (isShuffled ? elements.shuffled() : elements).map(line)
        case .interval:
            throw ConfigurationError(
                .composition, "'\(override.text)': an interval cannot be enumerated; use choice or range.")
        case .glob(let include, let exclude):
            let options = Set(sources.flatMap { $0.options(of: override.key) }).sorted()
            let taken = options.filter { option in
                include.contains { matches(option, $0) } && !exclude.contains { matches(option, $0) }
            }
            guard !taken.isEmpty else {
                throw ConfigurationError(
                    .composition, "'\(override.text)': no option of the group '\(override.key)' matches.")
            }
            return taken.map { "\(override.writtenKey)=\($0)" }
        case nil: return [override.writtenKey]
        case let value?: return [line(value)]
        }
    }

    /// Returns the numbers of a range, exactly: decimal fractions add up as they are written.
    static func elements(ofRange range: OverrideValue) throws(OverrideFunction.Failure) -> [OverrideValue] {
        guard case .range(let start, let stop, let step, _) = range else { return [] }
        if case (.integer(let start), .integer(let stop), .integer(let step)) = (start, stop, step) {
            guard step != 0 else { throw OverrideFunction.Failure(reason: "the step of a range is not zero") }
            let count = (Double(stop) - Double(start)) / Double(step)
            guard count <= Double(maximumRuns) else { throw OverrideFunction.Failure(reason: "the range is too long") }
            return stride(from: start, to: stop, by: Int64.Stride(step)).map { .integer($0) }
        }
        guard let first = decimal(start), let end = decimal(stop), let step = decimal(step), step != 0 else {
            throw OverrideFunction.Failure(reason: "a range takes finite numbers and a step that is not zero")
        }
        var values: [OverrideValue] = []
        var current = first
        while step > 0 ? current < end : current > end {
            guard values.count < maximumRuns else { throw OverrideFunction.Failure(reason: "the range is too long") }
            values.append(.number(NSDecimalNumber(decimal: current).doubleValue))
            current += step
        }
        return values
    }

    private static func decimal(_ value: OverrideValue) -> Decimal? {
        switch value {
        case .integer(let value): Decimal(value)
        case .number(let value) where value.isFinite: Decimal(string: PythonText.float(value))
        default: nil
        }
    }

    /// Whether `name` matches a shell pattern of `*` and `?`.
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        unsafe fnmatch(pattern, name, 0) == 0
    }
}
