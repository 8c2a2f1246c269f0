import Foundation
import MLOpsCore
import TestSupport
import Testing

/// `mlops data …`, as a shell sees it.
@Suite struct DataTests {
    private static let good = #"{"prompt":"Why?","completion":"Because."}"#

    private static func mlops(_ arguments: String..., in directory: TemporaryDirectory) async throws
        -> BuiltProgram.Result
    {
        try await BuiltProgram.mlops.run(["data"] + arguments, in: directory.url)
    }

    @Test func checkExitsWith65OnErrorsAnd0OnWarnings() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("\(Self.good)\n\(Self.good)\n", to: "warn.jsonl")
        try directory.write("\(Self.good)\n{\n{\"prompt\":\"Q\"}\n", to: "wrong.jsonl")
        let warned = try await Self.mlops("check", "warn.jsonl", in: directory)
        #expect(warned.status == 0)
        #expect(
            warned.output == """
                warn.jsonl:2: warning: The row is the same as warn.jsonl:1. Remove one of them. [duplicate]
                1 file, 2 rows, 0 unusable rows, 0 errors, 1 warning.

                """)
        let wrong = try await Self.mlops("check", "wrong.jsonl", in: directory)
        #expect(wrong.status == 65)
        #expect(wrong.output.contains("wrong.jsonl:2: error: The row is not JSON"))
        #expect(wrong.output.contains("wrong.jsonl:3: error: The row has no 'completion', only prompt."))
        #expect(wrong.output.hasSuffix("1 file, 1 row, 2 unusable rows, 2 errors, 0 warnings.\n"))
        let missing = try await Self.mlops("check", "none.jsonl", in: directory)
        #expect(missing.status == 66)
        #expect(missing.output.isEmpty && missing.complaint.contains("none.jsonl"))
    }

    @Test func checkFindsLeaks() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.good, to: "train.jsonl")
        try directory.write(#"{"prompt":" Why?","completion":"So."}"#, to: "test.jsonl")
        let result = try await Self.mlops("check", "train.jsonl", "--against", "test.jsonl", "--json", in: directory)
        #expect(result.status == 65)
        let report = try JSONValue(parsing: result.output)
        #expect(report["passed"] == false)
        #expect(report["data"]?["findings"]?["errors"] == 0)
        #expect(report["against"]?["leaks"] == 1)
        #expect(report["against"]?["findings"]?["listed"]?[0]?["kind"] == "leak")
    }

    @Test func wrongRowsAreLeftOutOnlyWhenAskedAndThenCounted() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("\(Self.good)\n{\n\(Self.good)\n", to: "d.jsonl")
        let refused = try await Self.mlops("convert", "d.jsonl", "--output", "m.jsonl", in: directory)
        #expect(refused.status == 65 && refused.complaint.contains("d.jsonl:2: error:"))
        #expect(!FileManager.default.fileExists(atPath: directory.url("m.jsonl").path))
        let skipped = try await Self.mlops(
            "convert", "d.jsonl", "--output", "m.jsonl", "--on-invalid", "skip", "--json", in: directory)
        #expect(skipped.status == 0 && skipped.complaint.contains("1 wrong row was left out of 3"))
        #expect(try JSONValue(parsing: skipped.output)["skipped_rows"] == 1)
        #expect(try await Self.mlops("check", "d.jsonl", in: directory).status == 65)
        #expect(try await Self.mlops("check", "d.jsonl", "--on-invalid", "skip", in: directory).status == 0)
    }

    @Test func previewShowsTheRowAskedFor() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            (1...20).map { #"{"prompt":"Q\#($0)","completion":"A"}"# }.joined(separator: "\n"), to: "d.jsonl")
        let model = ["--model", Fixture.tinyLlama.path]
        func lines(_ arguments: String...) async throws -> [JSONValue?] {
            let result = try await BuiltProgram.mlops.run(
                ["data", "preview", "d.jsonl", "--json"] + model + arguments, in: directory.url)
            #expect(result.status == 0, "\(result.complaint)")
            return try JSONValue(parsing: result.output).array?.map { $0["line"] } ?? []
        }
        #expect(try await lines("--row", "3", "--count", "2") == [3, 4])
        #expect(try await lines("--index", "3") == [4])
        let drawn = try await lines("--random", "--seed", "5", "--count", "4")
        #expect(drawn.count == 4)
        #expect(try await lines("--random", "--seed", "5", "--count", "4") == drawn)
        let beyond = try await BuiltProgram.mlops.run(
            ["data", "preview", "d.jsonl", "--index", "20"] + model, in: directory.url)
        #expect(beyond.status == 64 && beyond.complaint.contains("20 rows"))
    }

    @Test func checkFindsSecretsAndNearDuplicatesAndShowsNoSecret() async throws {
        let directory = try TemporaryDirectory()
        let long = (0..<40).map { "word\($0)" }.joined(separator: " ")
        let key = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
        try directory.write(
            """
            {"prompt":"\(long)","completion":"A"}
            {"prompt":"\(long)!","completion":"a B"}
            {"prompt":"My key is \(key)","completion":"Write to jane@corp.org"}
            """, to: "d.jsonl")
        for flags in [[], ["--json"]] {
            let result = try await BuiltProgram.mlops.run(["data", "check", "d.jsonl"] + flags, in: directory.url)
            #expect(result.status == 0)
            #expect(!result.output.contains(key) && !result.output.contains("jane@corp"))
            for kind in ["near_duplicate", "secret", "personal_data"] { #expect(result.output.contains(kind)) }
        }
        let none = try await Self.mlops("check", "d.jsonl", "--near-duplicates", "0", in: directory)
        #expect(!none.output.contains("near_duplicate"))
    }

    @Test func checkReadsWhatAConfigurationNames() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("\(Self.good)\n{\"prompt\":\"Who?\",\"completion\":\"I.\"}\n", to: "train.jsonl")
        try directory.write("\(Self.good)\n", to: "test.jsonl")
        let settings = ["model_name=\(Fixture.tinyLlama.path)", "dataset_path=train.jsonl"]
        func check(_ overrides: [String]) async throws -> BuiltProgram.Result {
            try await BuiltProgram.mlops.run(
                ["data", "check", "--config-name", "train", "--json"] + settings + overrides, in: directory.url)
        }
        let leak = try await check(["eval.dataset_path=test.jsonl"])
        #expect(leak.status == 65, "\(leak.complaint)")
        let report = try JSONValue(parsing: leak.output)
        #expect(report["against"]?["leaks"] == 1)
        #expect(report["data"]?["special_tokens"]?["rows_learning_an_eos"] == 2)
        #expect(try await check(["eval.dataset_path=test.jsonl", "eval.enabled=false"]).status == 0)
        #expect(try await check(["max_length=4"]).status == 65)
        #expect(try await check(["max_length=4", "overlength=drop"]).status == 0)
        #expect(try await check(["no_such_key=1"]).status == 78)
    }

    @Test func splitsInThreeByTopicAndKeepsEveryKey() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            (1...40).map { #"{"prompt":"Q\#($0)","completion":"A","topic":"\#($0 % 2)","id":\#($0)}"# }
                .joined(separator: "\n"), to: "d.jsonl")
        let result = try await Self.mlops(
            "split", "d.jsonl", "--test-size", "8", "--validation-size", "0.1", "--stratify", "topic", "--output-dir",
            "s",
            "--json", in: directory)
        #expect(result.status == 0, "\(result.complaint)")
        let report = try JSONValue(parsing: result.output)
        #expect(report["train"] == 28 && report["validation"] == 4 && report["test"] == 8 && report["strata"] == 2)
        let test = try directory.text("s/test.jsonl").split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(test.count { $0["topic"] == "0" } == 4)
        #expect(test.allSatisfy { $0["id"] != nil })
        let missing = try await Self.mlops(
            "split", "d.jsonl", "--stratify", "nope", "--output-dir", "t", in: directory)
        #expect(missing.status == 65 && missing.complaint.contains("'nope'"))
    }

    @Test func badInputEndsSoonWithItsStatus() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "empty.jsonl")
        try Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37) }).write(to: directory.url("binary.jsonl"))
        try Data(try Data(contentsOf: Fixture.url("Dataset/two.jsonl.zst")).dropLast(5)).write(
            to: directory.url("cut.jsonl.zst"))
        try directory.write(String(repeating: "[", count: 1_000_000), to: "deep.jsonl")
        try directory.write("a,b\n", to: "table.csv")
        try FileManager.default.createDirectory(at: directory.url("nothing"), withIntermediateDirectories: true)
        let cases: [(String, Int32)] = [
            ("empty.jsonl", 65), ("binary.jsonl", 65), ("cut.jsonl.zst", 65), ("deep.jsonl", 65), ("table.csv", 65),
            ("nothing", 66), ("absent.jsonl", 66),
        ]
        for (file, status) in cases {
            for command in [
                ["check", file], ["convert", file, "--output", "o.jsonl"], ["pack", file, "--output", "o.jsonl.zst"],
                ["split", file, "--output-dir", "o"], ["preview", file, "--model", Fixture.tinyLlama.path],
            ] {
                let result = try await BuiltProgram.mlops.run(["data"] + command, in: directory.url)
                #expect(result.status == status, "\(command): \(result.status) \(result.complaint)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: directory.url("o.jsonl").path))
    }

    @Test(arguments: ["check", "convert", "pack", "preview", "split", "stats"])
    func everyCommandShowsAnExample(command: String) async throws {
        let directory = try TemporaryDirectory()
        let result = try await Self.mlops(command, "--help", in: directory)
        #expect(result.status == 0 && result.output.contains("mlops data \(command) "))
        #expect(result.output.contains("Example"))
    }

    @Test func statsDrawsLengths() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            (1...30).map { #"{"prompt":"\#(String(repeating: "x", count: $0))","completion":"A"}"# }.joined(
                separator: "\n"), to: "d.jsonl")
        let result = try await Self.mlops("stats", "d.jsonl", in: directory)
        #expect(result.status == 0)
        #expect(
            result.output.contains("prompt characters: total 465, min 1, mean 15.5, median 15, p90 27, p99 30, max 30"))
        #expect(result.output.contains(" 1–3 |######################################## 3"))
    }

    @Test func splitConvertAndPackGoRound() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            (1...20).map { #"{"prompt":"Q\#($0)","completion":"A"}"# }.joined(separator: "\n"), to: "d.jsonl")
        let split = try await Self.mlops(
            "split", "d.jsonl", "--test-size", "0.25", "--seed", "7", "--output-dir", "s", in: directory)
        #expect(split.status == 0 && split.output == "15 rows in s/train.jsonl, 5 rows in s/test.jsonl\n")
        let pack = try await Self.mlops("pack", "s", "--output", "all.jsonl.zst", in: directory)
        #expect(pack.status == 0)
        let convert = try await Self.mlops(
            "convert", "all.jsonl.zst", "--to", "messages", "--output", "m.jsonl", in: directory)
        #expect(convert.status == 0)
        let rows = try directory.text("m.jsonl").split(separator: "\n")
        #expect(rows.count == 20)
        #expect(rows.allSatisfy { $0.hasPrefix(#"{"messages":[{"role":"user","content":"Q"#) })
        let impossible = try await Self.mlops(
            "convert", "m.jsonl", "--to", "tokenized", "--output", "t.jsonl", in: directory)
        #expect(impossible.status == 65)
        let tokens = try await Self.mlops(
            "convert", "m.jsonl", "--to", "tokenized", "--model", Fixture.tinyLlama.path, "--output", "ids.jsonl",
            in: directory)
        #expect(tokens.status == 0, "\(tokens.complaint)")
        #expect(try await Self.mlops("check", "ids.jsonl", "--format", "tokenized", in: directory).status == 0)
        #expect(!FileManager.default.fileExists(atPath: directory.url("t.jsonl").path))
    }

    @Test(arguments: [
        ["check"], ["check", "d", "--limit", "-1"], ["split", "d"],
        ["split", "d", "--output-dir", "o", "--test-size", "-1"],
        ["pack", "d", "--output", "x.gz"], ["check", "d", "--format", "csv"],
    ])
    func aWrongCommandLineExitsWith64(arguments: [String]) async throws {
        let directory = try TemporaryDirectory()
        #expect(try await BuiltProgram.mlops.run(["data"] + arguments, in: directory.url).status == 64)
    }
}
