internal import Foundation

extension JinjaRendering {
    /// The `round` filter: to `precision` decimals, half to even as Python rounds, or up or down.
    func rounded(_ value: JinjaValue, _ precision: Int, _ method: String) throws(TemplateError) -> JinjaValue {
        if case .undefined(let undefined) = value { throw failure(undefined.message) }
        guard let number = value.number else { throw failure("round needs a number, not a '\(value.typeName)'") }
        if method == "common" {
            if let whole = value.index { return .integer(try rounded(whole, precision)) }
            guard number.isFinite, abs(precision) < 300 else { return value }
            if precision >= 0 { return .float(Double(JinjaNumberLayout.fixed(number, precision)) ?? number) }
            // The exact decimal, then whole tens, half to even.
            let unit = pow(10, Double(-precision))
            return .float((number / unit).rounded(.toNearestOrEven) * unit)
        }
        let scale = try arithmetic(.integer(10), .power, .integer(precision))
        let scaled = try arithmetic(value, .multiply, scale)
        let floor: JinjaValue
        if let whole = scaled.index {
            floor = .integer(whole)
        } else {
            let number = scaled.number ?? 0
            guard let whole = Int(exactly: number.rounded(method == "ceil" ? .up : .down)) else {
                throw failure("a number is too large")
            }
            floor = .integer(whole)
        }
        return try arithmetic(floor, .divide, scale)
    }

    private func rounded(_ value: Int, _ precision: Int) throws(TemplateError) -> Int {
        guard precision < 0 else { return value }
        guard precision > -19 else { return 0 }
        var unit = 1
        for _ in 0..<(-precision) { unit *= 10 }
        let rest = Self.modulo(value, unit)
        let low = value - rest
        let half = unit / 2
        let goesUp = rest > half || (rest == half && !(low / unit).isMultiple(of: 2))
        return goesUp ? try checked(low.addingReportingOverflow(unit)) : low
    }
}
