/// `dict`: calling it makes a dictionary.
final class JinjaDictionaryMaker: JinjaObject {
    override var typeName: String { "TemplateDict" }
    override var module: String { "transformers.utils.chat_template_utils." }
    override var isCallable: Bool { true }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        name.string == "fromkeys" ? .object(JinjaFunction("fromkeys", body: Self.fromKeys)) : nil
    }

    override func call(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        try JinjaGlobals.dictionary(arguments, rendering)
    }

    /// `dict.fromkeys(keys, value)`: a dictionary that has the one value under every key.
    static func fromKeys(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        guard arguments.named.isEmpty else { throw rendering.failure("dict.fromkeys() takes no keyword arguments") }
        let count = arguments.positional.count
        guard count > 0 else { throw rendering.failure("fromkeys expected at least 1 argument, got 0") }
        guard count <= 2 else { throw rendering.failure("fromkeys expected at most 2 arguments, got \(count)") }
        let value = count > 1 ? arguments.positional[1] : .none
        return try rendering.dictionary(try rendering.elements(of: arguments.positional[0]).map { ($0, value) })
    }
}
