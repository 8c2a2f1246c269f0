import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import MLOpsCore

/// The configurations that ship with the program, and the snapshot of a run.
@Suite struct PresetTests {
    static let training = [
        "train", "train_small", "train_medium", "train_large", "train_remote", "quickstart", "quickstart_smollm2",
        "pretrain_tiny",
    ]
    static let evaluation = ["eval", "eval_baseline"]
    private static let files = ConfigSource(.directory(Fixture.package.appending(path: "configs")))

    @Test func theFilesAndTheBuiltInTextsAreTheSame() throws {
        let folder = Fixture.package.appending(path: "configs")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == (Self.training + Self.evaluation).map { "\($0).yaml" }.sorted())
        #expect(Set(BuiltInConfigs.texts.keys) == Set(Self.training + Self.evaluation))
        for (name, text) in BuiltInConfigs.texts {
            let file = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
            #expect(file == text, "run scripts/embed-configs.sh")
        }
    }

    @Test(arguments: training, [ConfigSource.builtIn, files])
    func aTrainingPresetBindsAndItsSnapshotRepeatsIt(name: String, source: ConfigSource) throws {
        let configuration = try RunConfiguration(RunConfiguration.compose(name, from: [source]))
        try configuration.validate()
        let snapshot = ConfigSource(.texts(["config_used": configuration.yaml]))
        #expect(try RunConfiguration(RunConfiguration.compose("config_used", from: [snapshot])) == configuration)
    }

    @Test(arguments: evaluation, [ConfigSource.builtIn, files])
    func anEvaluationPresetBindsAndItsSnapshotRepeatsIt(name: String, source: ConfigSource) throws {
        let configuration = try EvalConfiguration(EvalConfiguration.compose(name, from: [source]))
        try configuration.validate()
        let snapshot = ConfigSource(.texts(["config_used": configuration.yaml]))
        #expect(try EvalConfiguration(EvalConfiguration.compose("config_used", from: [snapshot])) == configuration)
    }

    /// The first preset of a kind is its reference: every key is in it, at its default.
    @Test func theFirstPresetsNameEveryKeyAtItsDefault() throws {
        func check<Root>(_ schema: ConfigurationSchema<Root>, _ preset: String) throws {
            let tree = try ConfigComposer([.builtIn]).compose(preset).tree
            for key in schema.keys {
                let path = key.name.split(separator: ".").map(String.init)
                let node = try #require(tree[path], "\(preset).yaml does not name \(key.name)")
                guard let value = key.defaultValue else { continue }
                #expect(node.hasSameValues(as: ConfigNode(json: value, origin: node.origin)), "\(key.name)")
            }
        }
        try check(RunConfiguration.schema, "train")
        try check(EvalConfiguration.schema, "eval")
    }

    @Test func aSnapshotKeepsTextThatLooksLikeAnInterpolation() throws {
        var configuration = RunConfiguration(modelName: "m")
        configuration.optimization.learningRate = 1e-5
        configuration.optimization.warmup = .steps(7)
        configuration.optimization.maximumGradientNorm = nil
        configuration.lora.initialization = .gaussian
        configuration.gate.rules = [.init(metric: "chrf", minimumValue: 0.5)]
        for text in [#"a\${b}"#, "${no.such}", "a: b # c", "null", "1e-3", "yes", #"\\\${x}"#, "two\nlines", "čaj 🍵"] {
            configuration.data.path = text
            let snapshot = ConfigSource(.texts(["config_used": configuration.yaml]))
            let read = try RunConfiguration(RunConfiguration.compose("config_used", from: [snapshot]))
            #expect(read == configuration, "\(text)")
        }
    }

    @Test func theReferenceInTheDocumentationIsUpToDate() throws {
        let file = Fixture.package.appending(path: "Docs/Configuration.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        for reference in [RunConfiguration.schema.reference, EvalConfiguration.schema.reference] {
            #expect(text.contains(reference), "run scripts/document-configuration.sh")
        }
    }

    @Test func everyKeyIsExplained() throws {
        for key in RunConfiguration.schema.keys {
            let text = try RunConfiguration.schema.explanation(of: key.name)
            #expect(text.hasPrefix(key.name) && text.contains("takes: ") && text.contains("default: "))
            #expect(key.summary.hasSuffix("."), "\(key.name)")
        }
        #expect(try RunConfiguration.schema.explanation(of: "eval").contains("eval.max_samples"))
        #expect(throws: ConfigurationError.self) { try RunConfiguration.schema.explanation(of: "evals") }
    }
}
