/// The version of this package, as it is recorded in runs and printed by `mlops version`.
public enum PackageVersion {
    /// Semantic version of the sources this was built from.
    public static let current = "0.1.0"
}
