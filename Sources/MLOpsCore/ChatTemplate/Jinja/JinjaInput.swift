internal import OrderedCollections

/// Turns what a template is given into its values, each text with its origin.
final class JinjaInput {
    /// How much text there was.
    private(set) var byteCount = 0

    /// The variables by name.
    func variables(_ input: ChatTemplateInput) throws(TemplateError) -> [(String, JinjaValue)] {
        var variables: [(String, JinjaValue)] = []
        var messages = input.messages
        var tools = input.tools
        var documents = input.documents
        for (name, value) in input.variables {
            switch name {
            case "messages":
                guard case .array(let list) = value else { throw failure("'messages' is not a list") }
                messages = list
            case "tools": tools = value
            case "documents": documents = value
            default:
                // A token or setting is the template's; what a structure holds is data, unless it is a list of tokens.
                let isToken = value.string != nil || name == "additional_special_tokens"
                let origin: JinjaOrigin = isToken ? .template : .data
                variables.append((name, try self.value(value, origin, depth: 0)))
            }
        }
        var turns: [JinjaValue] = []
        for (index, message) in messages.enumerated() { turns.append(try self.message(message, index)) }
        variables.insert(("messages", .list(JinjaList(turns))), at: 0)
        variables.append(("tools", try value(tools ?? .null, .data, depth: 0)))
        variables.append(("documents", try value(documents ?? .null, .data, depth: 0)))
        if input.variables["add_generation_prompt"] == nil {
            variables.append(("add_generation_prompt", .bool(input.addsGenerationPrompt)))
        }
        return variables
    }

    private func failure(_ reason: String) -> TemplateError { TemplateError(.evaluation, reason, line: 1) }

    /// The names transformers passes a message's reasoning under; the first is the one templates read.
    private static let reasoning = ["reasoning_content", "thinking", "reasoning"]

    private func message(_ message: JSONValue, _ index: Int) throws(TemplateError) -> JinjaValue {
        guard case .object(var members) = message else { throw failure("message \(index + 1) is not an object") }
        if let thought = Self.reasoning.compactMap({ members[$0] }).first(where: { !$0.isNull }) {
            // It comes first, even one that stands elsewhere, or is null.
            let thinking = members["thinking"] ?? thought
            members["thinking"] = nil
            members.updateValue(thinking, forKey: "thinking", insertingAt: 0)
            members["reasoning_content"] = thought
        }
        let origin = JinjaOrigin.message(index)
        var entries: [(key: JinjaValue, value: JinjaValue)] = []
        for (key, value) in members {
            // The template tests these names and may write them, so they are its own; a name of nobody's is not.
            let name = JinjaText(key, origin: Self.isWord(key) ? .template : origin)
            switch (key, value) {
            case ("role", .string(let text)), ("type", .string(let text)):
                entries.append((.text(name), .text(JinjaText(text, origin: Self.isWord(text) ? .template : origin))))
            case ("content", .array(let parts)):
                var values: [JinjaValue] = []
                for part in parts { values.append(try self.part(part, origin)) }
                entries.append((.text(name), .list(JinjaList(values))))
            default: entries.append((.text(name), try self.value(value, origin, depth: 1)))
            }
        }
        return .dictionary(JinjaDictionary(distinct: entries))
    }

    /// A part of a content that is a list: its `type` is the template's word, the rest the message's.
    private func part(_ part: JSONValue, _ origin: JinjaOrigin) throws(TemplateError) -> JinjaValue {
        guard case .object(let members) = part else { return try value(part, origin, depth: 2) }
        var entries: [(key: JinjaValue, value: JinjaValue)] = []
        for (key, value) in members {
            let name = JinjaValue.text(JinjaText(key, origin: origin))
            if key == "type", case .string(let text) = value, Self.isWord(text) {
                entries.append((name, .string(text)))
            } else {
                entries.append((name, try self.value(value, origin, depth: 2)))
            }
        }
        return .dictionary(JinjaDictionary(distinct: entries))
    }

    /// Whether a role or name is a plain word, out of which no control token can be made that the template did not
    /// spell itself.
    private static func isWord(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            JinjaSpace.isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D || $0 == 0x20
        }
    }

    func value(_ value: JSONValue, _ origin: JinjaOrigin, depth: Int) throws(TemplateError) -> JinjaValue {
        guard depth < JinjaLimits.valueDepth else {
            throw TemplateError(.tooMuch, "its input nests deeper than \(JinjaLimits.valueDepth) levels", line: 1)
        }
        byteCount += 16
        switch value {
        case .null: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(Int(value))
        case .bigInteger(let digits):
            byteCount += digits.utf8.count
            let isNegative = digits.hasPrefix("-")
            guard let whole = BigInteger(digits: digits.dropFirst(isNegative ? 1 : 0), isNegative: isNegative) else {
                throw failure("'\(digits.prefix(40))' is not a number")
            }
            return .whole(whole)
        case .number(let value): return .float(value)
        case .string(let text):
            byteCount += text.utf8.count
            return .text(JinjaText(text, origin: origin))
        case .array(let elements):
            var values: [JinjaValue] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try self.value(element, origin, depth: depth + 1)) }
            return .list(JinjaList(values))
        case .object(let members):
            var entries: [(key: JinjaValue, value: JinjaValue)] = []
            entries.reserveCapacity(members.count)
            for (key, value) in members {
                entries.append((.text(JinjaText(key, origin: origin)), try self.value(value, origin, depth: depth + 1)))
            }
            return .dictionary(JinjaDictionary(distinct: entries))
        }
    }
}
