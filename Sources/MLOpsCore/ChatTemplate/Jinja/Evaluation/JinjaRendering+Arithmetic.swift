internal import Foundation

extension JinjaRendering {
    /// `left sign right`, as Python computes it.
    func arithmetic(_ left: JinjaValue, _ sign: JinjaSign, _ right: JinjaValue) throws(TemplateError) -> JinjaValue {
        if let first = left.index, let second = right.index { return try whole(first, sign, second) }
        if let first = left.whole, let second = right.whole { return try big(first, sign, second) }
        for value in [left, right] where value.whole?.double == nil && value.whole != nil {
            if left.isNumber, right.isNumber { throw failure("int too large to convert to float") }
        }
        if let first = left.number, let second = right.number { return try fraction(first, sign, second) }
        switch (sign, left, right) {
        case (_, .undefined(let undefined), _): throw failure(undefined.message)
        case (.modulo, .text(let format), _): return .text(try percentFormat(format, right))
        case (_, _, .undefined(let undefined)): throw failure(undefined.message)
        case (.add, .text(let first), .text(let second)): return .text(try joined(first, second))
        case (.add, .list(let first), .list(let second)): return try list(try joined(first, second))
        case (.add, .tuple(let first), .tuple(let second)): return try tuple(try joined(first, second))
        case (.multiply, _, _):
            if let count = right.index, let value = try repeated(left, count) { return value }
            if let count = left.index, let value = try repeated(right, count) { return value }
            for (number, other) in [(left, right), (right, left)] {
                guard case .big = number else { continue }
                if other.isSequence { throw failure("cannot fit 'int' into an index-sized integer") }
            }
            if left.isSequence { throw failure("can't multiply sequence by non-int of type '\(right.typeName)'") }
            if right.isSequence { throw failure("can't multiply sequence by non-int of type '\(left.typeName)'") }
        case (.add, _, _) where left.isSequence:
            let name = left.typeName
            throw failure("can only concatenate \(name) (not \"\(right.typeName)\") to \(name)")
        default: break
        }
        let name = sign == .power ? "** or pow()" : sign.rawValue
        throw failure("unsupported operand type(s) for \(name): '\(left.typeName)' and '\(right.typeName)'")
    }

    private func joined(_ left: JinjaList, _ right: JinjaList) throws(TemplateError) -> [JinjaValue] {
        try reserve(elements: left.elements.count + right.elements.count)
        return left.elements + right.elements
    }

    private func joined(_ left: JinjaText, _ right: JinjaText) throws(TemplateError) -> JinjaText {
        // Text marked as HTML makes HTML of what is added to it.
        if left.isSafe != right.isSafe {
            var text = try joined(left.isSafe ? left : try escaped(left), right.isSafe ? right : try escaped(right))
            text.isSafe = true
            return text
        }
        try reserve(bytes: left.bytes.count + right.bytes.count)
        var text = left
        text.append(right)
        return text
    }

    private func repeated(_ value: JinjaValue, _ count: Int) throws(TemplateError) -> JinjaValue? {
        func size(_ length: Int) throws(TemplateError) -> Int {
            let (size, overflows) = length.multipliedReportingOverflow(by: max(count, 0))
            guard !overflows else { throw excess("it repeats a value too often") }
            return size
        }
        switch value {
        case .text(let text):
            try reserve(bytes: try size(text.bytes.count))
            var out = JinjaText()
            if !text.isEmpty, count > 0 {
                try spend(count)
                for _ in 0..<count { out.append(text) }
            }
            out.isSafe = text.isSafe
            return .text(out)
        case .list(let list), .tuple(let list):
            let size = try size(list.elements.count)
            try reserve(elements: size)
            var elements: [JinjaValue] = []
            elements.reserveCapacity(size)
            if size > 0 { for _ in 0..<count { elements += list.elements } }
            if case .list = value { return try self.list(elements) }
            return try tuple(elements)
        default: return nil
        }
    }

    /// `~`: everything as text, or as HTML.
    func concatenation(_ values: [JinjaValue], escaping: Bool = false) throws(TemplateError) -> JinjaText {
        var out = JinjaText()
        for value in values {
            let part = escaping ? try escaped(try str(value)) : try str(value)
            try reserve(bytes: part.bytes.count)
            guard out.bytes.count + part.bytes.count <= JinjaLimits.textBytes else {
                throw excess("it makes a text of more than \(JinjaLimits.textBytes) bytes")
            }
            out.append(part)
        }
        out.isSafe = escaping
        return out
    }

    func signed(_ value: JinjaValue, isNegative: Bool) throws(TemplateError) -> JinjaValue {
        switch value {
        case .undefined(let undefined): throw failure(undefined.message)
        case .float(let number): return .float(isNegative ? -number : number)
        default:
            guard let number = value.whole else {
                throw failure("bad operand type for unary \(isNegative ? "-" : "+"): '\(value.typeName)'")
            }
            return .whole(isNegative ? -number : number)
        }
    }

    // MARK: - Numbers

    private func fitting(
        _ result: (partialValue: Int, overflow: Bool), _ left: Int, _ sign: JinjaSign, _ right: Int
    ) throws(TemplateError) -> JinjaValue {
        guard result.overflow else { return .integer(result.partialValue) }
        return try big(BigInteger(Int64(left)), sign, BigInteger(Int64(right)))
    }

    private func whole(_ left: Int, _ sign: JinjaSign, _ right: Int) throws(TemplateError) -> JinjaValue {
        switch sign {
        case .add: return try fitting(left.addingReportingOverflow(right), left, sign, right)
        case .subtract: return try fitting(left.subtractingReportingOverflow(right), left, sign, right)
        case .multiply: return try fitting(left.multipliedReportingOverflow(by: right), left, sign, right)
        case .divide:
            guard right != 0 else { throw failure("division by zero") }
            return .float(Double(left) / Double(right))
        case .floorDivide:
            guard right != 0 else { throw failure("integer division or modulo by zero") }
            let (quotient, overflows) = left.dividedReportingOverflow(by: right)
            guard !overflows else { return try big(BigInteger(Int64(left)), sign, BigInteger(Int64(right))) }
            return .integer(left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient)
        case .modulo:
            guard right != 0 else { throw failure("integer modulo by zero") }
            return .integer(Self.modulo(left, right))
        case .power:
            if right < 0 {
                guard left != 0 else { throw failure("0.0 cannot be raised to a negative power") }
                return .float(pow(Double(left), Double(right)))
            }
            return .whole(try power(BigInteger(Int64(left)), right))
        default: throw failure("'\(sign.rawValue)' is not arithmetic")
        }
    }

    /// The remainder with the sign of the divisor, as in Python.
    static func modulo(_ left: Int, _ right: Int) -> Int {
        let rest = left.remainderReportingOverflow(dividingBy: right).partialValue
        return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    }

    private func fraction(_ left: Double, _ sign: JinjaSign, _ right: Double) throws(TemplateError) -> JinjaValue {
        switch sign {
        case .add: return .float(left + right)
        case .subtract: return .float(left - right)
        case .multiply: return .float(left * right)
        case .divide:
            guard right != 0 else { throw failure("float division by zero") }
            return .float(left / right)
        case .floorDivide, .modulo:
            guard right != 0 else {
                throw failure(sign == .modulo ? "float modulo" : "float floor division by zero")
            }
            var rest = fmod(left, right)
            var quotient = (left - rest) / right
            if rest != 0, (rest < 0) != (right < 0) {
                rest += right
                quotient -= 1
            } else if rest == 0 {
                rest = right.sign == .minus ? -0.0 : 0.0
            }
            if sign == .modulo { return .float(rest) }
            guard quotient != 0 else { return .float((left / right).sign == .minus ? -0.0 : 0.0) }
            let floor = quotient.rounded(.down)
            return .float(quotient - floor > 0.5 ? floor + 1 : floor)
        case .power:
            guard left != 0 || right >= 0 else { throw failure("0.0 cannot be raised to a negative power") }
            guard left >= 0 || right == right.rounded() else { throw failure("a power is not a real number") }
            let result = pow(left, right)
            guard result.isFinite || !left.isFinite || !right.isFinite else {
                throw failure("(34, 'Numerical result out of range')")
            }
            return .float(result)
        default: throw failure("'\(sign.rawValue)' is not arithmetic")
        }
    }
}
