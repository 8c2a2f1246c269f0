public import Foundation
public import MLOpsCore
public import OrderedCollections

/// The scores of answers that are already there.
public struct PredictionScores: Sendable, Hashable {
    /// The figure of every metric.
    public let metrics: OrderedDictionary<String, Double>
    /// The scores of each row, in order.
    public let perSample: [OrderedDictionary<String, Double>]

    /// Scores `rows`; when every row says how long it took, `generation_time` is their mean.
    ///
    /// - Precondition: there is at least one row.
    public init(_ rows: [PredictionFile.Row], metrics set: MetricSet) {
        var perSample = rows.map { set.scores(of: $0.prediction, expected: $0.references) }
        var metrics = set.summary(rows.map(\.prediction), expected: rows.map(\.references), scores: perSample)
        let seconds = rows.compactMap(\.seconds)
        if seconds.count == rows.count {
            metrics[Evaluation.time] = seconds.reduce(0, +) / Double(rows.count)
            for index in rows.indices { perSample[index][Evaluation.time] = seconds[index] }
        }
        self.metrics = metrics
        self.perSample = perSample
    }

    /// `{count, metrics: {…}}`.
    public var json: JSONValue {
        [
            "count": .integer(Int64(perSample.count)),
            "metrics": .object(metrics.mapValues(JSONValue.number)),
        ]
    }

    /// Writes `{"metrics": {…}}` a line, in the order of the rows.
    ///
    /// - Throws: `FileError`.
    public func writePerSample(to url: URL) throws(FileError) {
        let lines = perSample.map { scores in
            JSONValue.object(["metrics": .object(scores.mapValues(JSONValue.number))]).text() + "\n"
        }
        try WholeFile.write(lines.joined(), to: url)
    }
}
