public import MLOpsCore
public import OrderedCollections

extension MetricsFile {
    /// Assembles a run's metrics from its evaluation.
    ///
    /// - Parameters:
    ///   - model: the tuned model's report.
    ///   - baseline: the base model's report on the same rows; nil when there was none.
    ///   - train: how training went.
    ///   - gate: judges the figures; nil leaves the verdict out.
    ///   - versions: what made the figures; the metrics' reference implementations are added.
    public init(
        model: EvaluationReport, baseline: EvaluationReport?, train: JSONObject = [:],
        gate: Gate? = nil, versions: OrderedDictionary<String, String> = [:],
        bootstrap: PairedBootstrap = PairedBootstrap()
    ) {
        self.init(
            train: train, model: model.metrics, baseline: baseline?.metrics ?? [:],
            improvements: baseline.map { Comparison(model: model, baseline: $0, bootstrap: bootstrap).improvements }
                ?? [:],
            counts: model.counts, versions: versions.merging(Self.metricVersions) { own, _ in own })
        self.gate = gate?.outcome(of: self)
    }

    /// What the metrics equal.
    public static let metricVersions: OrderedDictionary<String, String> = [
        "rouge": "rouge-score 0.1.2", "bleu": "sacrebleu 2.6.0", "chrf": "sacrebleu 2.6.0",
    ]
}
