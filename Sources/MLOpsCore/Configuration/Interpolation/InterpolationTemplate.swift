/// Text with interpolations, taken apart: `${model.name}-r${lora.r}`, `${oc.env:HOME,/tmp}`.
indirect enum InterpolationTemplate: Sendable {
    /// A piece of text, or something that stands for text.
    enum Part: Sendable {
        case text(String)
        /// An interpolation, and how it is written.
        case interpolation(Expression, String)
    }

    /// What stands between `${` and `}`.
    indirect enum Expression: Sendable {
        /// A key; each leading dot goes one mapping up from the value that holds the interpolation.
        case reference(dots: Int, key: [Part])
        /// A resolver and its arguments.
        case call(name: [Part], arguments: [Argument])
    }

    /// An argument of a resolver.
    indirect enum Argument: Sendable {
        /// A value as it stands.
        case value(OverrideValue)
        /// Text with interpolations; a single one keeps its type unless it is quoted with other text.
        case parts([Part])
        case list([Argument])
        case map([(key: OverrideValue, value: Argument)])
    }
}
