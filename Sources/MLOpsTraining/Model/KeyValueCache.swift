internal import MLOpsCore

/// The keys and values of one row's past tokens, a buffer [capacity, 2·attendedKeyWidth] a layer: what a query reads lies together.
final class KeyValueCache {
    private var layers: [Matrix]
    private let width: Int
    private var capacity: Int
    /// Tokens that all layers have.
    private(set) var count = 0

    init(_ architecture: DecoderArchitecture, capacity: Int) {
        let (width, rows) = (architecture.attendedKeyWidth, max(1, capacity))
        self.width = width
        self.capacity = rows
        layers = (0..<architecture.layerCount).map { _ in Matrix(rows: rows, columns: 2 * width) }
    }

    /// A cache that begins with what another one has.
    init(_ architecture: DecoderArchitecture, capacity: Int, beginning: KeyValueCache) {
        width = architecture.attendedKeyWidth
        self.capacity = max(1, capacity, beginning.count)
        count = beginning.count
        layers = beginning.layers
        layers = layers.map(grown)
    }

    /// Adds the keys and values of new tokens to a layer and returns all it has.
    func append(layer: Int, keys k: Matrix, values v: Matrix) -> (keys: Matrix, values: Matrix) {
        let total = count + k.rows
        if total > layers[layer].rows {
            capacity = max(capacity, total, 2 * layers[layer].rows)
            layers[layer] = grown(layers[layer])
        }
        let all = layers[layer].rows(0..<total)
        let (keys, values) = (all.columns(0..<width), all.columns(width..<2 * width))
        Kernels.copy(k, into: keys.rows(count..<total))
        Kernels.copy(v, into: values.rows(count..<total))
        return (keys, values)
    }

    /// Counts tokens that every layer has been given.
    func advance(by tokens: Int) { count += tokens }

    private func grown(_ old: Matrix) -> Matrix {
        let new = Matrix(rows: capacity, columns: old.columns)
        Kernels.copy(old.rows(0..<count), into: new.rows(0..<count))
        return new
    }
}
