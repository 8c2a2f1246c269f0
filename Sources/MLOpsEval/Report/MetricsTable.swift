public import MLOpsCore
public import OrderedCollections

/// Metrics side by side as text, for people: a row a metric.
///
/// ```
/// metric         base    tuned   change
/// exact_match  0.0100   0.4700  +0.4600
/// perplexity  12.4000   3.1000  +9.3000  better
/// ```
public struct MetricsTable: Sendable, Hashable {
    private var rows: [[String]]

    /// Shows a model beside its baseline, and how much better it is; positive is better whatever the metric.
    public init(
        _ file: MetricsFile, baselineTitle: String = "base", modelTitle: String = "tuned"
    ) {
        let hasBaseline = !file.baseline.isEmpty
        let hasIntervals = file.improvements.values.contains { $0.interval != nil }
        rows = [["metric"]]
        if hasBaseline {
            rows[0] += [baselineTitle, modelTitle, "improvement", "percent"]
        } else {
            rows[0] += [modelTitle]
        }
        if hasBaseline, hasIntervals { rows[0].append("95 % interval") }
        for (name, value) in file.model {
            var row = [name]
            if hasBaseline { row.append(file.baseline[name].map(Self.figure) ?? "–") }
            row.append(Self.figure(value))
            if hasBaseline {
                let improvement = file.improvements[name]
                row.append(improvement.map { Self.signed($0.improvement) } ?? "–")
                row.append(improvement?.percentChange.map { Self.signed($0, decimals: 1) + " %" } ?? "–")
                if hasIntervals {
                    row.append(improvement?.interval.map { "\(Self.signed($0.low)) … \(Self.signed($0.high))" } ?? "")
                }
            }
            rows.append(row)
        }
    }

    /// Shows one set of figures.
    public init(_ metrics: OrderedDictionary<String, Double>, title: String = "value") {
        rows = [["metric", title]] + metrics.map { [$0.key, Self.figure($0.value)] }
    }

    /// The table: columns aligned, a line a metric, no line end at the end.
    public var text: String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return cells.joined(separator: "  ").trimmingSuffix(while: { $0 == " " })
        }.joined(separator: "\n")
    }

    private static func figure(_ value: Double) -> String { Figure.fixed(value, decimals: 4) }

    private static func signed(_ value: Double, decimals: Int = 4) -> String {
        let text = Figure.fixed(value, decimals: decimals)
        return value >= 0 ? "+" + text : text
    }
}

extension String {
    /// Without the characters at the end that `isDropped`.
    fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isDropped(last) { text.removeLast() }
        return String(text)
    }
}
