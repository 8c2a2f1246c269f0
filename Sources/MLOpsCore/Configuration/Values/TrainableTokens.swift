public import OrderedCollections

/// Tokens whose vectors are trained one by one beside an adapter; PEFT's `trainable_token_indices`.
public enum TrainableTokens: Sendable, Hashable {
    /// Those of the embedding, and of a head that is the same matrix.
    case embedding([Int])
    /// Those of each named module: the embedding, the head.
    case modules(OrderedDictionary<String, [Int]>)

    /// Reads a list of ids or an object of lists; nil when it is neither.
    public init?(_ json: JSONValue) {
        func ids(_ value: JSONValue) -> [Int]? {
            guard let elements = value.array else { return nil }
            let ids = elements.compactMap(\.int)
            return ids.count == elements.count ? ids : nil
        }
        if let list = ids(json) {
            self = .embedding(list)
            return
        }
        guard let members = json.object else { return nil }
        var modules: OrderedDictionary<String, [Int]> = [:]
        for (name, value) in members {
            guard let list = ids(value) else { return nil }
            modules[name] = list
        }
        self = .modules(modules)
    }

    /// As JSON and YAML have it.
    public var json: JSONValue {
        func list(_ ids: [Int]) -> JSONValue { .array(ids.map { .integer(Int64($0)) }) }
        switch self {
        case .embedding(let ids): return list(ids)
        case .modules(let modules):
            var members: JSONObject = [:]
            for (name, ids) in modules { members[name] = list(ids) }
            return .object(members)
        }
    }
}
