import Foundation
import MLOpsCore
import TestSupport
import Testing

/// `mlops render`, as a shell sees it.
@Suite struct RenderTests {
    private let home: TemporaryDirectory
    private let chatML = """
        {% for m in messages %}<{{ m.role }}>{{ m.content }}
        {% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}
        """

    init() throws {
        home = try TemporaryDirectory()
        try home.write(chatML, to: "t.jinja")
        try home.write(#"[{"role": "user", "content": "Grüße\n"}]"#, to: "m.json")
    }

    private func run(_ arguments: String..., input: String = "") async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(["render"] + arguments, in: home.url, input: input)
    }

    @Test func printsTheTextAsItIs() async throws {
        let plain = try await run("--chat-template", "t.jinja", "--messages", "m.json")
        #expect(plain.status == 0 && plain.output == "<user>Grüße\n\n" && plain.complaint.isEmpty)
        let prompt = try await run("--chat-template", "t.jinja", "--messages", "m.json", "--add-generation-prompt")
        #expect(prompt.output == "<user>Grüße\n\n<assistant>")
        let json = try await run("--chat-template", "t.jinja", "--messages", "m.json", "--json")
        #expect(try JSONValue(parsing: json.output) == ["text": "<user>Grüße\n\n"])
    }

    @Test func readsAnObjectFromStandardInput() async throws {
        try home.write(
            "{{ messages|length }} {{ tools }} {{ add_generation_prompt }} {{ x }} {{ y }} {{ z }}", to: "v.jinja")
        let result = try await run(
            "--chat-template", "v.jinja", "--messages", "-", "--var", "y=[1, 2]", "--var", "z=a b",
            input: #"{"messages": [{"role": "user"}], "tools": [3], "add_generation_prompt": true, "x": 7}"#)
        #expect(result.status == 0 && result.output == "1 [3] True 7 [1, 2] a b", "\(result.complaint)")
        try home.write("[9]", to: "tools.json")
        let named = try await run("--chat-template", "v.jinja", "--messages", "m.json", "--tools", "tools.json")
        #expect(named.output == "1 [9] False   ")
    }

    @Test func takesTheTemplateOutOfAConfiguration() async throws {
        try home.write(
            #"{"bos_token": {"content": "<s>"}, "chat_template": [{"name": "default", "template": "{{ bos_token }}d"}, {"name": "tool_use", "template": "t"}]}"#,
            to: "tokenizer_config.json")
        try home.write("[1]", to: "tools.json")
        let plain = try await run("--chat-template", "tokenizer_config.json", "--messages", "m.json")
        #expect(plain.output == "<s>d", "\(plain.complaint)")
        let tools = try await run(
            "--chat-template", "tokenizer_config.json", "--messages", "m.json", "--tools", "tools.json")
        #expect(tools.output == "t")
    }

    @Test func rendersWithAModel() async throws {
        let result = try await run("--model", Fixture.tinyLlama.path, "--messages", "m.json")
        #expect(
            result.status == 0 && result.output.contains("<|im_start|>user\nGrüße\n<|im_end|>"), "\(result.complaint)")
    }

    @Test func failuresHaveTheirStatus() async throws {
        try home.write("{", to: "bad.json")
        try home.write("{}", to: "none.json")
        try home.write("{% if %}", to: "bad.jinja")
        try home.write("{{ raise_exception('no') }}", to: "refuse.jinja")
        for (arguments, status) in [
            (["--chat-template", "t.jinja", "--messages", "no.json"], 66),
            (["--chat-template", "no.jinja", "--messages", "m.json"], 66),
            (["--model", "no", "--messages", "m.json"], 66),
            (["--chat-template", "t.jinja", "--messages", "bad.json"], 65),
            (["--chat-template", "t.jinja", "--messages", "none.json"], 65),
            (["--chat-template", "none.json", "--messages", "m.json"], 65),
            (["--chat-template", "bad.jinja", "--messages", "m.json"], 65),
            (["--chat-template", "refuse.jinja", "--messages", "m.json"], 65), (["--messages", "m.json"], 64),
            (["--chat-template", "t.jinja", "--model", "x", "--messages", "m.json"], 64),
            (["--chat-template", "t.jinja", "--messages", "m.json", "--var", "x"], 64),
        ] as [([String], Int32)] {
            let result = try await BuiltProgram.mlops.run(["render"] + arguments, in: home.url)
            #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.status)")
        }
    }
}
