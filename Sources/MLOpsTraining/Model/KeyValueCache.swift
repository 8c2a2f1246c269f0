internal import MLOpsCore

/// The keys and values of one row's past tokens, a pair of buffers [capacity, keyValueWidth] a layer.
final class KeyValueCache {
    private var keys: [Matrix]
    private var values: [Matrix]
    private var capacity: Int
    /// Tokens that all layers have.
    private(set) var count = 0

    init(_ architecture: DecoderArchitecture, capacity: Int) {
        let width = architecture.attendedKeyWidth
        self.capacity = max(1, capacity)
        let made = max(1, capacity)
        keys = (0..<architecture.layerCount).map { _ in Matrix(rows: made, columns: width) }
        values = (0..<architecture.layerCount).map { _ in Matrix(rows: made, columns: width) }
    }

    /// A cache that begins with what another one has.
    init(_ architecture: DecoderArchitecture, capacity: Int, beginning: KeyValueCache) {
        let width = architecture.attendedKeyWidth
        self.capacity = max(1, capacity, beginning.count)
        let made = self.capacity
        count = beginning.count
        let kept = 0..<beginning.count
        func copied(_ old: Matrix) -> Matrix {
            let new = Matrix(rows: made, columns: width)
            Kernels.copy(old.rows(kept), into: new.rows(kept))
            return new
        }
        keys = beginning.keys.map(copied)
        values = beginning.values.map(copied)
    }

    /// Adds the keys and values of new tokens to a layer and returns all it has.
    func append(layer: Int, keys k: Matrix, values v: Matrix) -> (keys: Matrix, values: Matrix) {
        let total = count + k.rows
        if total > keys[layer].rows {
            capacity = max(capacity, total, 2 * keys[layer].rows)
            keys[layer] = grown(keys[layer])
            values[layer] = grown(values[layer])
        }
        Kernels.copy(k, into: keys[layer].rows(count..<total))
        Kernels.copy(v, into: values[layer].rows(count..<total))
        return (keys[layer].rows(0..<total), values[layer].rows(0..<total))
    }

    /// Counts tokens that every layer has been given.
    func advance(by tokens: Int) { count += tokens }

    private func grown(_ old: Matrix) -> Matrix {
        let new = Matrix(rows: capacity, columns: old.columns)
        Kernels.copy(old.rows(0..<count), into: new.rows(0..<count))
        return new
    }
}
