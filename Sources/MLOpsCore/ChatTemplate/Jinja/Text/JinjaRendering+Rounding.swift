internal import Foundation

extension JinjaRendering {
    /// The `round` filter: to `precision` decimals, half to even as Python rounds, or up or down.
    func rounded(_ value: JinjaValue, _ precision: Int, _ method: String) throws(TemplateError) -> JinjaValue {
        guard value.isNumber else {
            if method == "common" { throw failure("type \(value.typeName) doesn't define __round__ method") }
            if case .undefined(let undefined) = value { throw failure(undefined.message) }
            throw failure("must be real number, not \(value.typeName)")
        }
        if method == "common", case .big(let whole) = value {
            guard precision < 0 else { return value }
            return .whole(try rounded(whole, precision))
        }
        guard let number = value.number else { throw failure("int too large to convert to float") }
        if method == "common" {
            if let whole = value.index { return .whole(try rounded(BigInteger(Int64(whole)), precision)) }
            guard number.isFinite, abs(precision) < 300 else { return value }
            if precision >= 0 { return .float(Double(JinjaNumberLayout.fixed(number, precision)) ?? number) }
            // The exact decimal, then whole tens, half to even.
            let unit = pow(10, Double(-precision))
            return .float((number / unit).rounded(.toNearestOrEven) * unit)
        }
        let scale = try arithmetic(.integer(10), .power, .integer(precision))
        let scaled = try arithmetic(value, .multiply, scale)
        let floor: JinjaValue
        if let whole = scaled.whole {
            floor = .whole(whole)
        } else {
            let number = scaled.number ?? 0
            guard number.isFinite else { throw failure("cannot convert float infinity to integer") }
            floor = .whole(BigInteger(truncating: number.rounded(method == "ceil" ? .up : .down)))
        }
        return try arithmetic(floor, .divide, scale)
    }

    private func rounded(_ value: BigInteger, _ precision: Int) throws(TemplateError) -> BigInteger {
        guard precision < 0 else { return value }
        // More places than the number has digits leave nothing of it.
        guard precision > -(value.bitWidth / 3 + 2) else { return BigInteger(0) }
        let unit = try power(BigInteger(10), -precision)
        guard let (count, rest) = value.dividedRoundingDown(by: unit) else { return value }
        let twice = rest + rest
        let isOdd = (count.magnitude.first ?? 0) & 1 == 1
        return (twice > unit || (twice == unit && isOdd) ? count + BigInteger(1) : count) * unit
    }
}
