/// `self`: the template's blocks by name, each to be written once more.
final class JinjaTemplateReference: JinjaObject {
    override var typeName: String { "TemplateReference" }
    override var module: String { "jinja2.runtime." }
    override var description: String { "<TemplateReference None>" }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        guard let body = rendering.program.blocks[name.string] else { return nil }
        return .object(
            JinjaFunction(name.string) { (arguments, rendering) throws(TemplateError) in
                if let extra = arguments.named.first {
                    throw rendering.failure("BlockReference.__call__() got an unexpected keyword argument '\(extra.0)'")
                }
                guard arguments.positional.isEmpty else {
                    throw rendering.failure(
                        "BlockReference.__call__() takes 1 positional argument but "
                            + "\(arguments.positional.count + 1) were given")
                }
                var text = try rendering.captured(
                    body, in: JinjaScope(parent: rendering.globals, seesHidden: true))
                text.isSafe = rendering.escapes
                return .text(text)
            })
    }
}
