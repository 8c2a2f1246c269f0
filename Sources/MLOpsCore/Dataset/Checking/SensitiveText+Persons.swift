/// What belongs to a person: addresses and numbers.
extension SensitiveText {
    /// Names that RFC 2606 keeps for examples.
    private static let exampleNames: Set<String> = ["example", "test", "invalid", "localhost"]
    /// What stands behind the last dot of file names with an @ in them.
    private static let fileEndings: Set<String> = [
        "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "html", "json", "txt", "pdf", "service",
        "target",
    ]

    /// Returns the address around the `@` at `index`, which begins at `floor` or later.
    static func email(_ bytes: [UInt8], at index: Int, after floor: Int) -> Match? {
        let isLocal: (UInt8) -> Bool = { $0.isAlphanumeric || [0x2E, 0x5F, 0x25, 0x2B, 0x2D].contains($0) }
        var start = index
        while start > max(floor, index - 64), isLocal(bytes[start - 1]) { start -= 1 }
        // A dot or a sign at the front belongs to the sentence.
        while start < index, !bytes[start].isAlphanumeric { start += 1 }
        var end = bytes.end(of: { $0.isAlphanumeric || $0 == 0x2D || $0 == 0x2E }, from: index + 1, limit: 254)
        while end > index + 1, !bytes[end - 1].isAlphanumeric { end -= 1 }
        guard start < index, end > index + 1, end == bytes.count || !bytes[end].isWordByte else { return nil }
        let labels = String(decoding: bytes[index + 1..<end], as: UTF8.self).lowercased()
            .split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last, last.utf8.count >= 2, last.utf8.allSatisfy(\.isLower),
            labels.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") && !$0.hasSuffix("-") }),
            !exampleNames.contains(String(last)), !(exampleNames.contains(String(labels[labels.count - 2]))),
            !fileEndings.contains(String(last)), String(decoding: bytes[start..<index], as: UTF8.self) != "git"
        else { return nil }
        return Match(kind: .emailAddress, range: start..<end)
    }

    /// Returns the number that begins with `word`: a card, an account, or a telephone number of North America.
    static func number(_ bytes: [UInt8], _ word: Range<Int>) -> Match? {
        let start = word.lowerBound
        if bytes[start].isUpper { return bankAccount(bytes, at: start) }
        guard bytes[start].isDigit else { return nil }
        // Behind a point or a sign it is a part of something longer.
        if start > 0, [0x2E, 0x2D, 0x2C, 0x2F, 0x23].contains(bytes[start - 1]) { return nil }
        return card(bytes, at: start) ?? northAmericanPhone(bytes, at: start)
    }

    /// Groups of digits from `start` on, with one of `separators` between them; at most eight.
    private static func groups(_ bytes: [UInt8], at start: Int, separators: [UInt8]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var index = start
        while groups.count < 8 {
            let end = bytes.end(of: \.isDigit, from: index, limit: 32)
            guard end > index else { break }
            groups.append(index..<end)
            guard end < bytes.count, separators.contains(bytes[end]) else { break }
            index = end + 1
        }
        return groups
    }

    /// A card number in one piece or grouped as on cards, of a known issuer, whose Luhn digit is right.
    private static func card(_ bytes: [UInt8], at start: Int) -> Match? {
        let groups = groups(bytes, at: start, separators: [0x20, 0x2D])
        let counts = groups.map(\.count)
        let taken: Int
        if let first = counts.first, (13...19).contains(first) {
            taken = 1
        } else if counts.starts(with: [4, 4, 4, 4]) {
            taken = counts.count > 4 && counts[4] == 3 ? 5 : 4
        } else if counts.starts(with: [4, 6, 5]) || counts.starts(with: [4, 6, 4]) {
            taken = 3
        } else {
            return nil
        }
        let end = groups[taken - 1].upperBound
        guard end == bytes.count || !bytes[end].isWordByte else { return nil }
        // Four digits more on either side, and it is a longer number: an account, say.
        if counts.count > taken, counts[taken] == 4 { return nil }
        if start > 1, [0x20, 0x2D].contains(bytes[start - 1]), bytes[start - 2].isDigit { return nil }
        let digits = groups[..<taken].flatMap { bytes[$0] }.map { Int($0 - 0x30) }
        guard isCard(digits) else { return nil }
        return Match(kind: .cardNumber, range: start..<end)
    }

    /// Whether `digits` begin as a card's and pass the Luhn check (ISO/IEC 7812-1).
    static func isCard(_ digits: [Int]) -> Bool {
        guard (13...19).contains(digits.count), Set(digits).count > 1 else { return false }
        let prefix = digits.prefix(4).reduce(0) { $0 * 10 + $1 }
        let isKnown =
            switch (prefix, digits.count) {
            case (4000...4999, 13), (4000...4999, 16), (4000...4999, 19): true
            case (5100...5599, 16), (2221...2720, 16): true
            case (3400...3499, 15), (3700...3799, 15): true
            case (6011, 16...19), (6440...6599, 16...19), (3528...3589, 16...19), (6200...6299, 16...19): true
            case (3000...3059, 14...19), (3600...3699, 14...19), (3800...3999, 14...19): true
            default: false
            }
        guard isKnown else { return false }
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = place % 2 == 1 ? digit * 2 : digit
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }

    /// Lengths of account numbers by country (the IBAN registry of ISO 13616).
    static let accountLengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
        "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
        "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
        "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
        "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
        "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
        "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
        "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
        "YE": 30,
    ]

    /// An account number in one piece or in groups, of its country's length, whose check digits are right.
    private static func bankAccount(_ bytes: [UInt8], at start: Int) -> Match? {
        guard start + 4 < bytes.count, bytes[start + 1].isUpper, bytes[start + 2].isDigit, bytes[start + 3].isDigit,
            let length = accountLengths[String(decoding: bytes[start..<start + 2], as: UTF8.self)]
        else { return nil }
        var letters: [UInt8] = []
        var index = start
        while letters.count < length, index < bytes.count {
            let byte = bytes[index]
            if byte == 0x20, letters.count % 4 == 0, index + 1 < bytes.count, bytes[index + 1] != 0x20 {
                index += 1
                continue
            }
            guard byte.isUpper || byte.isDigit else { return nil }
            letters.append(byte)
            index += 1
        }
        guard letters.count == length, index == bytes.count || !bytes[index].isWordByte else { return nil }
        // ISO 7064 MOD 97-10: the first four to the end, letters as two digits, and the remainder must be 1.
        var remainder = 0
        for byte in letters[4...] + letters[..<4] {
            remainder =
                byte.isDigit
                ? (remainder * 10 + Int(byte - 0x30)) % 97 : (remainder * 100 + Int(byte - 0x41) + 10) % 97
        }
        return remainder == 1 ? Match(kind: .bankAccount, range: start..<index) : nil
    }

    /// `+CC …` with 8 to 15 digits (E.164), or `(ddd) ddd-dddd`.
    static func phone(_ bytes: [UInt8], at index: Int) -> Match? {
        if index > 0, bytes[index - 1].isWordByte || bytes[index - 1] == 0x2B { return nil }
        if bytes[index] == 0x28 {
            let groups = groups(bytes, at: index + 1, separators: [0x29])
            guard groups.first?.count == 3, let area = groups.first, area.upperBound < bytes.count,
                bytes[area.upperBound] == 0x29
            else { return nil }
            let next = bytes.end(of: { $0 == 0x20 }, from: area.upperBound + 1, limit: 1)
            let rest = self.groups(bytes, at: next, separators: [0x2D, 0x2E, 0x20])
            guard rest.count >= 2, isNorthAmerican(bytes, [area, rest[0], rest[1]]) else { return nil }
            return Match(kind: .phoneNumber, range: index..<rest[1].upperBound)
        }
        guard index + 1 < bytes.count, (0x31...0x39).contains(bytes[index + 1]) else { return nil }
        var digits = 0
        var end = index + 1
        var place = index + 1
        var separators = 0
        while place < bytes.count, place < index + 32 {
            let byte = bytes[place]
            if byte.isDigit {
                digits += 1
                end = place + 1
                separators = 0
            } else if [0x20, 0x2D, 0x2E, 0x28, 0x29].contains(byte), separators < 2 {
                separators += 1
            } else {
                break
            }
            place += 1
        }
        guard (8...15).contains(digits), end == bytes.count || !bytes[end].isWordByte else { return nil }
        return Match(kind: .phoneNumber, range: index..<end)
    }

    /// `ddd-ddd-dddd`, or with points.
    private static func northAmericanPhone(_ bytes: [UInt8], at start: Int) -> Match? {
        for separator in [0x2D, 0x2E] as [UInt8] {
            let groups = groups(bytes, at: start, separators: [separator])
            guard groups.count == 3, isNorthAmerican(bytes, groups) else { continue }
            return Match(kind: .phoneNumber, range: start..<groups[2].upperBound)
        }
        return nil
    }

    /// Whether three groups are area, exchange and line of the North American plan, neither of the first two from 0 or 1 on.
    private static func isNorthAmerican(_ bytes: [UInt8], _ groups: [Range<Int>]) -> Bool {
        let end = groups[2].upperBound
        return groups.map(\.count) == [3, 3, 4] && bytes[groups[0].lowerBound] >= 0x32
            && bytes[groups[1].lowerBound] >= 0x32 && (end == bytes.count || !bytes[end].isWordByte)
    }
}
