import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections
import TestSupport

/// Texts with the scores other tools gave them.
struct MetricFixture: Sendable {
    let prediction: String
    let references: [String]
    /// Scores by name; `_stemmed` names ROUGE with stemming.
    let scores: OrderedDictionary<String, Double>

    /// The acceptance's own cases: rouge-score 0.1.2, sacrebleu 2.6.0.
    static func golden() throws -> (rows: [MetricFixture], corpus: OrderedDictionary<String, Double>) {
        let expected = try JSONValue(parsing: Data(contentsOf: Fixture.url("metrics/expect.json")))
        let lines = try String(contentsOf: Fixture.url("metrics/pairs.jsonl"), encoding: .utf8).split(separator: "\n")
        let rows = try zip(lines, expected["per_sample"]?.array ?? []).map { line, scores in
            let row = try JSONValue(parsing: String(line))
            return MetricFixture(
                prediction: row["prediction"]?.string ?? "", references: [row["reference"]?.string ?? ""],
                scores: scores.object?.compactMapValues(\.double) ?? [:])
        }
        return (rows, expected["aggregate"]?.object?.compactMapValues(\.double) ?? [:])
    }

    /// Random texts by `make_metrics.py`; `MLOPS_METRICS_DATA` names a directory with a longer list.
    static func random() throws -> (rows: [MetricFixture], corpus: OrderedDictionary<String, Double>) {
        let json = try JSONValue(parsing: Data(contentsOf: file("random.json")))
        let rows = (json["pairs"]?.array ?? []).map { row in
            MetricFixture(
                prediction: row["prediction"]?.string ?? "",
                references: row["references"]?.array?.compactMap(\.string) ?? [],
                scores: row["scores"]?.object?.compactMapValues(\.double) ?? [:])
        }
        return (rows, json["corpus"]?.object?.compactMapValues(\.double) ?? [:])
    }

    /// Words and the stems NLTK gives them, by `make_metrics.py`.
    static func stems() throws -> [(word: String, stem: String)] {
        try String(contentsOf: file("stems.tsv"), encoding: .utf8).split(separator: "\n").map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return (cells[0], cells[1])
        }
    }

    private static func file(_ name: String) -> URL {
        let own = ProcessInfo.processInfo.environment["MLOPS_METRICS_DATA"].map { URL(filePath: $0) }
        return own?.appending(path: name) ?? Fixture.url("metrics/\(name)")
    }
}
