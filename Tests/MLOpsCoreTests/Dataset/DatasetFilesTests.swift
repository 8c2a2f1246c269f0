import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct DatasetFilesTests {
    static func row(_ number: Int) -> String { #"{"prompt":"Q\#(number)","completion":"A"}"# }

    private static func prompts(_ dataset: Dataset) -> [String] {
        dataset.conversations.compactMap { $0.prompt.first?.content }
    }

    @Test(arguments: ["\n", "\r\n"], [true, false])
    func linesMayEndEitherWayAndTheLastNotAtAll(ending: String, endsTheLast: Bool) throws {
        let directory = try TemporaryDirectory()
        let text = "\u{FEFF}" + Self.row(1) + ending + Self.row(2) + (endsTheLast ? ending : "")
        let dataset = try Dataset(contentsOf: directory.write(text, to: "a.jsonl"))
        #expect(Self.prompts(dataset) == ["Q1", "Q2"])
        #expect(dataset.rows.map(\.origin.line) == [1, 2])
        #expect(dataset.report.findings.kinds == [.byteOrderMark])
    }

    @Test(arguments: [
        ("[\(row(1)),\n\n \(row(2))]", [1, 3]), ("\u{FEFF} [\n\(row(1))\n,\(row(2))\n]\n", [2, 3]),
        ("{\"version\": [1], \"rows\": [\n\(row(1)),\n\(row(2))\n], \"n\": {\"]\": 2}}\n", [2, 3]),
        ("{\n\"data\":[\(row(1))]}", [2]), ("{\"prompt\": \"Q\", \"completion\": \"A\", \"data\": [1]}", [1]),
        ("\(row(1))\n\(row(2))\n", [1, 2]), ("{\n\"prompt\": \"[]\\\"}{\",\n\"completion\": \"A\"}", [1]),
    ])
    func aJSONFileIsAListOrSeveralValues(text: String, lines: [Int]) throws {
        let directory = try TemporaryDirectory()
        let dataset = try Dataset(contentsOf: directory.write(text, to: "a.json"))
        #expect(dataset.rows.map(\.origin.line) == lines)
    }

    @Test(arguments: [
        ("[\(row(1))", "ends inside the list", 1), ("[\(row(1))\n \(row(2))]", "expected ',' or ']'", 2),
        ("[\(row(1)),\n]", "expected a row", 2), ("[\(row(1))]\n\nx", "more text follows", 3),
        ("[,\(row(1))]", "expected a row", 1), ("{\"rows\": [\(row(1))]", "ends inside the object", 1),
        ("{\"rows\": [\(row(1))], nope}", "is not JSON", 1),
        ("{\"rows\": [\(row(1))],\n\"prompt\": 1}", "rows and at prompt", 2),
        ("{\"rows\": [\(row(1))], \"rows\": []}", "stands twice", 1),
        ("{\"data\": [\(row(1))], \"rows\": []}", "data and at rows", 1),
        ("{\"rows\": [\(row(1))]} {}", "more text follows", 1),
    ])
    func aBrokenListIsNotHalfRead(text: String, reason: String, line: Int) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(text, to: "a.json")
        for policy in InvalidRowPolicy.allCases {
            let error = #expect(throws: DatasetError.self) { try Dataset(contentsOf: file, onInvalid: policy) }
            let finding = error?.findings.first { $0.kind == .corruptFile }
            #expect(finding?.message.contains(reason) == true)
            #expect(finding?.origin.line == line)
        }
    }

    @Test func aBrokenRowOfAListHasItsOwnLine() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("[\n\(Self.row(1)),\n{\n\"prompt\": nul},\n\(Self.row(2))\n]", to: "a.json")
        let report = try DatasetReader().scan([file.path]).report
        #expect(report.findings.listed.map(\.kind) == [.badJSON])
        #expect(report.findings.listed.map(\.origin.line) == [4])
        #expect(report.rowCount == 2)
    }

    @Test(arguments: ["a.jsonl", "a.json", "a.jsonl.zst"]) func anEmptyFileIsAnError(name: String) throws {
        let directory = try TemporaryDirectory()
        let file = directory.url(name)
        // The Zstandard form of nothing: magic number, header, one empty last block.
        let nothing: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x00, 0x01, 0x00, 0x00]
        try Data(name.hasSuffix(".zst") ? nothing : []).write(to: file)
        let error = #expect(throws: DatasetError.self) { try Dataset(contentsOf: file, onInvalid: .skip) }
        #expect(error?.findings.map(\.kind) == [.emptyFile])
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func rowsBeyondTheLimitArePassedOverInLittleMemory() throws {
        let directory = try TemporaryDirectory()
        let long = #"{"prompt":"\#(String(repeating: "x", count: 1_000_000))","completion":"A"}"#
        for (name, text) in [("a.jsonl", "\(long)\n\(Self.row(1))"), ("a.json", "[\(long),\n\(Self.row(1))]")] {
            let file = try directory.write(text, to: name)
            let report = try DatasetReader(maximumRowLength: 1000).scan([file.path]).report
            #expect(report.findings.listed.map(\.kind) == [.lineTooLong])
            #expect(report.findings.listed.map(\.origin.line) == [1])
            #expect(report.rowCount == 1)
        }
    }

    @Test func readsWhatTheZstandardToolWrote() throws {
        // The second is two compressed files one behind the other, which the format allows.
        for name in ["two.jsonl.zst", "two-frames.jsonl.zst"] {
            let dataset = try Dataset(contentsOf: Fixture.url("Dataset/\(name)"))
            #expect(Self.prompts(dataset) == ["Q1", "Q2"])
            #expect(
                dataset.report.files.map(\.digest) == [try Digest.sha256(contentsOf: Fixture.url("Dataset/\(name)"))])
        }
    }

    @Test func aCompressedFileCutAnywhereIsAnError() throws {
        let whole = try Data(contentsOf: Fixture.url("Dataset/two.jsonl.zst"))
        let directory = try TemporaryDirectory()
        let file = directory.url("cut.jsonl.zst")
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: file)
            let error = #expect(throws: DatasetError.self) { try Dataset(contentsOf: file, onInvalid: .skip) }
            #expect(error?.findings.map(\.kind) == [.corruptFile], "\(length) of \(whole.count) bytes")
        }
        try Data(#"{"prompt":"not compressed"}"#.utf8).write(to: file)
        #expect(throws: DatasetError.self) { try Dataset(contentsOf: file) }
    }

    @Test func aDirectoryIsSearchedForDataFiles() throws {
        let directory = try TemporaryDirectory()
        for (index, name) in ["b.jsonl", "a.jsonl", "info.json", ".hidden.jsonl", "sub/c.jsonl", "sub/deep/d.jsonl"]
            .enumerated()
        {
            try directory.write(Self.row(index), to: name)
        }
        let root = directory.url.path
        #expect(try Self.prompts(Dataset(contentsOf: directory.url)) == ["Q1", "Q0"])
        #expect(try Self.prompts(Dataset(paths: [root], pattern: "**/*.jsonl")) == ["Q1", "Q0", "Q4", "Q5"])
        #expect(try Self.prompts(Dataset(paths: [root], pattern: "sub/*.jsonl")) == ["Q4"])
        #expect(try Self.prompts(Dataset(paths: [root + "/*/*.jsonl"])) == ["Q4"])
        #expect(try Self.prompts(Dataset(paths: [root + "/[bc].jsonl", root + "/b.jsonl"])) == ["Q0"])
        #expect(try Self.prompts(Dataset(paths: [root + "/info.json"])) == ["Q2"])
    }

    @Test func whatIsNotThereIsNamed() throws {
        let directory = try TemporaryDirectory()
        let root = directory.url.path
        for (path, says) in [("/none.jsonl", "none.jsonl"), ("/*.jsonl", "No file matches"), ("", "No file in")] {
            let error = #expect(throws: DatasetError.self) { try Dataset(paths: [root + path]) }
            #expect(error?.exitStatus == .inputMissing)
            #expect(error?.message.contains(says) == true)
        }
        try directory.write("a,b", to: "table.csv")
        let error = #expect(throws: DatasetError.self) { try Dataset(paths: [root + "/table.csv"]) }
        #expect(error?.exitStatus == .invalidData)
        #expect(error?.message.contains(".jsonl.zst") == true)
    }

    @Test(arguments: [
        ("*.jsonl", "a.jsonl", true), ("*.jsonl", ".jsonl", false), ("*", "a", true), ("*", "a/b", false),
        ("**", "a/b/c", true), ("**/c", "c", true), ("**/c", "a/b/c", true), ("a/**/c", "a/c", true),
        ("a/**/c", "b/c", false),
        ("?.json", "a.json", true), ("?.json", "ab.json", false), ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false),
        ("[]]x", "]x", true), ("[x", "[x", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "a-b-b", false),
        ("**/*.x", ".git/a.x", false),
        ("./a", "a", true), ("é*", "éa", true),
        (String(repeating: "*a", count: 30), String(repeating: "a", count: 200) + "b", false),
    ])
    func patternsMatchAsInAShell(pattern: String, path: String, matches: Bool) throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.row(1), to: path)
        // A file without a known ending is found all the same, and then refused: only what was found matters here.
        var found = true
        do { _ = try Dataset(paths: [directory.url.path], pattern: pattern) } catch { found = error.code != .missing }
        #expect(found == matches)
    }

    /// Rows that nobody may read must not be missing unseen. The system lets its administrator read everything.
    @Test(.enabled(if: geteuid() != 0), arguments: ["closed", "closed/*.jsonl", "**/*.jsonl"])
    func aDirectoryThatCannotBeListedIsSaid(_ path: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.row(1), to: "a.jsonl")
        try directory.write(Self.row(2), to: "closed/b.jsonl")
        let closed = unsafe chmod(directory.url("closed").path, 0)
        #expect(closed == 0)
        defer { _ = unsafe chmod(directory.url("closed").path, 0o700) }
        let error = #expect(throws: DatasetError.self) { try DatasetReader().scan([directory.url(path).path]) }
        #expect(error?.exitStatus == .permissionDenied && error?.message.contains("closed") == true)
    }

    /// A link to a directory above would show its files again and again, and one to a file shows it once more.
    @Test func everyFileIsReadOnceWhateverLinksThereAre() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.row(1), to: "set/a.jsonl")
        try directory.write(Self.row(2), to: "set/deep/b.jsonl")
        try directory.write(Self.row(3), to: "elsewhere/c.jsonl")
        for (link, place) in [("loop", "set"), ("deep/up", "set"), ("z.jsonl", "set/a.jsonl"), ("out", "elsewhere")] {
            try FileManager.default.createSymbolicLink(
                at: directory.url("set/\(link)"), withDestinationURL: directory.url(place))
        }
        var rows: [String] = []
        let path = directory.url("set/**/*.jsonl").path
        let report = try DatasetReader().scan([path]) { rows.append($0.origin.file) }.report
        let names = rows.map { $0.dropFirst(directory.url.path.count + 1) }
        // What only links lead to has one of the names they make.
        #expect(names.count == 3 && names.prefix(2) == ["set/a.jsonl", "set/deep/b.jsonl"])
        #expect(names.last?.hasSuffix("out/c.jsonl") == true)
        let told = report.findings.listed.filter { $0.kind == .sameFile }
        #expect(told.count == 3 && told.contains { $0.message.contains("set/a.jsonl' again") })
        #expect(report.errorCount(onInvalid: .error) == 0)
        // A pattern may name the link.
        let linked = try DatasetReader().scan([directory.url("set/loop/*.jsonl").path]).report
        #expect(linked.rowCount == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aPipeAmongTheFilesIsRefused() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.row(1), to: "a.jsonl")
        let made = unsafe mkfifo(directory.url("p.jsonl").path, 0o600)
        #expect(made == 0)
        let error = #expect(throws: DatasetError.self) { try DatasetReader().scan([directory.url.path]) }
        #expect(error?.code == .unusable && error?.message.contains("p.jsonl") == true)
        #expect(try DatasetReader().scan([directory.url("a*").path]).report.rowCount == 1)
    }

    /// A link to nothing is an error where it was asked for.
    @Test(arguments: ["", "*.jsonl", "**/*.jsonl"]) func aLinkToNothingIsSaid(_ pattern: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.row(1), to: "a.jsonl")
        try FileManager.default.createSymbolicLink(
            at: directory.url("lost.jsonl"), withDestinationURL: directory.url("nowhere"))
        let path = pattern.isEmpty ? directory.url : directory.url(pattern)
        let error = #expect(throws: DatasetError.self) { try DatasetReader().scan([path.path]) }
        #expect(error?.code == .missing && error?.message.contains("lost.jsonl") == true)
        var rows = 0
        _ = try DatasetReader().scan([directory.url("a*.jsonl").path]) { _ in rows += 1 }
        #expect(rows == 1)
    }
}
