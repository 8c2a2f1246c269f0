/// A token that stands outside the vocabulary's own division of text, such as `<|im_end|>`.
struct AddedToken: Sendable, Hashable {
    /// The id.
    var id: Int32
    /// How text spells it.
    var content: String
    /// Whether it is a control token, left out when decoding.
    var isSpecial: Bool
    /// Whether white space before it belongs to it.
    var stripsLeft = false
    /// Whether white space after it belongs to it.
    var stripsRight = false
    /// Whether it is recognised only where no word character touches it.
    var isSingleWord = false
    /// Whether it is looked for after the text has been normalised.
    var isNormalized = false
}
