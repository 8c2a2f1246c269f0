internal import OrderedCollections

/// Whether a value typed in a deletion (`~key=value`) is the one in the configuration, as OmegaConf compares them.
///
/// The value found is compared as it is written: an interpolation inside counts as what it means, and as null when it means
/// nothing. One in the typed value means what it names in that value.
struct ConfigEquality {
    private typealias Located = InterpolationEvaluation.Located

    private let here: InterpolationEvaluation
    private let typed: InterpolationEvaluation

    init(_ root: ConfigNode, _ value: ConfigNode, context: Interpolation.Context) {
        here = InterpolationEvaluation(root, context: context)
        typed = InterpolationEvaluation(value, context: context)
    }

    /// Whether `found` and `value` are the same.
    func isSame(_ found: InterpolationEvaluation.Located, _ value: ConfigNode) -> Bool {
        isEqual(found, Located(node: value, path: []))
    }

    private func isEqual(_ left: Located?, _ right: Located?) -> Bool {
        guard let left, let right else { return (left?.node.isNull ?? true) && (right?.node.isNull ?? true) }
        func place(_ located: Located, _ name: String) -> [String] { (located.path ?? []) + [name] }
        switch (left.node.content, right.node.content) {
        case (.map(let members), .map(let others)):
            return members.count == others.count
                && members.allSatisfy { key, member in
                    guard let other = others[key] else { return false }
                    return isItemEqual(
                        Located(node: member, path: place(left, key.text)),
                        Located(node: other, path: place(right, key.text)))
                }
        case (.list(let elements), .list(let others)):
            return elements.count == others.count
                && elements.indices.allSatisfy { index in
                    isItemEqual(
                        Located(node: elements[index], path: place(left, String(index))),
                        Located(node: others[index], path: place(right, String(index))))
                }
        default: return left.node.hasSameValues(as: right.node)
        }
    }

    private func isItemEqual(_ left: Located, _ right: Located) -> Bool {
        let (leftValue, rightValue) = (meaning(left, here), meaning(right, typed))
        if left.node.isInterpolation, right.node.isInterpolation, leftValue == nil || rightValue == nil {
            return left.node.string == right.node.string
        }
        return isEqual(leftValue, rightValue)
    }

    /// What a value means; nil for an interpolation that means nothing.
    private func meaning(_ located: Located, _ evaluation: InterpolationEvaluation) -> Located? {
        guard located.node.isInterpolation else { return located }
        return try? evaluation.dereferenced(located.node, at: located.path ?? [])
    }
}
