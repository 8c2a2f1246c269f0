import Foundation
import MLOpsCore
import TestSupport
import Testing

/// `mlops migrate` and `mlops completion`, as a shell sees them.
@Suite struct MigrateCommandTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write(
            "model_name_or_path: org/model\nuse_peft: true\nlora_r: 8\npush_to_hub: true\n", to: "trl.yaml")
    }

    private func mlops(_ arguments: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(arguments, in: folder.url)
    }

    @Test func theResultComposesAndWhatIsLeftIsTold() async throws {
        let result = try await mlops("migrate", "--from", "trl", "trl.yaml", "--output", "conf/mine.yaml")
        #expect(result.status == 74 || result.status == 66, "a directory that is not there")
        try folder.write("", to: "conf/empty.yaml")
        let written = try await mlops("migrate", "--from", "trl", "trl.yaml", "--output", "conf/mine.yaml")
        #expect(written.status == 0 && written.output.isEmpty)
        #expect(written.complaint.contains("no counterpart: push_to_hub: True."))
        let text = try String(contentsOf: folder.url.appending(path: "conf/mine.yaml"), encoding: .utf8)
        #expect(text.contains("\nmodel_name: org/model\n") && text.contains("\nlora_r: 8\n"))
        #expect(text.contains("#   push_to_hub: True — "))
    }

    @Test func itPrintsJSONAndNothingElse() async throws {
        let result = try await mlops("migrate", "--from", "trl", "trl.yaml", "--json")
        let value = try JSONValue(parsing: result.output)
        #expect(result.status == 0 && value["tool"] == "trl")
        #expect(value["remaining"]?[0]?["key"] == "push_to_hub")
    }

    @Test func whatCannotBeReadHasItsStatus() async throws {
        #expect(try await mlops("migrate", "--from", "trl", "none.yaml").status == 66)
        #expect(try await mlops("migrate", "--from", "nobody", "trl.yaml").status == 64)
        try folder.write("a: [\n", to: "broken.yaml")
        let broken = try await mlops("migrate", "--from", "mlx", "broken.yaml")
        #expect(broken.status == 78 && broken.complaint.contains("broken.yaml:2:1"))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func aShellGetsAScriptThatAsksForOverrides(shell: String) async throws {
        let result = try await mlops("completion", shell)
        #expect(result.status == 0 && result.output.contains("---completion"))
    }

    @Test func overridesAreCompleted() async throws {
        // What the scripts call: the command, the argument's name, then the words, their index and the place inside.
        let script = try await mlops("completion", "bash").output
        #expect(script.contains("compopt -o nospace"))
        let call = ["---completion", "train", "--", "positional@0", "1", "0", "train", "lora_r"]
        let result = try await BuiltProgram.mlops.run(call, in: folder.url)
        #expect(result.output.split(separator: "\n").contains { $0.hasPrefix("lora_r=") }, "\(result)")
    }
}
