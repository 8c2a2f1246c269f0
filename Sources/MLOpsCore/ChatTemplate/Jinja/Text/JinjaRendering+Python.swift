extension JinjaRendering {
    /// Returns `str(value)`.
    func str(_ value: JinjaValue) throws(TemplateError) -> JinjaText {
        switch value {
        case .text(let text): return text
        case .undefined: return JinjaText()
        case .integer(let number): return JinjaText(String(number))
        case .big(let number): return JinjaText(try digits(of: number))
        case .none: return JinjaText("None")
        case .bool(let value): return JinjaText(value ? "True" : "False")
        case .float(let number): return JinjaText(PythonText.float(number))
        default: return try repr(value)
        }
    }

    /// Returns `repr(value)`.
    ///
    /// The whole text of a list or dictionary has one origin, that of everything in it: brackets and quotes beside a
    /// message's text are no more to be trusted than the text.
    func repr(_ value: JinjaValue) throws(TemplateError) -> JinjaText {
        var out = JinjaText()
        try writeRepr(value, to: &out)
        try reserve(bytes: out.bytes.count)
        return out.with(origin: out.joinedOrigin)
    }

    /// Returns `ascii(value)`: what `repr` gives, with escapes for all that is not ASCII.
    func asciiRepr(_ value: JinjaValue) throws(TemplateError) -> JinjaText {
        try repr(value).mapScalars { scalar, _ in
            if scalar.isASCII { return JinjaText.text(scalar) }
            let digits = String(scalar.value, radix: 16)
            let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
            return "\\" + letter + String(repeating: "0", count: width - digits.utf8.count) + digits
        }
    }

    private func writeRepr(_ value: JinjaValue, to out: inout JinjaText) throws(TemplateError) {
        try enter()
        defer { leave() }
        guard out.bytes.count <= JinjaLimits.textBytes else { throw excess("it writes a value that is too long") }
        switch value {
        case .text(let text):
            try spend(1 + text.bytes.count >> 4)
            let body = JinjaText(PythonText.quoted(text.string), origin: text.joinedOrigin)
            if text.isSafe { out.append("Markup(") }
            out.append(body)
            if text.isSafe { out.append(")") }
        case .undefined: out.append("Undefined")
        case .list(let list):
            try writeList(list.elements, "[", "]", to: &out)
        case .tuple(let list):
            try writeList(list.elements, "(", list.elements.count == 1 ? ",)" : ")", to: &out)
        case .dictionary(let dictionary):
            out.append("{")
            for (index, entry) in dictionary.entries.enumerated() {
                if index > 0 { out.append(", ") }
                try writeRepr(entry.key, to: &out)
                out.append(": ")
                try writeRepr(entry.value, to: &out)
            }
            out.append("}")
        case .range(let range):
            let step = range.step == 1 ? "" : ", \(range.step)"
            out.append("range(\(range.start), \(range.stop)\(step))")
        case .object(let view as JinjaView):
            out.append(view.kind.rawValue)
            try writeList(view.values, "([", "])", to: &out)
        case .object(let data as JinjaBytes): out.append(data.literal)
        case .object(let namespace as JinjaNamespace):
            out.append("<Namespace {")
            for (index, entry) in namespace.entries.enumerated() {
                if index > 0 { out.append(", ") }
                try writeRepr(.text(entry.name), to: &out)
                out.append(": ")
                try writeRepr(entry.value, to: &out)
            }
            out.append("}>")
        case .object(let object): out.append(object.description)
        default: out.append(try str(value))
        }
    }

    private func writeList(
        _ elements: [JinjaValue], _ open: String, _ close: String, to out: inout JinjaText
    ) throws(TemplateError) {
        out.append(open)
        for (index, element) in elements.enumerated() {
            if index > 0 { out.append(", ") }
            try writeRepr(element, to: &out)
        }
        out.append(close)
    }
}
