internal import OrderedCollections

/// Halves of characters of UTF-16 (surrogates), which Python's texts may hold and those of Swift may not.
///
/// YAML's `"\ud800"` is such a text. Here a half is U+10FFFF, which Unicode keeps for a program's own use and gives no meaning,
/// and a private character that says which half; so it can be compared, joined and written as an escape again.
enum HalfCharacters {
    private static let mark: UInt32 = 0x10_FFFF
    private static let offset: UInt32 = 0x10_F800 - 0xD800
    private static let halves: ClosedRange<UInt32> = 0xD800...0xDFFF

    /// Returns the text that stands for the half `code`; nil when it is none.
    static func text(_ code: UInt32) -> String? {
        guard halves.contains(code), let mark = Unicode.Scalar(mark), let which = Unicode.Scalar(code + offset) else {
            return nil
        }
        var text = String.UnicodeScalarView()
        text.append(mark)
        text.append(which)
        return String(text)
    }

    /// Whether `text` has halves of characters.
    static func areIn(_ text: String) -> Bool {
        // Nearly every text is ASCII, or has no byte that begins a character of plane 16.
        text.utf8.contains(0xF4) && codes(of: text).contains(where: halves.contains)
    }

    /// Returns the characters of `text` as Python counts them, halves with the numbers that Unicode gives them.
    static func codes(of text: String) -> [UInt32] {
        var codes: [UInt32] = []
        for scalar in text.unicodeScalars {
            let half = scalar.value &- offset
            if let last = codes.indices.last, codes[last] == mark, halves.contains(half) {
                codes[last] = half
            } else {
                codes.append(scalar.value)
            }
        }
        return codes
    }

    /// Returns `text` with `\ud800` in the place of halves: what Python writes to standard error, and JSON for them.
    static func shown(_ text: String) -> String {
        guard areIn(text) else { return text }
        var out = String.UnicodeScalarView()
        for code in codes(of: text) {
            if let scalar = Unicode.Scalar(code) {
                out.append(scalar)
            } else {
                out.append(contentsOf: "\\u\(String(code, radix: 16))".unicodeScalars)
            }
        }
        return String(out)
    }

    /// Returns what Python says when `text` is to be written as UTF-8; nil when it can be.
    static func problem(in text: String) -> String? {
        guard areIn(text), let place = place(in: text, of: halves.contains) else { return nil }
        return "'utf-8' codec can't encode \(place): surrogates not allowed"
    }

    /// Returns where in `text` the first characters stand that an encoding does not have, in Python's words; nil when all are
    /// there.
    static func place(in text: String, of isMissing: (UInt32) -> Bool) -> String? {
        let codes = codes(of: text)
        guard let first = codes.firstIndex(where: isMissing) else { return nil }
        let count = codes[first...].prefix(while: isMissing).count
        guard count == 1 else { return "characters in position \(first)-\(first + count - 1)" }
        let digits = String(codes[first], radix: 16)
        let (letter, width) = digits.count <= 2 ? ("x", 2) : digits.count <= 4 ? ("u", 4) : ("U", 8)
        let escape = "\\\(letter)\(String(repeating: "0", count: width - digits.count))\(digits)"
        return "character '\(escape)' in position \(first)"
    }
}

extension ConfigNode {
    /// Refuses halves of characters in this tree, which no file, path or text of a model can hold.
    ///
    /// - Parameter key: what leads to this node.
    func refuseHalfCharacters(at key: String = "") throws(ConfigurationError) {
        func refuse(_ text: String, _ key: String) throws(ConfigurationError) {
            guard let problem = HalfCharacters.problem(in: text) else { return }
            throw ConfigurationError(
                .wrongType, "\(problem). Write the whole character instead of '\(HalfCharacters.shown(text))'.",
                key: key,
                at: origin)
        }
        switch content {
        case .string(let text): try refuse(text, key)
        case .list(let elements):
            for (index, element) in elements.enumerated() { try element.refuseHalfCharacters(at: "\(key)[\(index)]") }
        case .map(let members):
            for (name, member) in members {
                let inner = key.isEmpty ? name.text : "\(key).\(name.text)"
                if case .string(let text) = name { try refuse(text, inner) }
                try member.refuseHalfCharacters(at: inner)
            }
        default: break
        }
    }
}
