extension JinjaMethods {
    /// `str.maketrans`: of a dictionary, of two texts of one length, and of characters that go.
    static func translationTable(_ call: JinjaTextCall) throws(TemplateError) -> JinjaValue {
        let rendering = call.rendering
        let given = call.arguments.positional
        guard call.arguments.named.isEmpty else {
            throw rendering.failure("str.maketrans() takes no keyword arguments")
        }
        guard !given.isEmpty else { throw rendering.failure("maketrans expected at least 1 argument, got 0") }
        guard given.count <= 3 else {
            throw rendering.failure("maketrans expected at most 3 arguments, got \(given.count)")
        }
        var entries: [(key: JinjaValue, value: JinjaValue)] = []
        if given.count == 1 {
            guard case .dictionary(let dictionary) = given[0] else {
                throw rendering.failure("if you give only one argument to maketrans it must be a dict")
            }
            for (key, value) in dictionary.entries {
                switch key {
                case .text(let text):
                    guard text.count == 1 else {
                        throw rendering.failure("string keys in translate table must be of length 1")
                    }
                    entries.append((.integer(Int(JinjaSpace.scalar(in: text.bytes, at: 0).0.value)), value))
                case .integer, .bool: entries.append((key, value))
                default: throw rendering.failure("keys in translate table must be strings or integers")
                }
            }
            return try rendering.dictionary(entries)
        }
        guard case .text(let from) = given[0] else {
            throw rendering.failure("first maketrans argument must be a string if there is a second argument")
        }
        guard case .text(let to) = given[1] else {
            throw rendering.failure("maketrans() argument 2 must be str, not \(given[1].typeName)")
        }
        let (old, new) = (Array(from.string.unicodeScalars), Array(to.string.unicodeScalars))
        guard old.count == new.count else {
            throw rendering.failure("the first two maketrans arguments must have equal length")
        }
        for (old, new) in zip(old, new) { entries.append((.integer(Int(old.value)), .integer(Int(new.value)))) }
        if given.count == 3 {
            guard case .text(let gone) = given[2] else {
                throw rendering.failure("maketrans() argument 3 must be str, not \(given[2].typeName)")
            }
            for scalar in gone.string.unicodeScalars { entries.append((.integer(Int(scalar.value)), .none)) }
        }
        return try rendering.dictionary(entries)
    }

    /// `text.translate(table)`: what the table has under a character's number takes its place.
    static func translated(
        _ text: JinjaText, with table: JinjaValue, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaText {
        switch table {
        case .dictionary, .list, .tuple, .text, .range: break
        default:
            if text.isEmpty { return text }
            throw rendering.failure("'\(table.typeName)' object is not subscriptable")
        }
        var out = JinjaText()
        for character in text.characters {
            let (scalar, _) = JinjaSpace.scalar(in: character.bytes, at: 0)
            let new: JinjaValue
            if case .dictionary(let dictionary) = table {
                new = dictionary[.integer(Int(scalar.value))] ?? .text(character)
            } else {
                let found = try rendering.item(.integer(Int(scalar.value)), of: table)
                new = found.isUndefined ? .text(character) : found
            }
            try rendering.spend()
            switch new {
            case .none: break
            case .text(let text):
                try rendering.reserve(bytes: text.bytes.count)
                guard out.bytes.count <= JinjaLimits.textBytes else {
                    throw rendering.excess("it makes a text that is too long")
                }
                out.append(text)
            default:
                guard let number = new.index else {
                    throw rendering.failure("character mapping must return integer, None or str")
                }
                guard let code = UInt32(exactly: number), code <= 0x10FFFF else {
                    throw rendering.failure("character mapping must be in range(0x110000)")
                }
                out.append(JinjaText.text(Unicode.Scalar(code) ?? "\u{FFFD}"), origin: character.joinedOrigin)
            }
        }
        return out
    }
}
