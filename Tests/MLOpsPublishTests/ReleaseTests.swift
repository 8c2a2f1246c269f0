import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import MLOpsCore
@testable import MLOpsPublish

/// A run as training leaves it, made by hand around PEFT's adapter fixture.
struct RunFixture {
    let directory: TemporaryDirectory
    var run: URL { directory.url("runs/2026-11-24_10-00-00") }

    init(verdict: Verdict?) throws {
        directory = try TemporaryDirectory()
        let name = "runs/2026-11-24_10-00-00"
        try directory.write("{\"event\":\"finished\",\"status\":\"succeeded\"}\n", to: "\(name)/events.jsonl")
        try FileManager.default.copyItem(at: Fixture.url("Publish/adapter"), to: run.appending(path: "model"))
        var configuration = RunConfiguration(modelName: "example/tiny-llama")
        configuration.data.path = "/somewhere/private/rows.jsonl"
        try directory.write(configuration.yaml, to: "\(name)/config_used.yaml")
        try directory.write(
            #"{"versions":{"mlops":"1"},"datasets":{"/a/b/rows.jsonl":"00ff"}}"#,
            to: "\(name)/artifacts/environment.json")
        guard let verdict else { return }
        let metrics = MetricsFile(
            train: ["final_loss": 0.25], model: ["rouge1": 0.5, "perplexity": 3],
            baseline: ["rouge1": 0.25, "perplexity": 6],
            improvements: [
                "rouge1": Improvement(model: 0.5, baseline: 0.25, direction: .higherIsBetter),
                "perplexity": Improvement(model: 3, baseline: 6, direction: .lowerIsBetter),
            ],
            gate: GateOutcome(rules: [
                .init(
                    rule: "rouge1 > 0.05", metric: "rouge1", observed: 0.25, threshold: 0.05, verdict: verdict,
                    reason: "A | reason.")
            ]), counts: ["rows": 20])
        try metrics.write(to: run.appending(path: "metrics.json"))
    }

    func open() throws -> PublishableRun { try PublishableRun(contentsOf: run) }
}

@Suite struct ReleaseTests {
    @Test func aPassedGateOpensTheDoor() throws {
        let run = try RunFixture(verdict: .passed)
        let approval = try ReleaseApproval(for: run.open(), waiver: "not needed")
        #expect(approval.ground == .passedGate)
        #expect(
            approval.adapterDigest
                == (try Digest.sha256(contentsOf: run.run.appending(path: "model/adapter_model.safetensors"))))
    }

    @Test(
        arguments: [(.failed, .gateFailed), (.inconclusive, .gateInconclusive), (nil, .gateFailed)]
            as [(Verdict?, MLOpsCore.ExitStatus)])
    func withoutOneOnlyAReasonDoes(verdict: Verdict?, status: MLOpsCore.ExitStatus) throws {
        let run = try RunFixture(verdict: verdict)
        let refusal = #expect(throws: PublishError.self) { try ReleaseApproval(for: run.open()) }
        #expect(refusal?.exitStatus == status && refusal?.message.contains("--force") == true)
        let empty = #expect(throws: PublishError.self) { try ReleaseApproval(for: run.open(), waiver: " \n ") }
        #expect(empty?.exitStatus == .usage)
        let approval = try ReleaseApproval(for: run.open(), waiver: "a demo\nfor friends")
        #expect(approval.ground == .waiver(reason: "a demo for friends", verdict: verdict))
        let card = ModelCard(try run.open(), approval: approval).text
        #expect(card.contains("because: a demo for friends"))
    }

    @Test func theCardSaysWhatTheRunKnows() throws {
        let run = try RunFixture(verdict: .passed)
        let text = ModelCard(try run.open()).text
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.first == "---")
        let matter = lines.dropFirst().prefix { $0 != "---" }
        #expect(
            Array(matter) == [
                "base_model: \"example/tiny-llama\"", "base_model_relation: adapter", "library_name: peft",
                "pipeline_tag: text-generation", "tags:", "- lora", "- peft", "- text-generation", "- fine-tuned",
            ])
        #expect(text.contains("| rouge1 | 0.25 | 0.5 | 0.25 | 100 % |"))
        #expect(text.contains("| perplexity | 6 | 3 | 3 | 50 % |"))
        #expect(text.contains("| final loss | 0.25 |") && text.contains("`rows.jsonl`") && text.contains("`00ff`"))
        #expect(text.contains("Quality gate: **passed**. A \\| reason."))
        #expect(!text.contains("/somewhere") && !text.contains("/a/b"))
    }

    @Test func onlyHubNamesAreBaseModels() {
        #expect(ModelCard.isHubName("HuggingFaceTB/SmolLM2-135M-Instruct"))
        for name in ["/models/x", "x", "a/b/c", "../x", "a/b.gguf", "a/", "a/b c", "-a/b"] {
            #expect(!ModelCard.isHubName(name), "\(name)")
        }
    }

    @Test func theLicenceComesFromTheBaseModel() throws {
        let run = try RunFixture(verdict: .passed)
        try FileManager.default.copyItem(at: Fixture.tinyLlama, to: run.directory.url("base"))
        try run.directory.write("---\nlicense: \"Apache-2.0\"\n---\n# x\n", to: "base/README.md")
        let base = try ModelFiles(contentsOf: run.directory.url("base"))
        #expect(ModelCard(try run.open(), base: base).frontMatter.contains("\nlicense: apache-2.0\n"))
        try run.directory.write("---\nlicense: [a, b]\n---\n", to: "base/README.md")
        #expect(ModelCard(try run.open(), base: base).license == nil)
    }

    @Test func anArchiveHoldsTheReleaseAndItsChecksums() throws {
        let run = try RunFixture(verdict: .failed)
        let approval = try ReleaseApproval(for: run.open(), waiver: "test")
        var bytes: [Data] = []
        for name in ["a", "b"] {
            let (archive, _) = try ArchiveRelease(run.open(), approval: approval).write(to: run.directory.url(name))
            bytes.append(try Data(contentsOf: archive))
            #expect(archive.lastPathComponent == "2026-11-24_10-00-00.tar.zst")
        }
        #expect(bytes[0] == bytes[1])
        let files = try Self.unpack(run.directory.url("a/2026-11-24_10-00-00.tar.zst"))
        #expect(
            files.keys.sorted() == [
                "README.md", "SHA256SUMS", "adapter_config.json", "adapter_model.safetensors", "config_used.yaml",
                "environment.json", "metrics.json", "release.json",
            ])
        let sums = String(decoding: files["SHA256SUMS"] ?? [], as: UTF8.self).split(separator: "\n")
        #expect(sums.count == files.count - 1)
        for line in sums {
            let parts = line.split(separator: " ").map(String.init)
            #expect(Digest.sha256(Data(files[parts[1]] ?? [])) == parts[0], "\(parts[1])")
        }
        let record = try JSONValue(parsing: files["release.json"] ?? [])
        #expect(record["approval"] == ["ground": "waiver", "verdict": "failed", "reason": "test"])
        #expect(record["adapter_sha256"]?.string == approval.adapterDigest)
        #expect(try Data(contentsOf: run.directory.url("a/release.json")) == Data(files["release.json"] ?? []))
        // An adapter that changed after the judgement is not the one that was judged.
        try Data([0]).write(to: run.run.appending(path: "model/adapter_model.safetensors"))
        #expect(throws: (any Error).self) {
            try ArchiveRelease(run.open(), approval: approval).write(to: run.directory.url("c"))
        }
    }

    @Test func headersOfArchivesKeepToTheFormat() throws {
        let header = try TarArchive.header(path: "folder/" + String(repeating: "n", count: 99), byteCount: 8)
        #expect(String(decoding: header[0..<99], as: UTF8.self) == String(repeating: "n", count: 99))
        #expect(String(decoding: header[345..<351], as: UTF8.self) == "folder")
        #expect(String(decoding: header[124..<135], as: UTF8.self) == "00000000010")
        #expect(throws: PublishError.self) {
            try TarArchive.header(path: String(repeating: "n", count: 101), byteCount: 0)
        }
        #expect(throws: PublishError.self) { try TarArchive.header(path: "n", byteCount: 1 << 33) }
    }

    /// Reads an archive back: names within the folder, and contents.
    private static func unpack(_ archive: URL) throws -> [String: [UInt8]] {
        let source = try ZstandardByteSource(FileByteSource(path: archive.path))
        var tar: [UInt8] = []
        while let piece = try source.next() { tar += piece }
        var files: [String: [UInt8]] = [:]
        var position = 0
        func text(_ range: Range<Int>) -> String { String(decoding: tar[range].prefix { $0 != 0 }, as: UTF8.self) }
        while tar[position] != 0 {
            let size = try #require(Int(text(position + 124..<position + 135), radix: 8))
            let path = text(position..<position + 100)
            files[String(path.drop { $0 != "/" }.dropFirst())] = Array(tar[position + 512..<position + 512 + size])
            position += 512 + (size + 511) / 512 * 512
        }
        #expect(tar.count == position + 1024)
        return files
    }
}
