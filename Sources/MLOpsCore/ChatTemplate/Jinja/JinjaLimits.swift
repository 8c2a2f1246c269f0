/// How much one template may use: it comes with a model from elsewhere, and must neither hang nor crash who renders it.
enum JinjaLimits {
    /// The longest source.
    static let sourceBytes = 1 << 19
    /// How deep brackets, tags and conditions may nest in the source.
    static let sourceDepth = 60
    /// How deep evaluation may nest: the source's own depth times the macros that call one another.
    static let evaluationDepth = 220
    /// How deep lists and dictionaries may hold one another.
    static let valueDepth = 300
    /// Operations of one rendering, whatever it is given.
    static let steps = 2_000_000
    /// The longest text made on the way.
    static let textBytes = 1 << 25
    /// The most elements of a list made on the way.
    static let elements = 1 << 20
    /// Bytes of everything made in one rendering, whatever it is given.
    static let totalBytes = 1 << 28
    /// The most bits of a whole number.
    static let wholeBits = 1 << 17
    /// The longest `range`, which is the limit of Jinja's own sandbox.
    static let range = 100_000
}
