extension JinjaText {
    var uppercased: JinjaText { mapScalars { scalar, _ in scalar.properties.uppercaseMapping } }

    var lowercased: JinjaText {
        mapScalars { scalar, index in
            // The one context Python looks at: a sigma that ends a word.
            if scalar == "Σ" { return isFinalSigma(at: index) ? "ς" : "σ" }
            return scalar.properties.lowercaseMapping
        }
    }

    var swappedCase: JinjaText {
        mapScalars { scalar, index in
            if scalar.properties.isUppercase {
                return scalar == "Σ" && isFinalSigma(at: index) ? "ς" : scalar.properties.lowercaseMapping
            }
            return scalar.properties.isLowercase ? scalar.properties.uppercaseMapping : Self.text(scalar)
        }
    }

    /// Folded for comparison without case: `ß` becomes `ss`.
    var caseFolded: JinjaText {
        // Unicode has no folding in Swift; upper and back agrees with it for all but a few scripts.
        mapScalars { scalar, _ in
            if scalar.isASCII { return scalar.properties.lowercaseMapping }
            let lower = scalar.properties.lowercaseMapping
            let full = lower.unicodeScalars.map(\.properties.uppercaseMapping).joined()
            return full.unicodeScalars.map(\.properties.lowercaseMapping).joined()
        }
    }

    var capitalized: JinjaText {
        guard !isEmpty else { return self }
        let end = JinjaSpace.length(of: bytes[0])
        var out = slice(0..<end).mapScalars { scalar, _ in scalar.properties.titlecaseMapping }
        let lower = lowercased
        // The first character's lower case may be longer or shorter than it is.
        let first = slice(0..<end).mapScalars { scalar, _ in scalar.properties.lowercaseMapping }.bytes.count
        out.append(lower.slice(min(first, lower.bytes.count)..<lower.bytes.count))
        return out
    }

    /// Python's `str.title`: upper case after anything that has no case.
    var titlecased: JinjaText {
        var follows = false
        return mapScalars { scalar, index in
            defer { follows = Self.isCased(scalar) }
            if !follows { return scalar.properties.titlecaseMapping }
            if scalar == "Σ" { return isFinalSigma(at: index) ? "ς" : "σ" }
            return scalar.properties.lowercaseMapping
        }
    }

    static func isCased(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isCased }

    static func text(_ scalar: Unicode.Scalar) -> String { String(Character(scalar)) }

    private func isFinalSigma(at index: Int) -> Bool {
        var before = index
        var precedes = false
        while before > 0 {
            before = JinjaSpace.start(in: bytes, before: before)
            let scalar = JinjaSpace.scalar(in: bytes, at: before).0
            if scalar.properties.isCaseIgnorable { continue }
            precedes = Self.isCased(scalar)
            break
        }
        guard precedes else { return false }
        var after = index + JinjaSpace.length(of: bytes[index])
        while after < bytes.count {
            let (scalar, length) = JinjaSpace.scalar(in: bytes, at: after)
            after += length
            if scalar.properties.isCaseIgnorable { continue }
            return !Self.isCased(scalar)
        }
        return true
    }

    // MARK: - Kinds of characters

    /// Whether it has characters and `holds` for every one.
    func all(_ holds: (Unicode.Scalar) -> Bool) -> Bool { !isEmpty && string.unicodeScalars.allSatisfy(holds) }

    static func isAlphabetic(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    static func isDecimal(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .decimalNumber }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.numericType == .decimal || scalar.properties.numericType == .digit
    }

    static func isNumeric(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType != nil }

    var isUpper: Bool { hasCase(upper: true) }
    var isLower: Bool { hasCase(upper: false) }

    private func hasCase(upper: Bool) -> Bool {
        var found = false
        for scalar in string.unicodeScalars {
            let properties = scalar.properties
            if upper ? properties.isLowercase : properties.isUppercase { return false }
            if properties.generalCategory == .titlecaseLetter { return false }
            if upper ? properties.isUppercase : properties.isLowercase { found = true }
        }
        return found
    }

    /// Python's `str.istitle`.
    var isTitle: Bool {
        var follows = false
        var found = false
        for scalar in string.unicodeScalars {
            let properties = scalar.properties
            if properties.isUppercase || properties.generalCategory == .titlecaseLetter {
                if follows { return false }
                follows = true
                found = true
            } else if properties.isLowercase {
                if !follows { return false }
                found = true
            } else {
                follows = false
            }
        }
        return found
    }
}
