/// How many rows go to the test side of a split: `test_size`.
public enum SplitSize: Sendable, Hashable, CustomStringConvertible {
    /// A part of all rows, between 0 and 1, rounded up.
    case fraction(Double)
    /// So many rows.
    case count(Int)

    /// Reads a number as the usual tools do: below 1 a fraction, from 1 on a count; nil when it is neither.
    public init?(_ number: Double) {
        if number >= 0, number < 1 {
            self = number == 0 ? .count(0) : .fraction(number)
        } else if let count = Int(exactly: number), count > 0 {
            self = .count(count)
        } else {
            return nil
        }
    }

    /// Returns how many of `rowCount` rows are meant.
    public func rows(of rowCount: Int) -> Int {
        switch self {
        case .fraction(let fraction): Int((fraction * Double(rowCount)).rounded(.up))
        case .count(let count): count
        }
    }

    /// The number as a user writes it.
    public var description: String {
        switch self {
        case .fraction(let fraction): "\(fraction)"
        case .count(let count): "\(count)"
        }
    }
}
