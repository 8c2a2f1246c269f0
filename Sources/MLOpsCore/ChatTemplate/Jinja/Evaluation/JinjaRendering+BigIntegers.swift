/// Whole numbers beyond 64 bits, which Python has and a template may make.
extension JinjaRendering {
    /// `left sign right`, as Python computes it.
    func big(_ left: BigInteger, _ sign: JinjaSign, _ right: BigInteger) throws(TemplateError) -> JinjaValue {
        switch sign {
        case .add: return .whole(try bounded(left + right))
        case .subtract: return .whole(try bounded(left - right))
        case .multiply: return .whole(try product(left, right))
        case .divide: return .float(try quotient(left, right))
        case .floorDivide: return .whole(try divided(left, right).quotient)
        case .modulo: return .whole(try divided(left, right).remainder)
        case .power:
            if right.isNegative {
                guard !left.isZero else { throw failure("0.0 cannot be raised to a negative power") }
                let whole = JinjaValue.whole(left), exponent = JinjaValue.whole(right)
                guard let base = whole.number, let power = exponent.number else {
                    throw failure("int too large to convert to float")
                }
                return try arithmetic(.float(base), .power, .float(power))
            }
            if left.magnitude == [1] || left.isZero {
                let isOdd = (right.magnitude.first ?? 0) & 1 == 1
                return .whole(right.isZero || (left.isNegative && !isOdd) ? BigInteger(1) : left)
            }
            guard let exponent = right.exact else { throw excess("a whole number is too large") }
            return .whole(try power(left, Int(exponent)))
        default: throw failure("'\(sign.rawValue)' is not arithmetic")
        }
    }

    /// `base` to the power of a number that is not negative.
    func power(_ base: BigInteger, _ exponent: Int) throws(TemplateError) -> BigInteger {
        var result = BigInteger(1)
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = try product(result, square) }
            rest >>= 1
            if rest > 0 { square = square.magnitude == [1] ? BigInteger(1) : try product(square, square) }
        }
        return result
    }

    private func product(_ left: BigInteger, _ right: BigInteger) throws(TemplateError) -> BigInteger {
        guard left.bitWidth + right.bitWidth <= JinjaLimits.wholeBits else {
            throw excess("a whole number is too large")
        }
        try spend(1 + left.magnitude.count * right.magnitude.count >> 5)
        return left * right
    }

    private func bounded(_ value: BigInteger) throws(TemplateError) -> BigInteger {
        guard value.bitWidth <= JinjaLimits.wholeBits else { throw excess("a whole number is too large") }
        try spend(1 + value.magnitude.count >> 5)
        return value
    }

    private func divided(
        _ left: BigInteger, _ right: BigInteger
    ) throws(TemplateError) -> (quotient: BigInteger, remainder: BigInteger) {
        try spend(1 + left.bitWidth * max(right.magnitude.count, 1) >> 4)
        guard let result = left.dividedRoundingDown(by: right) else {
            throw failure("integer division or modulo by zero")
        }
        return result
    }

    /// The quotient as the nearest number with a fraction: computed to 66 bits, the last of which says whether
    /// anything is left.
    private func quotient(_ left: BigInteger, _ right: BigInteger) throws(TemplateError) -> Double {
        guard !right.isZero else { throw failure("division by zero") }
        let size = BigInteger(isNegative: false, magnitude: left.magnitude)
        let divisor = BigInteger(isNegative: false, magnitude: right.magnitude)
        let shift = 66 - (size.bitWidth - divisor.bitWidth)
        let (whole, rest) = try divided(
            shift > 0 ? size.shiftedLeft(by: shift) : size, shift < 0 ? divisor.shiftedLeft(by: -shift) : divisor)
        var digits = whole.magnitude
        if !rest.isZero, !digits.isEmpty { digits[0] |= 1 }
        guard let nearest = BigInteger(isNegative: false, magnitude: digits).double else { return 0 }
        let value = Double(sign: .plus, exponent: -shift, significand: nearest)
        guard value.isFinite else { throw failure("integer division result too large for a float") }
        return left.isNegative != right.isNegative ? -value : value
    }

    /// The digits of a whole number; Python prints no more than 4,300.
    func digits(of value: BigInteger) throws(TemplateError) -> String {
        try spend(1 + value.magnitude.count * value.magnitude.count >> 5)
        let text = value.description
        guard text.utf8.count <= (value.isNegative ? 4_301 : 4_300) else {
            throw failure("Exceeds the limit (4300 digits) for integer string conversion.")
        }
        return text
    }
}

extension JinjaValue {
    /// Whether Python's arithmetic takes it for a number.
    var isNumber: Bool {
        if case .float = self { true } else { whole != nil }
    }
}
