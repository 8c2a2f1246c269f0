extension String {
    /// The text with its control characters as pictures (U+2400 …) or U+FFFD, so that what stands in data cannot steer
    /// the terminal it is shown on.
    ///
    /// - Parameter keepsLines: whether line ends and tabs stay as they are.
    package func withVisibleControls(keepsLines: Bool = false) -> String {
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return self }
        var visible = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x09 where keepsLines, 0x0A where keepsLines: visible.append(scalar)
            case 0..<0x20: visible.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
            case 0x7F: visible.append("\u{2421}")
            case 0x80...0x9F: visible.append("\u{FFFD}")
            default: visible.append(scalar)
            }
        }
        return String(visible)
    }
}
