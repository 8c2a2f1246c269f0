internal import Foundation

/// The order of values, as Python has it, and the numbers of a range.
enum OverrideOrder {
    typealias Failure = OverrideFunction.Failure

    /// The most numbers a range may have.
    static let maximumCount = 100_000

    /// Returns `values` in order; equal ones keep theirs.
    static func sorted(_ values: [OverrideValue], isReversed: Bool) throws(Failure) -> [OverrideValue] {
        guard values.count > 1 else { return values }
        // Python's order of comparisons, since the first two values without an order are named: a run, then insertions.
        var values = isReversed ? values.reversed() : values
        var end = 1
        let isFalling = try isLess(values[1], values[0])
        while end < values.count, try isLess(values[end], values[end - 1]) == isFalling { end += 1 }
        if isFalling { values[..<end].reverse() }
        while end < values.count {
            let value = values[end]
            var (low, high) = (0, end)
            while low < high {
                let middle = (low + high) / 2
                if try isLess(value, values[middle]) { high = middle } else { low = middle + 1 }
            }
            values.remove(at: end)
            values.insert(value, at: low)
            end += 1
        }
        return isReversed ? values.reversed() : values
    }

    private static func isLess(_ left: OverrideValue, _ right: OverrideValue) throws(Failure) -> Bool {
        if let left = left.number, let right = right.number { return left < right }
        switch (left, right) {
        case (.text(let left), .text(let right)):
            return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
        case (.list(let left), .list(let right)):
            for (a, b) in zip(left, right) where a != b && !(a.number != nil && a.number == b.number) {
                return try isLess(a, b)
            }
            return left.count < right.count
        default:
            throw Failure(
                "TypeError",
                "'<' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
        }
    }

    /// Returns a range that runs upwards, or downwards when `isReversed`.
    static func turned(
        _ start: OverrideValue, _ stop: OverrideValue, _ step: OverrideValue, isReversed: Bool, isShuffled: Bool
    ) -> OverrideValue {
        let (from, to) = (start.number ?? 0, stop.number ?? 0)
        guard isReversed ? from < to : from > to else {
            return .range(start: start, stop: stop, step: step, isShuffled: isShuffled)
        }
        let size = (step.number ?? 0) < 0 ? negated(step) : step
        let shift = isReversed ? negated(size) : size
        return .range(
            start: sum(stop, shift), stop: sum(start, shift), step: negated(step), isShuffled: isShuffled)
    }

    private static func negated(_ value: OverrideValue) -> OverrideValue {
        switch value {
        case .integer(let value): .integer(0 &- value)
        default: .number(-(value.number ?? 0))
        }
    }

    private static func sum(_ left: OverrideValue, _ right: OverrideValue) -> OverrideValue {
        if case .integer(let left) = left, case .integer(let right) = right { return .integer(left &+ right) }
        return .number((left.number ?? 0) + (right.number ?? 0))
    }

    /// Returns the numbers of a range. Fractions are added as Hydra adds them: the binary number, written out in decimal
    /// digits, of which each sum keeps 28.
    static func elements(ofRange range: OverrideValue) throws(Failure) -> [OverrideValue] {
        guard case .range(let start, let stop, let step, _) = range else { return [] }
        if let start = start.whole, let stop = stop.whole, let step = step.whole {
            guard step != 0 else { throw Failure("ValueError", "range() arg 3 must not be zero") }
            let count = (Double(stop) - Double(start)) / Double(step)
            guard count <= Double(maximumCount) else { throw Failure("ValueError", "the range is too long") }
            return stride(from: start, to: stop, by: Int64.Stride(step)).map { .integer($0) }
        }
        guard let first = decimal(start), let end = decimal(stop), let step = decimal(step), step != 0 else {
            throw Failure("ValueError", "a range takes finite numbers and a step that is not zero")
        }
        var values: [OverrideValue] = []
        var current = first
        while step > 0 ? current < end : current > end {
            guard values.count < maximumCount else { throw Failure("ValueError", "the range is too long") }
            values.append(.number(Double(current.description) ?? .nan))
            current = rounded(current + step)
        }
        return values
    }

    private static func decimal(_ value: OverrideValue) -> Decimal? {
        if let whole = value.whole { return Decimal(whole) }
        guard let number = value.number, number.isFinite, abs(number) < 1e28 else { return nil }
        return Decimal(string: String(format: "%.60f", number))
    }

    /// `value` to 28 significant digits.
    private static func rounded(_ value: Decimal) -> Decimal {
        guard value != 0 else { return value }
        let digits = Int(log10(abs(Double(value.description) ?? 1)).rounded(.down)) + 1
        var source = value
        var result = Decimal()
        unsafe NSDecimalRound(&result, &source, 28 - digits, .bankers)
        return result
    }
}
