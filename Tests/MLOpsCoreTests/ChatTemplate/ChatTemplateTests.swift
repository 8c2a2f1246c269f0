import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Chat templates against jinja2 in the environment of transformers (`Scripts/make_chat_templates.py`).
@Suite struct ChatTemplateTests {
    @Test func templatesOfAllFamiliesRenderAsTransformersRendersThem() throws {
        let document = try ChatTemplateFixture.document("families.json")
        let cases = try #require(document["cases"]?.array)
        #expect(cases.count >= 400)
        for entry in cases {
            let name = entry["template"]?.string ?? ""
            let conversation = entry["conversation"]?.string ?? ""
            let input = try ChatTemplateFixture.input(document["conversations"]?[conversation])
            let text = try ChatTemplateFixture.text(ChatTemplateFixture.template(name), input)
            #expect(text == entry["text"]?.string, "\(name), \(conversation)")
            #expect(text.map { Array($0.utf8) } == entry["text"]?.string.map { Array($0.utf8) }, "\(name)")
        }
    }

    @Test func expressionsAndStatementsAreJinjas() throws {
        let document = try ChatTemplateFixture.document("expressions.json")
        let cases = try #require(document["cases"]?.array)
        let input = try ChatTemplateFixture.input(document["context"])
        #expect(cases.count >= 900)
        for entry in cases {
            let source = entry[0]?.string ?? ""
            let text = ChatTemplateFixture.text(source, input)
            #expect(text.map { Array($0.utf8) } == entry[1]?.string.map { Array($0.utf8) }, "\(source)")
        }
    }

    /// Python 3.11's `html.unescape`, by `Markup.unescape` of MarkupSafe 3.0.4.
    @Test(arguments: [
        ("&Aacute;&nbsp;&NotEqualTilde;|&hearts;", "\u{C1}\u{A0}\u{2242}\u{338}|\u{2665}"),
        ("&notit; &notin;", "\u{AC}it; \u{2209}"),
        ("&amp;lt; &amp &ampamp; &lt", "&lt; & &amp; <"), ("&#65; &#x41 &#X1f600;", "A A \u{1F600}"),
        ("&#128;&#0;&#xD800;&#99999999999;", "\u{20AC}\u{FFFD}\u{FFFD}\u{FFFD}"), ("a&#11;b&#xFDD0;c", "abc"),
        ("&; & &nosuch; &#; &#x;", "&; & &nosuch; &#; &#x;"), ("&hearts &hearts;", "&hearts \u{2665}"),
    ]) func namedAndNumberedCharactersAreHTMLs(text: String, meaning: String) throws {
        let input = try ChatTemplateFixture.input(["messages": [], "t": .string(text)])
        let rendered = ChatTemplateFixture.text("{{ (t|safe).unescape() }}", input)
        #expect(rendered.map { Array($0.utf8) } == Array(meaning.utf8), "\(rendered ?? "")")
    }

    /// jinja2 3.1.6: what a variable says about escapes is not asked where `~` is compiled.
    @Test(arguments: [("true", "<&lt;"), ("n", "&lt;&lt;"), ("false", "<<")])
    func aJoinIsPlainTextWhereAVariableDecidesAboutEscapes(condition: String, rendered: String) throws {
        let input = try ChatTemplateFixture.input(["messages": [], "n": 1, "s": "<"])
        let source = "{% autoescape \(condition) %}{{ (s|safe) ~ '<' }}{% endautoescape %}"
        #expect(ChatTemplateFixture.text(source, input) == rendered)
    }

    @Test func runsCoverTheTextWithoutGaps() throws {
        let document = try ChatTemplateFixture.document("families.json")
        for entry in try #require(document["cases"]?.array) where entry["text"]?.string != nil {
            let input = try ChatTemplateFixture.input(
                document["conversations"]?[entry["conversation"]?.string ?? ""])
            let template = try ChatTemplate(ChatTemplateFixture.template(entry["template"]?.string ?? ""))
            let rendered = try template.rendering(input)
            var end = 0
            var last: RenderedConversation.Source?
            for run in rendered.runs {
                #expect(run.range.lowerBound == end && !run.range.isEmpty && run.source != last)
                end = run.range.upperBound
                last = run.source
            }
            #expect(end == rendered.text.utf8.count)
        }
    }

    @Test func aModelsOwnTemplateStartsWithItsSystemMessage() throws {
        let files = try ModelFiles(contentsOf: Fixture.tinyLlama)
        let source = try #require(try files.chatTemplate())
        let variables = try files.templateVariables()
        #expect(variables["bos_token"] == "<|im_start|>" && variables["eos_token"] == "<|im_end|>")
        let text = try ChatTemplate(source).rendering(
            ChatTemplateInput([ChatMessage(role: "user", content: "Hi")], variables: variables)
        ).text
        #expect(text.contains("<|im_start|>user\nHi<|im_end|>"))
    }

    @Test(.enabled(if: Fixture.smolLM2 != nil)) func smolLM2IntroducesItself() throws {
        let files = try ModelFiles(contentsOf: try #require(Fixture.smolLM2))
        let rendered = try ChatTemplate(try #require(try files.chatTemplate())).rendering(
            ChatTemplateInput([ChatMessage(role: "user", content: "Hi")], addsGenerationPrompt: true))
        let expected =
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
            + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
        #expect(rendered.text == expected)
    }

    @Test func aMessageIsContinuedWhereItsTextEnds() throws {
        let source = "{% for m in messages %}[{{ m.content }}]{% endfor %}!"
        let trimming = "{% for m in messages %}<{{ m.role }}>{{ m.content|trim }}</>\n{% endfor %}"
        func text(_ source: String, _ content: JSONValue, role: String = "assistant") throws -> String {
            let messages: [JSONValue] = [
                ["role": "user", "content": "Hi"], ["role": .string(role), "content": content],
            ]
            return try ChatTemplate(source).continuation(ChatTemplateInput(messages: messages)).text
        }
        #expect(try text(source, "So ") == "[Hi][So ")
        #expect(try text(trimming, "So ") == "<user>Hi</>\n<assistant>So")
        #expect(try text(trimming, "") == "<user>Hi</>\n<assistant>")
        let parts = "{% for m in messages %}{% for p in m.content %}{{ p.text }}|{% endfor %}{% endfor %}"
        #expect(try text(parts, [["type": "text", "text": "a"], ["type": "image"]]).hasSuffix("a"))
        for refused in [source.replacing("m.content", with: "m.role"), "{{ messages[0].content }}"] {
            #expect(throws: TemplateError.self) { try text(refused, "So") }
        }
        #expect(throws: TemplateError.self) { try text(source, nil) }
    }

    @Test func wholeNumbersOfMessagesKeepTheirDigits() throws {
        let template = try ChatTemplate("{{ messages[0].n }} {{ messages[0].n|tojson }} {{ messages[0].n + 1 }}")
        let message = try JSONValue(parsing: #"{"n": -98765432109876543210}"#)
        let text = try template.rendering(ChatTemplateInput(messages: [message])).text
        #expect(text == "-98765432109876543210 -98765432109876543210 -98765432109876543209")
    }

    @Test func bytesOfAMessageStayTheMessages() throws {
        let template = try ChatTemplate("{{ messages[0].content.encode() }}{{ messages[0].content.encode().decode() }}")
        let rendered = try template.rendering(ChatTemplateInput([ChatMessage(role: "user", content: "<|x|>")]))
        #expect(rendered.text == "b'<|x|>'<|x|>")
        #expect(rendered.runs.map(\.source) == [.message(0)])
    }

    @Test func variablesTakeNoOthersPlaceUnlessNamed() throws {
        let template = try ChatTemplate("{{ add_generation_prompt }} {{ tools }} {{ documents }} {{ messages|length }}")
        var input = ChatTemplateInput(messages: [], addsGenerationPrompt: true)
        #expect(try template.rendering(input).text == "True None None 0")
        input.variables = ["add_generation_prompt": false, "tools": [1], "documents": [2], "messages": [["role": "x"]]]
        #expect(try template.rendering(input).text == "False [1] [2] 1")
    }

    @Test func theTimeComesFromOutside() throws {
        let template = try ChatTemplate("{{ strftime_now('%d %b %Y, %H:%M:%S, %-d %j %A %p %I %y %F %T %%') }}")
        var input = ChatTemplateInput([])
        input.now = ChatTemplateFixture.now
        let expected = "04 Mar 2025, 05:06:07, 4 063 Tuesday AM 05 25 2025-03-04 05:06:07 %"
        #expect(try template.rendering(input).text == expected)
    }

    @Test func generationBlocksAreRemembered() throws {
        let template = try ChatTemplate(
            "{% for m in messages %}[{% if m.role == 'assistant' %}{% generation %}{{ m.content }}!{% endgeneration %}"
                + "{% endif %}]{% endfor %}")
        let rendered = try template.rendering(
            ChatTemplateInput([
                ChatMessage(role: "user", content: "x"), ChatMessage(role: "assistant", content: "é"),
                ChatMessage(role: "assistant", content: "yes"),
            ]))
        #expect(rendered.text == "[][é!][yes!]")
        let bytes = Array(rendered.text.utf8)
        #expect(rendered.generationRanges.map { String(decoding: bytes[$0], as: UTF8.self) } == ["é!", "yes!"])
    }

    @Test func errorsSayWhereAndWhat() throws {
        func error(_ source: String) -> TemplateError? {
            #expect(throws: TemplateError.self) { try ChatTemplate(source).rendering(ChatTemplateInput([])) }
        }
        let refused = error("\n\n{{ raise_exception('no tools here') }}")
        #expect(refused?.code == .refused && refused?.reason == "no tools here" && refused?.line == 3)
        let syntax = error("a\n{% if %}")
        #expect(syntax?.code == .syntax && syntax?.line == 2)
        let undefined = error("{{ a\n .b }}")
        #expect(undefined?.code == .evaluation && undefined?.reason == "'a' is undefined" && undefined?.line == 1)
        #expect(error("{{ 'a' * 10**12 }}")?.code == .tooMuch)
    }
}
