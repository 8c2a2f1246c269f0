/// A macro, or the block of a `call`, with the variables around its definition.
final class JinjaMacro: JinjaObject {
    let node: JinjaMacroNode
    let scope: JinjaScope

    init(_ node: JinjaMacroNode, in scope: JinjaScope) {
        self.node = node
        self.scope = scope
    }

    private var quotedName: String { node.name.map { "'\($0)'" } ?? "None" }

    override var typeName: String { "Macro" }
    override var module: String { "jinja2.runtime." }
    override var isCallable: Bool { true }
    override var description: String { node.name.map { "<Macro '\($0)'>" } ?? "<Macro anonymous>" }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        switch name.string {
        case "name": node.name.map { .string($0) } ?? JinjaValue.none
        case "arguments": .tuple(JinjaList(node.parameters.map { .string($0.text) }))
        case "catch_kwargs": .bool(node.namedRest != nil)
        case "catch_varargs": .bool(node.rest != nil)
        case "caller": .bool(node.caller != nil)
        default: nil
        }
    }

    override func call(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        let inner = JinjaScope(parent: scope)
        var given = arguments
        func take(_ name: String) -> JinjaValue? {
            given.named.firstIndex { $0.0 == name }.map { given.named.remove(at: $0).1 }
        }
        var values: [JinjaValue?] = arguments.positional.prefix(node.parameters.count).map { $0 }
        for parameter in node.parameters.dropFirst(values.count) { values.append(take(parameter.text)) }
        if let caller = node.caller {
            inner.set(caller, take("caller") ?? .undefined(.reason("No caller defined")))
        }
        if let rest = node.namedRest {
            inner.set(rest, .dictionary(JinjaDictionary(distinct: given.entries)))
        } else if let extra = given.named.first {
            throw rendering.failure("macro \(quotedName) takes no keyword argument '\(extra.0)'")
        }
        let rest = arguments.positional.dropFirst(node.parameters.count)
        if let name = node.rest {
            inner.set(name, .tuple(JinjaList(Array(rest))))
        } else if !rest.isEmpty {
            throw rendering.failure("macro \(quotedName) takes not more than \(node.parameters.count) argument(s)")
        }
        // What is given is there before the defaults are computed, which may use it.
        for (parameter, value) in zip(node.parameters, values) {
            if let value { inner.set(parameter.name, value) }
        }
        for (parameter, value) in zip(node.parameters, values) where value == nil {
            let fallback = try parameter.fallback.map { value throws(TemplateError) in
                try rendering.evaluate(value, in: inner)
            }
            inner.set(
                parameter.name, fallback ?? .undefined(.reason("parameter '\(parameter.text)' was not provided")))
        }
        var text = try rendering.captured(node.body, in: inner)
        text.isSafe = rendering.escapes
        return .text(text)
    }
}
