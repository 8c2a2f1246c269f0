import Foundation
import Testing

@testable import MLOpsCore

/// What is offered while an override is typed.
@Suite struct OverrideCompletionTests {
    private let source = ConfigSource(
        .texts([
            "train": "defaults:\n- optim: adamw\n- _self_\nown: {deep: {x: 1}}\nmodel_name: some model\n",
            "optim/adamw": "beta: 1\n", "optim/sgd": "beta: 2\n", "optim/nested/one": "a: 1\n",
        ]))

    private func words(_ word: String) -> [String] {
        OverrideCompletion.candidates(for: word, of: RunConfiguration.self, name: "train", sources: [source])
    }

    @Test func groupsOptionsKeysAndValuesAreOffered() {
        #expect(words("opt") == ["optim.", "optim/", "optim="])
        #expect(words("optim=") == ["optim=adamw", "optim=sgd"])
        #expect(words("optim=s") == ["optim=sgd"])
        #expect(words("optim/") == ["optim/nested="])
        #expect(words("own.") == ["own.deep."])
        #expect(words("own.deep.") == ["own.deep.x="])
        #expect(words("own.deep.x=") == ["own.deep.x=1"])
        #expect(words("lora_r") == ["lora_r="])
        #expect(words("++use_do") == ["++use_dora="])
        #expect(words("use_dora=") == ["use_dora=false", "use_dora=true"])
        #expect(words("eval.ma") == ["eval.max_samples="])
        #expect(words("model_name=") == ["model_name='some model'"])
        #expect(words("precision=b") == ["precision=bf16"])
        #expect(words("nothing_such").isEmpty)
    }

    @Test func everyTopLevelKeyOfTheSchemaIsOffered() {
        let offered = Set(words(""))
        for key in RunConfiguration.schema.keys where key.group.isEmpty { #expect(offered.contains(key.name + "=")) }
        for key in RunConfiguration.schema.keys where !key.group.isEmpty {
            #expect(offered.contains(key.group.prefix { $0 != "." } + "."))
        }
    }

    @Test func aConfigurationThatDoesNotComposeStillOffersTheSchema() {
        let broken = ConfigSource(.texts(["train": "a: ["]))
        let found = OverrideCompletion.candidates(
            for: "lr", of: RunConfiguration.self, name: "train", sources: [broken])
        #expect(found == ["lr=", "lr_scheduler_kwargs.", "lr_scheduler_type="])
    }
}
