internal import OrderedCollections

/// Rows that are tokens already.
extension RowDecoder {
    /// The label of a token that is not learned.
    static let ignoredLabel = -100

    /// Returns the tokens of a row; without `labels`, every token is learned.
    mutating func tokens(_ members: JSONObject, at origin: RowOrigin) -> TokenizedExample? {
        guard let ids = integers(members, "input_ids") else { return nil }
        guard !ids.isEmpty else {
            find(.emptyContent, "'input_ids' is empty.", fix: "Write the tokens, or remove the row.")
            return nil
        }
        if let bad = ids.first(where: { $0 < 0 || $0 > Int(Int32.max) }) {
            find(.wrongType, "'input_ids' holds \(bad), which is no token.", fix: "Ids are whole numbers from 0 up.")
            return nil
        }
        if let mask = members["attention_mask"]?.array, mask.contains(where: { $0.int != 1 }) {
            find(
                .unsupportedField, "'attention_mask' hides tokens, but rows are not padded here.",
                fix: "Remove the padding from 'input_ids' and 'labels', and the mask.")
            return nil
        }
        var isSupervised = [Bool](repeating: true, count: ids.count)
        if let value = members["labels"], !value.isNull {
            guard let labels = integers(members, "labels") else { return nil }
            guard labels.count == ids.count else {
                find(
                    .wrongType, "'labels' has \(labels.count) numbers for \(ids.count) tokens.",
                    fix: "Write a label for each token: its own id, or -100 when it is not learned.")
                return nil
            }
            if let place = labels.indices.first(where: { labels[$0] != Self.ignoredLabel && labels[$0] != ids[$0] }) {
                find(
                    .wrongType,
                    "'labels' holds \(labels[place]) where 'input_ids' holds \(ids[place]) (position \(place)).",
                    fix: "A label is the token's own id, or -100; the shift by one is made in training.")
                return nil
            }
            isSupervised = labels.map { $0 != Self.ignoredLabel }
        }
        // Nothing stands before the first token that it could be predicted from.
        isSupervised[0] = false
        guard isSupervised.contains(true) else {
            find(
                .noSupervisedToken, "No token of the row is learned.",
                fix: "Give the answer's tokens their ids as labels, or remove the row.")
            return nil
        }
        return TokenizedExample(ids: ids.map { Int32($0) }, isSupervised: isSupervised, origin: origin)
    }

    private mutating func integers(_ members: JSONObject, _ key: String) -> [Int]? {
        guard let list = members[key]?.array else {
            find(
                .wrongType, "'\(key)' must be a list, but is \(members[key]?.kindName ?? "missing").",
                fix: "Write \"\(key)\": [1, 2, …].")
            return nil
        }
        var numbers: [Int] = []
        numbers.reserveCapacity(list.count)
        for value in list {
            guard let number = value.int else {
                find(
                    .wrongType, "'\(key)' holds \(value.kindName) where a whole number belongs.", fix: "Write ids only."
                )
                return nil
            }
            numbers.append(number)
        }
        return numbers
    }
}
