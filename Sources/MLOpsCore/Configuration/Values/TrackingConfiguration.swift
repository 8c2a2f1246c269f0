/// Who is told about a run while it goes on (group `tracking`).
public struct TrackingConfiguration: Sendable, Hashable {
    /// Whether TensorBoard event files are written to `logs/` (key `tracking.tensorboard`).
    public var tensorboard: Bool
    /// Whether the run is reported to the MLflow server of `MLFLOW_TRACKING_URI` (key `tracking.mlflow`).
    public var mlflow: Bool

    /// Creates a configuration.
    public init(tensorboard: Bool = true, mlflow: Bool = false) {
        self.tensorboard = tensorboard
        self.mlflow = mlflow
    }
}
