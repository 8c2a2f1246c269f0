extension Int {
    /// Creates the whole number nearest to `value`; the least or the greatest one when there is none so small or so great,
    /// and 0 when it is no number.
    package init(saturating value: Double) {
        let whole = value.rounded()
        self = Int(exactly: whole) ?? (whole.isNaN ? 0 : whole < 0 ? .min : .max)
    }
}
