import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// The loss mask: what of a conversation is learned, whatever the template.
@Suite struct ConversationEncoderTests {
    let files: ModelFiles
    let tokenizer: PretrainedTokenizer

    init() throws {
        files = try ModelFiles(contentsOf: Fixture.tinyLlama)
        tokenizer = try #require(try files.tokenizer())
    }

    private func encoder(_ template: String?) throws -> ConversationEncoder {
        ConversationEncoder(
            tokenizer: tokenizer, template: try template.map { try ChatTemplate($0) },
            variables: ["bos_token": "<|im_start|>", "eos_token": "<|im_end|>"])
    }

    private func conversation(_ turns: (String, String)...) -> Conversation {
        Conversation(messages: turns.map { ChatMessage(role: $0.0, content: $0.1) })
    }

    private func learned(_ example: TokenizedExample) -> String {
        tokenizer.decode(
            zip(example.ids, example.isSupervised).filter(\.1).map(\.0), skipSpecialTokens: false)
    }

    private func text(_ example: TokenizedExample) -> String {
        tokenizer.decode(example.ids, skipSpecialTokens: false)
    }

    @Test func everyAnswerIsLearnedWithTheTokenThatEndsIt() throws {
        let example = try ConversationEncoder(files).example(
            conversation(("system", "s"), ("user", "one"), ("assistant", "1"), ("user", "two"), ("assistant", "2 ")))
        #expect(
            text(example)
                == "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\none<|im_end|>\n<|im_start|>assistant\n1<|im_end|>\n"
                + "<|im_start|>user\ntwo<|im_end|>\n<|im_start|>assistant\n2 <|im_end|>\n")
        #expect(learned(example) == "1<|im_end|>2 <|im_end|>")
    }

    @Test func whatIsAskedIsWhatTheModelWasTrainedAfter() throws {
        let encoder = try ConversationEncoder(files)
        let row = conversation(("user", "one"), ("assistant", "1"), ("user", "two"), ("assistant", "2"))
        let example = try encoder.example(row)
        let prompt = try encoder.prompt(Array(row.prompt))
        #expect(Array(example.ids.prefix(prompt.count)) == prompt)
        #expect(example.isSupervised[prompt.count])
        #expect(!example.isSupervised[prompt.count - 1])
        #expect(encoder.stopIDs == [2])
    }

    @Test func theSpellingOfAControlTokenInAMessageStaysText() throws {
        let example = try ConversationEncoder(files).example(
            conversation(("user", "say <|im_end|>"), ("assistant", "<|im_end|> <|im_start|>system")))
        #expect(example.ids.count { $0 == 2 } == 2)
        #expect(example.ids.count { $0 == 1 } == 2)
        #expect(learned(example) == "<|im_end|> <|im_start|>system<|im_end|>")
    }

    @Test func allMeansAllButTheFirst() throws {
        let example = try ConversationEncoder(files).example(
            conversation(("user", "a"), ("assistant", "b")), trainOn: .all)
        #expect(!example.isSupervised[0])
        #expect(example.isSupervised.dropFirst().allSatisfy { $0 })
    }

    /// Llama 2's way: the turn ends with EOS, and the system text lies inside the first user turn.
    @Test func aTemplateWithoutHeadersIsReadByRendering() throws {
        let encoder = try encoder(
            """
            {%- for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content | trim }} [/INST]{% else %} \
            {{ m.content | trim }} {{ eos_token }}{% endif %}{% endfor %}
            """)
        let example = try encoder.example(
            conversation(("user", " q "), ("assistant", " a "), ("user", "r"), ("assistant", "b")))
        #expect(text(example) == "[INST] q [/INST] a <|im_end|>[INST] r [/INST] b <|im_end|>")
        #expect(learned(example) == " a <|im_end|> b <|im_end|>")
    }

    /// Alpaca's way: no token ends a turn, so the last answer gets EOS, and what follows it in the template is no part of it.
    @Test func anAnswerThatNothingEndsIsFollowedByEOS() throws {
        let encoder = try encoder(
            """
            {% for m in messages %}### {{ m.role }}:
            {{ m.content }}

            {% endfor %}{% if add_generation_prompt %}### assistant:
            {% endif %}
            """)
        let example = try encoder.example(
            conversation(("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b")))
        #expect(
            text(example) == "### user:\nq\n\n### assistant:\na\n\n### user:\nr\n\n### assistant:\nb<|im_end|>")
        #expect(learned(example) == "ab<|im_end|>")
    }

    @Test func generationBlocksDecideWhereATemplateHasThem() throws {
        let encoder = try encoder(
            "{% for m in messages %}{% if m.role == 'assistant' %}A:{% generation %}{{ m.content }};{% endgeneration %}"
                + "{% else %}U:{{ m.content }}{% endif %}{% endfor %}")
        #expect(learned(try encoder.example(conversation(("user", "q"), ("assistant", "a")))) == "a;")
    }

    /// A template may write thoughts, calls and the like around the content: all of it is what the model must say.
    @Test func whatTheTemplateAddsToAnAnswerIsLearnedToo() throws {
        let encoder = try encoder(
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}<think>\n\n</think>\n\n{% endif %}"
                + "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
        )
        let example = try encoder.example(conversation(("user", "q"), ("assistant", "a")))
        #expect(learned(example) == "<think>\n\n</think>\n\na<|im_end|>")
    }

    @Test func aTemplateThatChangesWhatItWroteIsRefused() throws {
        let encoder = try encoder(
            "{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}")
        let error = #expect(throws: ConversationError.self) {
            try encoder.example(conversation(("user", "q"), ("assistant", "a")))
        }
        #expect(error?.code == .changedPrefix)
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func aTemplatesOwnRefusalIsPassedOn() throws {
        let encoder = try encoder("{{ raise_exception('no system turns') }}")
        #expect {
            try encoder.example(conversation(("system", "s"), ("user", "q"), ("assistant", "a")))
        } throws: { ($0 as? TemplateError)?.message.contains("no system turns") == true }
    }

    @Test func withoutATemplateAPromptIsFollowedByItsCompletion() throws {
        let encoder = try encoder(nil)
        var row = conversation(("user", "2+2"), ("assistant", "4 <|im_end|>"))
        row.kind = .promptCompletion
        let example = try encoder.example(row)
        #expect(text(example) == "2+2\n4 <|im_end|><|im_end|>")
        #expect(learned(example) == "4 <|im_end|><|im_end|>")
        #expect(example.ids.count { $0 == 2 } == 1)
        #expect(try encoder.prompt([row.messages[0]]) == tokenizer.encode("2+2\n"))
        let turns = #expect(throws: ConversationError.self) {
            try encoder.example(conversation(("user", "a"), ("assistant", "b")))
        }
        #expect(turns?.code == .noTemplate)
    }

    @Test func exactlyOneBOSStandsFirstWhereTheModelExpectsIt() throws {
        let json = try #require(try files.tokenizerJSON()?.object)
        var changed = json
        changed["post_processor"] = [
            "type": "TemplateProcessing",
            "single": [
                ["SpecialToken": ["id": "<|endoftext|>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
            ],
            "pair": [["Sequence": ["id": "A", "type_id": 0]], ["Sequence": ["id": "B", "type_id": 1]]],
            "special_tokens": [
                "<|endoftext|>": ["id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]]
            ],
        ]
        let tokenizer = try PretrainedTokenizer(
            json: .object(changed), special: SpecialTokenIDs(bos: 0, eos: 2))
        for template in ["{{ bos_token }}", ""] {
            let encoder = ConversationEncoder(
                tokenizer: tokenizer,
                template: try ChatTemplate(
                    template + "{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"),
                variables: ["bos_token": "<|endoftext|>", "eos_token": "<|im_end|>"])
            let ids = try encoder.example(conversation(("user", "q"), ("assistant", "a"))).ids
            #expect(ids.first == 0)
            #expect(ids.count { $0 == 0 } == 1)
        }
    }

    @Test func aModelWithoutTokenizerSaysSo() throws {
        let folder = try TemporaryDirectory()
        for name in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(at: Fixture.tinyLlama.appending(path: name), to: folder.url(name))
        }
        let error = #expect(throws: ConversationError.self) {
            try ConversationEncoder(ModelFiles(contentsOf: folder.url))
        }
        #expect(error?.exitStatus == .inputMissing)
    }
}
