internal import Foundation

/// Numbers as reports show them.
enum Figure {
    /// Four decimals without trailing zeros: `0.05`, `12.3457`.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        // Smaller bounds than four decimals show must not read as 0.
        if value != 0, abs(value) < 0.0001 { return "\(value)" }
        var text = fixed(value, decimals: 4)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text == "-0" ? "0" : text
    }

    /// The shortest text that reads back as the same number: `0.05`, `10`.
    static func exact(_ value: Double) -> String {
        Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    /// A fixed number of decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return text(value) }
        return String(format: "%.\(decimals)f", value)
    }
}
