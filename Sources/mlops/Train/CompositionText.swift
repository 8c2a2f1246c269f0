import ArgumentParser
import MLOpsCore

/// What `--cfg` prints.
enum ConfigurationPart: String, ExpressibleByArgument, CaseIterable { case job, hydra, all }
/// What `--info` prints.
enum CompositionInfo: String, ExpressibleByArgument, CaseIterable { case defaults, searchpath }

/// A composition as the options `--cfg`, `--resolve` and `--info` show it.
enum CompositionText {
    static func text(
        of composed: ComposedConfiguration, cfg: ConfigurationPart?, resolve: Bool, info: CompositionInfo?
    ) throws -> String {
        switch info {
        case .defaults: return composed.defaultsTable
        case .searchpath: return composed.searchPathTable
        case nil: break
        }
        let job = resolve ? try composed.resolved().yaml : composed.yaml
        let hydra = resolve ? try composed.resolvedHydraYAML() : composed.hydraYAML
        return switch cfg {
        case .hydra: hydra
        case .all: hydra + job
        case .job, nil: job
        }
    }
}
