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

    init(_ architecture: DecoderArchitecture) {
        var places: OrderedDictionary<String, Place> = [:]
        var start = 0
        for (name, shape) in architecture.tensorShapes {
            let end = start + shape.reduce(1, *)
            places[name] = Place(range: start..<end, shape: shape)
            start = end
        }
        self.places = places
        count = start
    }
}
