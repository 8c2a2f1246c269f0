/// A whole number of any size, as Python has them: what configurations and templates hold beyond 64 bits.
struct BigInteger: Sendable, Hashable {
    /// Whether the number is below zero; zero is not.
    let isNegative: Bool
    /// The absolute value in digits of base 2³², the lowest first, without leading zeros.
    let magnitude: [UInt32]

    init(isNegative: Bool, magnitude: [UInt32]) {
        var magnitude = magnitude
        while magnitude.last == 0 { magnitude.removeLast() }
        self.magnitude = magnitude
        self.isNegative = isNegative && !magnitude.isEmpty
    }

    init(_ value: Int64) {
        let size = value.magnitude
        self.init(isNegative: value < 0, magnitude: [UInt32(truncatingIfNeeded: size), UInt32(size >> 32)])
    }

    /// The whole part of a finite number.
    init(truncating value: Double) {
        let whole = value.rounded(.towardZero)
        let exponent = Int(whole == 0 ? 0 : whole.exponent)
        guard exponent >= 63 else {
            self.init(Int64(whole))
            return
        }
        // The significand has 53 bits: 1.f × 2⁵² is whole.
        let significand = Int64(1) << 52 | Int64(whole.significandBitPattern)
        let shifted = BigInteger(significand).shiftedLeft(by: exponent - 52)
        self.init(isNegative: whole < 0, magnitude: shifted.magnitude)
    }

    /// Reads digits without a sign; nil when one of them is none.
    init?(digits: some StringProtocol, radix: UInt32 = 10, isNegative: Bool = false) {
        guard !digits.isEmpty else { return nil }
        var magnitude: [UInt32] = []
        for character in digits.utf8 {
            let digit: UInt32
            switch character {
            case 0x30...0x39: digit = UInt32(character) - 0x30
            case 0x61...0x7A: digit = UInt32(character) - 0x61 + 10
            case 0x41...0x5A: digit = UInt32(character) - 0x41 + 10
            default: return nil
            }
            guard digit < radix else { return nil }
            Self.multiply(&magnitude, by: radix, adding: digit)
        }
        self.init(isNegative: isNegative, magnitude: magnitude)
    }

    private static func multiply(_ magnitude: inout [UInt32], by factor: UInt32, adding carry: UInt32) {
        var carry = UInt64(carry)
        for index in magnitude.indices {
            carry += UInt64(magnitude[index]) * UInt64(factor)
            magnitude[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry != 0 { magnitude.append(UInt32(carry)) }
    }

    /// The number, if 64 bits hold it.
    var exact: Int64? {
        guard magnitude.count <= 2 else { return nil }
        let size = magnitude.reversed().reduce(UInt64(0)) { $0 << 32 | UInt64($1) }
        if isNegative { return size <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- size) : nil }
        return Int64(exactly: size)
    }

    var isZero: Bool { magnitude.isEmpty }

    /// How many bits the absolute value has.
    var bitWidth: Int { magnitude.isEmpty ? 0 : magnitude.count * 32 - (magnitude.last ?? 0).leadingZeroBitCount }

    /// The nearest number with a fraction; nil when it is beyond them, which is an error in Python.
    var double: Double? {
        guard bitWidth <= 1024, let value = Double(description), value.isFinite else { return nil }
        return value
    }

    /// The number in decimal digits.
    var description: String {
        guard !magnitude.isEmpty else { return "0" }
        var rest = magnitude
        var groups: [String] = []
        while !rest.isEmpty {
            var remainder: UInt64 = 0
            for index in rest.indices.reversed() {
                let value = remainder << 32 | UInt64(rest[index])
                rest[index] = UInt32(value / 1_000_000_000)
                remainder = value % 1_000_000_000
            }
            while rest.last == 0 { rest.removeLast() }
            let digits = String(remainder)
            groups.append(rest.isEmpty ? digits : String(repeating: "0", count: 9 - digits.utf8.count) + digits)
        }
        return (isNegative ? "-" : "") + groups.reversed().joined()
    }
}

extension BigInteger: Comparable {
    static func < (left: BigInteger, right: BigInteger) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        let order = compare(left.magnitude, right.magnitude)
        return left.isNegative ? order > 0 : order < 0
    }

    fileprivate static func compare(_ left: [UInt32], _ right: [UInt32]) -> Int {
        if left.count != right.count { return left.count < right.count ? -1 : 1 }
        for (a, b) in zip(left.reversed(), right.reversed()) where a != b { return a < b ? -1 : 1 }
        return 0
    }
}

// MARK: Arithmetic

extension BigInteger {
    static prefix func - (value: BigInteger) -> BigInteger {
        BigInteger(isNegative: !value.isNegative, magnitude: value.magnitude)
    }

    static func + (left: BigInteger, right: BigInteger) -> BigInteger {
        if left.isNegative == right.isNegative {
            return BigInteger(isNegative: left.isNegative, magnitude: sum(left.magnitude, right.magnitude))
        }
        if compare(left.magnitude, right.magnitude) >= 0 {
            return BigInteger(isNegative: left.isNegative, magnitude: difference(left.magnitude, right.magnitude))
        }
        return BigInteger(isNegative: right.isNegative, magnitude: difference(right.magnitude, left.magnitude))
    }

    static func - (left: BigInteger, right: BigInteger) -> BigInteger { left + (-right) }

    /// - Complexity: O(n·m) in the digits.
    static func * (left: BigInteger, right: BigInteger) -> BigInteger {
        guard !left.isZero, !right.isZero else { return BigInteger(0) }
        var product = [UInt32](repeating: 0, count: left.magnitude.count + right.magnitude.count)
        for (i, a) in left.magnitude.enumerated() {
            var carry: UInt64 = 0
            for (j, b) in right.magnitude.enumerated() {
                carry += UInt64(a) * UInt64(b) + UInt64(product[i + j])
                product[i + j] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            product[i + right.magnitude.count] = UInt32(carry)
        }
        return BigInteger(isNegative: left.isNegative != right.isNegative, magnitude: product)
    }

    private static func sum(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0..<max(left.count, right.count) {
            carry += UInt64(index < left.count ? left[index] : 0) + UInt64(index < right.count ? right[index] : 0)
            out.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        if carry != 0 { out.append(UInt32(carry)) }
        return out
    }

    /// `left` − `right`, where `left` is not the smaller one.
    private static func difference(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        var borrow: Int64 = 0
        for index in left.indices {
            let value = Int64(left[index]) - (index < right.count ? Int64(right[index]) : 0) - borrow
            borrow = value < 0 ? 1 : 0
            out.append(UInt32(truncatingIfNeeded: value))
        }
        return out
    }

    func shiftedLeft(by bits: Int) -> BigInteger {
        var out = [UInt32](repeating: 0, count: bits / 32)
        let shift = UInt64(bits % 32)
        var carry: UInt64 = 0
        for digit in magnitude {
            carry |= UInt64(digit) << shift
            out.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        out.append(UInt32(carry))
        return BigInteger(isNegative: isNegative, magnitude: out)
    }

    /// Returns the quotient rounded down and the remainder with the divisor's sign, as Python's `//` and `%`; nil: by zero.
    ///
    /// - Complexity: O(n·m) in the digits, times the 32 bits of one.
    func dividedRoundingDown(by divisor: BigInteger) -> (quotient: BigInteger, remainder: BigInteger)? {
        guard !divisor.isZero else { return nil }
        var quotient = [UInt32](repeating: 0, count: magnitude.count)
        var rest = BigInteger(0)
        let size = BigInteger(isNegative: false, magnitude: divisor.magnitude)
        if let small = divisor.magnitude.count == 1 ? divisor.magnitude.first : nil {
            var remainder: UInt64 = 0
            for index in magnitude.indices.reversed() {
                let value = remainder << 32 | UInt64(magnitude[index])
                quotient[index] = UInt32(value / UInt64(small))
                remainder = value % UInt64(small)
            }
            rest = BigInteger(isNegative: false, magnitude: [UInt32(remainder)])
        } else {
            for bit in (0..<bitWidth).reversed() {
                rest = rest.shiftedLeft(by: 1)
                if magnitude[bit / 32] >> UInt32(bit % 32) & 1 == 1 { rest = rest + BigInteger(1) }
                if rest >= size {
                    rest = rest - size
                    quotient[bit / 32] |= 1 << UInt32(bit % 32)
                }
            }
        }
        var result = BigInteger(isNegative: isNegative != divisor.isNegative, magnitude: quotient)
        if rest.isZero { return (result, rest) }
        if isNegative != divisor.isNegative {
            result = result - BigInteger(1)
            rest = size - rest
        }
        return (result, divisor.isNegative ? -rest : rest)
    }
}
