internal import MLOpsCore

/// Which layers an adapter's configuration picks, and which ranks and scales it gives to modules: PEFT's `layers_to_transform`,
/// `layers_pattern`, `rank_pattern` and `alpha_pattern`, by its rules.
struct ModuleSelection {
    private let configuration: LoRAConfiguration
    private let layers: Set<Int>?
    private let ranks: ModulePatterns<Int>
    private let alphas: ModulePatterns<Double>

    /// - Throws: ``AdapterError`` naming a layer the model does not have, or a pattern that cannot be read.
    init(_ configuration: LoRAConfiguration, layerCount: Int) throws(AdapterError) {
        self.configuration = configuration
        layers = configuration.layersToTransform.map(Set.init)
        if let layer = configuration.layersToTransform?.first(where: { !(0..<layerCount).contains($0) }) {
            throw AdapterError(
                .invalidConfiguration,
                "layers_to_transform names layer \(layer), but this model has layers 0 to \(layerCount - 1).")
        }
        if let names = configuration.layersPattern, !names.isEmpty, !names.contains("layers") {
            throw AdapterError(
                .invalidConfiguration,
                "layers_pattern is \(names.joined(separator: ", ")), but the layers of this model are called 'layers'.")
        }
        do throws(ModelFileError) {
            ranks = try ModulePatterns(configuration.rankPattern, key: "rank_pattern")
            alphas = try ModulePatterns(configuration.alphaPattern, key: "alpha_pattern")
        } catch {
            throw AdapterError(.invalidConfiguration, error.message)
        }
    }

    /// Whether modules of the layer get an adapter.
    func includes(_ layer: Int) -> Bool { layers?.contains(layer) ?? true }

    /// The rank of a module, and what its B·A is multiplied by.
    func rankAndScale(of path: String) throws(AdapterError) -> (rank: Int, scale: Float) {
        do throws(ModelFileError) {
            let rank = try ranks.value(of: path) ?? configuration.rank
            let alpha = try alphas.value(of: path) ?? configuration.alpha
            return (rank, configuration.scale(alpha: alpha, rank: rank))
        } catch {
            throw AdapterError(.invalidConfiguration, error.message)
        }
    }
}
