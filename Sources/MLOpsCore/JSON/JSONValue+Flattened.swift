extension JSONValue {
    /// The values by dotted keys (`eval.enabled`), in order; lists and empty objects are values.
    public var flattened: JSONObject {
        var values: JSONObject = [:]
        func add(_ value: JSONValue, _ key: String) {
            guard case .object(let members) = value, !members.isEmpty else {
                values[key] = value
                return
            }
            for (name, member) in members { add(member, key.isEmpty ? name : "\(key).\(name)") }
        }
        add(self, "")
        return values
    }
}
