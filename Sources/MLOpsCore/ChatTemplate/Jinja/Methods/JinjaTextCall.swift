/// The arguments of a method of `str`, which are known by position.
struct JinjaTextCall {
    let name: String
    let arguments: JinjaArguments
    let rendering: JinjaRendering

    func check(upTo limit: Int, required: Int = 0, names: [String] = []) throws(TemplateError) {
        let count = arguments.positional.count
        guard arguments.named.allSatisfy({ names.contains($0.0) }) else {
            throw rendering.failure("str.\(name)() takes no keyword arguments")
        }
        guard count < required || count > limit else { return }
        throw rendering.failure(Self.complaint(name, count, required, limit))
    }

    /// What Python says of too few or too many arguments; it has four ways to.
    private static func complaint(_ name: String, _ count: Int, _ required: Int, _ limit: Int) -> String {
        if limit == 0 { return "str.\(name)() takes no arguments (\(count) given)" }
        let bound = count < required ? required : limit
        let quantity = "\(count < required ? "at least" : "at most") \(bound) argument\(bound == 1 ? "" : "s")"
        switch name {
        case "strip", "lstrip", "rstrip", "replace", "ljust", "rjust", "center":
            return "\(name) expected \(quantity), got \(count)"
        case "find", "rfind", "index", "rindex", "count", "startswith", "endswith":
            return "\(name)() takes \(quantity) (\(count) given)"
        case "format_map": return "\(name)() takes exactly one argument (\(count) given)"
        default: return "str.\(name)() takes exactly one argument (\(count) given)"
        }
    }

    func text(_ index: Int) throws(TemplateError) -> JinjaText {
        guard case .text(let text) = arguments.positional[index] else {
            let type = arguments.positional[index].typeName
            switch name {
            case "replace": throw rendering.failure("replace() argument \(index + 1) must be str, not \(type)")
            case "removeprefix", "removesuffix": throw rendering.failure("\(name)() argument must be str, not \(type)")
            default: throw rendering.failure("must be str, not \(type)")
            }
        }
        return text
    }

    func index(_ position: Int) throws(TemplateError) -> Int? {
        guard position < arguments.positional.count else { return nil }
        let value = arguments.positional[position]
        if value.isNone { return nil }
        guard let index = value.index else {
            throw rendering.failure(
                name == "replace"
                    ? "'\(value.typeName)' object cannot be interpreted as an integer"
                    : "slice indices must be integers or None or have an __index__ method")
        }
        return index
    }

    /// The bytes between the positions that are the second and third argument; nil when they lie outside the text.
    func range(in text: JinjaText) throws(TemplateError) -> Range<Int>? {
        guard arguments.positional.count > 1 else { return 0..<text.bytes.count }
        let count = text.count
        func clamped(_ position: Int) -> Int { position < 0 ? max(0, position &+ count) : position }
        let start = clamped(try index(1) ?? 0)
        let end = min(count, clamped(try index(2) ?? count))
        guard start <= count, start <= end else { return nil }
        return text.byteOffset(of: start)..<text.byteOffset(of: end)
    }
}
