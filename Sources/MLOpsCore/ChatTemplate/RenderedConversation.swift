/// A conversation as the model's template writes it, knowing which characters came from where.
public struct RenderedConversation: Sendable, Hashable {
    /// Where characters came from.
    public enum Source: Sendable, Hashable {
        /// The template's own text, roles, and the tokens it names.
        case template
        /// The message with this index.
        case message(Int)
        /// Other data the template was given, such as descriptions of tools.
        case data
    }

    /// A stretch of characters with one source.
    public struct Run: Sendable, Hashable {
        /// UTF-8 offsets in the text.
        public var range: Range<Int>
        /// Where the characters came from.
        public var source: Source

        /// Creates a run.
        public init(range: Range<Int>, source: Source) {
            self.range = range
            self.source = source
        }
    }

    /// The whole text.
    public var text: String
    /// The text's runs, in order, without gaps; neighbours differ in source.
    public var runs: [Run]
    /// What the template marks as the model's own words (`{% generation %}`): UTF-8 offsets in the text, in order.
    public var generationRanges: [Range<Int>]

    /// Creates a rendered conversation.
    public init(text: String, runs: [Run], generationRanges: [Range<Int>] = []) {
        self.text = text
        self.runs = runs
        self.generationRanges = generationRanges
    }

    /// The stretches in which nothing may become a control token: all that is not the template's.
    public var plainRanges: [Range<Int>] {
        runs.filter { $0.source != .template }.map(\.range)
    }

    /// Returns the stretch from the first to the last character that came from the message `index`; nil when the
    /// template wrote none of it.
    public func span(ofMessage index: Int) -> Range<Int>? {
        let own = runs.filter { $0.source == .message(index) }
        guard let first = own.first, let last = own.last else { return nil }
        return first.range.lowerBound..<last.range.upperBound
    }
}
