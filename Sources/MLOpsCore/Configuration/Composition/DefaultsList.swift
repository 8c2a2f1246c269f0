/// The configurations that make up one composition, in the order in which they are merged.
struct DefaultsList {
    /// A configuration to merge, and where.
    struct Entry: Sendable, Hashable {
        /// The configuration's path.
        let config: String
        /// Where its values go; empty: to the root.
        let package: String
        /// The configuration whose list names it; nil for the primary one.
        let parent: String?
        /// What an override calls it, if it is an option of a group.
        let overrideKey: String?
        /// Whether it stands for `_self_`.
        let isSelf: Bool
        /// Whether it is the configuration that was asked for.
        let isPrimary: Bool
    }

    /// What is merged, in order.
    let entries: [Entry]
    /// The overrides about values, in order.
    let valueOverrides: [Override]
    /// The lists as a tree, a line for each configuration.
    let tree: String
    /// The option taken for each group.
    let choices: [(key: String, option: String?)]

    /// Builds the list of the configuration `primary`.
    ///
    /// - Parameter skipsMissing: lets groups with the option `???` pass, as a sweep that will name it needs.
    /// - Throws: ``ConfigurationError`` when a configuration is missing or the lists contradict each other.
    static func make(
        primary: String, overrides: [Override], loader: ConfigLoader, context: Interpolation.Context,
        skipsMissing: Bool = false
    ) throws(ConfigurationError) -> DefaultsList {
        var builder = DefaultsBuilder(
            loader: loader, choices: try GroupChoices(overrides, loader: loader), context: context,
            skipsMissing: skipsMissing)
        let entries = try builder.entries(of: primary)
        var seen: Set<String> = []
        for entry in entries where !entry.isSelf {
            guard let key = entry.overrideKey else { continue }
            guard seen.insert(key).inserted else {
                throw ConfigurationError(
                    .composition, "\(key) appears more than once in the final defaults list.", key: key)
            }
        }
        try builder.choices.checkAllUsed()
        return DefaultsList(
            entries: entries, valueOverrides: builder.choices.valueOverrides, tree: builder.tree,
            choices: builder.choices.known)
    }
}
