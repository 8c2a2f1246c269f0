extension JinjaMethods {
    /// The methods of `str`, and of text marked as HTML, whose parts and changes are marked too.
    static func text(
        _ name: String, _ text: JinjaText, _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        guard text.isSafe else { return try plain(name, text, arguments, rendering) }
        switch name {
        case "striptags":
            _ = try rendering.bind(arguments, to: [], of: "Markup.striptags")
            return .text(try rendering.withoutTags(text))
        case "unescape":
            _ = try rendering.bind(arguments, to: [], of: "Markup.unescape")
            return .text(try rendering.unescaped(text))
        case "escape":
            let given = try rendering.bind(arguments, to: ["s"], required: 1, of: "Markup.escape")[0] ?? .none
            return .text(try rendering.escaped(try rendering.str(given)))
        default: break
        }
        let value = try plain(name, text, arguments, rendering)
        switch value {
        case .text(let text): return .text(text.with(mark: true))
        case .list(let list):
            return try rendering.list(list.elements.map { $0.text.map { .text($0.with(mark: true)) } ?? $0 })
        case .tuple(let list):
            return try rendering.tuple(list.elements.map { $0.text.map { .text($0.with(mark: true)) } ?? $0 })
        default: return value
        }
    }
}
