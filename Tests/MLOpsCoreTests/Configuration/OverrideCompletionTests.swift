import Foundation
import TestSupport
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

    @Test func hydrasOwnSettingsEarlierOverridesElementsAndDeletionsCount() {
        #expect(words("hydra.job.na") == ["hydra.job.name="])
        #expect(words("hydra/job_logging=d") == ["hydra/job_logging=default", "hydra/job_logging=disabled"])
        #expect(words("~lora_r") == ["~lora_r"])
        #expect(words("gate.rules.") == ["gate.rules.0.", "gate.rules.1."])
        let later = OverrideCompletion.candidates(
            for: "optim.beta=", after: ["optim=sgd"], of: RunConfiguration.self, name: "train", sources: [source])
        #expect(later == ["optim.beta=2"])
    }

    @Test func filesAreOfferedForPaths() throws {
        let folder = try TemporaryDirectory()
        try Data().write(to: folder.url.appending(path: "rows.jsonl"))
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "raw"), withIntermediateDirectories: true)
        let place = folder.url.path
        #expect(words("dataset_path=\(place)/r") == ["dataset_path=\(place)/raw/", "dataset_path=\(place)/rows.jsonl"])
        #expect(words("dataset_path=\(place)/nothing").isEmpty)
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
