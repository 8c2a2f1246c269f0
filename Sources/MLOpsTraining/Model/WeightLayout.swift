internal import MLOpsCore
internal import OrderedCollections

/// Where every tensor of a model lies in one flat buffer: one after the other, in the order of the architecture.
struct WeightLayout: Sendable, Hashable {
    /// A tensor's place and shape.
    struct Place: Sendable, Hashable {
        var range: Range<Int>
        var shape: [Int]
    }

    let places: OrderedDictionary<String, Place>
    let count: Int

    init(_ architecture: DecoderArchitecture) { self.init(architecture.tensorShapes) }

    /// The tensors that an adapter trains whole, without what lies before them.
    init(_ saved: [SavedTensor]) {
        self.init(OrderedDictionary(uniqueKeysWithValues: saved.map { ($0.name, $0.shape) }))
    }

    private init(_ shapes: OrderedDictionary<String, [Int]>) {
        var places: OrderedDictionary<String, Place> = [:]
        var start = 0
        for (name, shape) in shapes {
            let end = start + shape.reduce(1, *)
            places[name] = Place(range: start..<end, shape: shape)
            start = end
        }
        self.places = places
        count = start
    }
}
