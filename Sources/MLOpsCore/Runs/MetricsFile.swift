public import Foundation
public import OrderedCollections

/// A run's `metrics.json`: how training went, how the model and its baseline did, and what the gate made of it.
///
/// ```
/// {"train": {…}, "model": {m: value}, "baseline": {m: value}, "improvements": {m: {improvement, percent_change}},
///  "gate": {verdict, reason, rules} or null, "counts": {…}, "versions": {…}}
/// ```
public struct MetricsFile: Sendable, Hashable {
    /// How training went: final loss, steps, seconds and what else the trainer reports.
    public var train: JSONObject
    /// The tuned model's metrics.
    public var model: OrderedDictionary<String, Double>
    /// The same metrics of what it is compared with; empty when there was no comparison.
    public var baseline: OrderedDictionary<String, Double>
    /// The change from the baseline to the model, for every metric that both have.
    public var improvements: OrderedDictionary<String, Improvement>
    /// What the gate concluded; nil when none was applied.
    public var gate: GateOutcome?
    /// How many rows, answers and tokens the figures rest on.
    public var counts: OrderedDictionary<String, Int>
    /// What made the figures: this package, the metrics' reference implementations.
    public var versions: OrderedDictionary<String, String>
    /// Members of a file read that this type does not know, kept as they are.
    public var others: JSONObject

    /// Creates a file's content; what is left out is empty.
    public init(
        train: JSONObject = [:], model: OrderedDictionary<String, Double> = [:],
        baseline: OrderedDictionary<String, Double> = [:], improvements: OrderedDictionary<String, Improvement> = [:],
        gate: GateOutcome? = nil, counts: OrderedDictionary<String, Int> = [:],
        versions: OrderedDictionary<String, String> = [:], others: JSONObject = [:]
    ) {
        self.train = train
        self.model = model
        self.baseline = baseline
        self.improvements = improvements
        self.gate = gate
        self.counts = counts
        self.versions = versions
        self.others = others
    }
}

extension MetricsFile {
    /// The whole document, members in the order of the contract.
    public var json: JSONValue {
        var members: JSONObject = [
            "train": .object(train),
            "model": .object(model.mapValues(JSONValue.number)),
            "baseline": .object(baseline.mapValues(JSONValue.number)),
            "improvements": .object(improvements.mapValues(\.json)),
            "gate": gate?.json ?? .null,
            "counts": .object(counts.mapValues { .integer(Int64($0)) }),
            "versions": .object(versions.mapValues(JSONValue.string)),
        ]
        members.merge(others) { own, _ in own }
        return .object(members)
    }

    /// Reads a document; sections that are missing or null are empty.
    ///
    /// - Throws: ``MetricsFileError`` naming the member that is not as expected.
    public init(json: JSONValue) throws(MetricsFileError) {
        guard var members = json.object else {
            throw MetricsFileError(file: nil, problem: "the document is not an object")
        }
        func section<Value>(_ name: String, _ read: (JSONValue) -> Value?) throws(MetricsFileError)
            -> OrderedDictionary<String, Value>
        {
            guard let section = members.removeValue(forKey: name), !section.isNull else { return [:] }
            guard let section = section.object else {
                throw MetricsFileError(file: nil, problem: "'\(name)' is not an object")
            }
            var values: OrderedDictionary<String, Value> = [:]
            for (key, value) in section {
                guard let value = read(value) else {
                    throw MetricsFileError(file: nil, problem: "'\(name).\(key)' is not of the kind expected there")
                }
                values[key] = value
            }
            return values
        }
        train = JSONObject(try section("train") { $0 })
        model = try section("model", \.metricNumber)
        baseline = try section("baseline", \.metricNumber)
        improvements = try section("improvements", Improvement.init(json:))
        counts = try section("counts", \.int)
        versions = try section("versions", \.string)
        gate = nil
        if let gate = members.removeValue(forKey: "gate"), !gate.isNull {
            guard let outcome = GateOutcome(json: gate) else {
                throw MetricsFileError(file: nil, problem: "'gate' has no verdict of passed, failed or inconclusive")
            }
            self.gate = outcome
        }
        others = members
    }

    /// Reads the file at `url`.
    ///
    /// - Throws: ``FileError`` when it cannot be read, ``MetricsFileError`` when it is not a metrics file.
    public init(contentsOf url: URL) throws {
        let path = url.path(percentEncoded: false)
        let data = try WholeFile.read(url, limit: 1 << 26)
        do {
            try self.init(json: try JSONValue(parsing: data))
        } catch let error as JSONError {
            throw MetricsFileError(
                file: path, problem: "line \(error.line), column \(error.column): \(error.reason)")
        } catch let error as MetricsFileError {
            throw MetricsFileError(file: path, problem: error.problem)
        }
    }

    /// Writes the file at `url`, whole or not at all.
    ///
    /// - Throws: ``FileError``.
    public func write(to url: URL) throws(FileError) {
        try WholeFile.write(json.text(.pretty) + "\n", to: url)
    }
}

/// A file that should hold a run's metrics and does not.
public struct MetricsFileError: ReportableError, Hashable {
    /// The file, when one was read.
    public let file: String?
    /// What is wrong with it.
    public let problem: String

    /// Names the file and the member.
    public var message: String {
        "\(file.map { "'\($0)'" } ?? "The document") is not a metrics file: \(problem). Evaluate the run again to rewrite it."
    }
    /// 65: the data is wrong.
    public var exitStatus: ExitStatus { .invalidData }
}
