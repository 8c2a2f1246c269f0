import ArgumentParser
import Foundation
import MLOpsCore
import OrderedCollections

/// Prints a conversation as a chat template writes it (`mlops render`).
struct Render: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a conversation as a model's chat template writes it.",
        discussion: """
            Prints the text byte for byte, without an end of line of its own. The messages are a JSON list, or an object \
            {"messages": […], "tools": […], "documents": […], "add_generation_prompt": true} whose other members are \
            variables of the template; - reads them from standard input.
            """
    )

    @Option(help: ArgumentHelp("A Jinja file, or a tokenizer_config.json or chat_template.json.", valueName: "file"))
    var chatTemplate: String?
    @Option(help: ArgumentHelp("The model whose template is used: a directory, a run, a GGUF file or a hub name."))
    var model: String?
    @Option(help: ArgumentHelp("The conversation, as JSON.", valueName: "file"))
    var messages: String
    @Option(help: ArgumentHelp("Descriptions of tools, as a JSON list.", valueName: "file"))
    var tools: String?
    @Option(help: ArgumentHelp("Documents to answer from, as a JSON list.", valueName: "file"))
    var documents: String?
    @Flag(help: "Write the beginning of an answer at the end.")
    var addGenerationPrompt = false
    @Flag(help: "End with the last message's text, for a model to go on with it.")
    var continueFinalMessage = false
    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("A variable of the template; a value that is JSON is read as such.", valueName: "name=value")
    )
    var variables: [TemplateVariable] = []
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (chatTemplate == nil) != (model == nil) else {
            throw ValidationError("Name either --chat-template or --model.")
        }
        guard !(continueFinalMessage && addGenerationPrompt) else {
            throw ValidationError("Give either --continue-final-message or --add-generation-prompt.")
        }
        guard [messages, tools, documents, chatTemplate].filter({ $0 == "-" }).count < 2 else {
            throw ValidationError("Only one file can be read from standard input.")
        }
    }

    func run() async throws {
        var input = try conversation()
        if let tools { input.tools = try json(tools) }
        if let documents { input.documents = try json(documents) }
        let (source, tokens) = try template(hasTools: input.tools?.isNull == false)
        if model != nil { input.messages = try Self.normalized(input.messages) }
        // The model's tokens first: what the caller names wins over them.
        input.variables = tokens.merging(input.variables) { _, last in last }
        for variable in variables { input.variables[variable.name] = variable.value }
        if addGenerationPrompt {
            input.addsGenerationPrompt = true
            input.variables["add_generation_prompt"] = nil
        }
        let template = try ChatTemplate(source)
        let rendered = try continueFinalMessage ? template.continuation(input) : template.rendering(input)
        guard output.json else { return try output.console.write(rendered.text) }
        try output.console.json(["text": .string(rendered.text)])
    }

    /// The messages as `apply_chat_template` hands them to a tokenizer's template: at least one, without null members.
    private static func normalized(_ messages: [JSONValue]) throws -> [JSONValue] {
        guard !messages.isEmpty else {
            throw RenderError(
                message: "Cannot apply chat template to an empty conversation. Provide at least one message.")
        }
        return messages.map { message in
            guard let members = message.object else { return message }
            return .object(members.filter { !$0.value.isNull })
        }
    }

    /// The file of messages, with whatever it holds besides.
    private func conversation() throws -> ChatTemplateInput {
        let value = try json(messages)
        if let list = value.array { return ChatTemplateInput(messages: list, now: TimeSource.system.now()) }
        guard var members = value.object, let list = members.removeValue(forKey: "messages")?.array else {
            throw MessageFileError(path: messages, problem: "it is no list of messages")
        }
        let tools = members.removeValue(forKey: "tools")
        let documents = members.removeValue(forKey: "documents")
        return ChatTemplateInput(
            messages: list, tools: tools, documents: documents, variables: members, now: TimeSource.system.now())
    }

    private func json(_ path: String) throws -> JSONValue {
        let data = try InputFile.data(path)
        do throws(JSONError) {
            return try JSONValue(parsing: data)
        } catch {
            throw RenderError(message: "'\(path)': \(error.message)")
        }
    }

    /// The template's source and the special tokens it may name.
    private func template(hasTools: Bool) throws -> (String, JSONObject) {
        if let model {
            let files = try TextFiles(contentsOf: try ModelLocator().locate(model).url)
            guard let source = try files.chatTemplate(hasTools: hasTools) else {
                throw RenderError(message: "The model '\(model)' has no chat template. Name one with --chat-template.")
            }
            return (source, try files.templateVariables())
        }
        let path = chatTemplate ?? "-"
        let text = try InputFile.text(path)
        guard path.hasSuffix(".json") else { return (text, [:]) }
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: text)
        } catch {
            throw RenderError(message: "'\(path)': \(error.message)")
        }
        var entry = document["chat_template"] ?? document
        if let named = entry.array {
            // As transformers does: the template for tools, if there is one and there are tools, else the default.
            let names = hasTools ? ["tool_use", "default"] : ["default"]
            entry =
                names.lazy.compactMap { name in named.first { $0["name"]?.string == name } }.first?["template"] ?? .null
        }
        guard let source = entry.string else {
            throw RenderError(message: "'\(path)' holds no \"chat_template\". Name a file that does, or a Jinja file.")
        }
        return (source, ModelFiles.templateVariables(in: document))
    }
}

/// `name=value` on the command line.
struct TemplateVariable: ExpressibleByArgument {
    let name: String
    let value: JSONValue

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
        name = String(argument[..<sign])
        let text = String(argument[argument.index(after: sign)...])
        value = (try? JSONValue(parsing: text)) ?? .string(text)
    }
}

/// Something that cannot be rendered.
struct RenderError: ReportableError {
    let message: String
    var exitStatus: ExitStatus { .invalidData }
}
