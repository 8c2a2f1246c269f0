import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct DataFindingTests {
    /// A line that is wrong, what is found in it, and a part of what is said.
    struct Case: Sendable, CustomTestStringConvertible {
        let line: [UInt8]
        let kinds: [DataFinding.Kind]
        let says: String

        init(_ line: String, _ kinds: DataFinding.Kind..., says: String) {
            self.init(Array(line.utf8), kinds, says: says)
        }

        init(_ line: [UInt8], _ kinds: [DataFinding.Kind], says: String) {
            self.line = line
            self.kinds = kinds
            self.says = says
        }

        var testDescription: String { "\(String(decoding: line.prefix(60), as: UTF8.self)) \(kinds.map(\.rawValue))" }
    }

    static func turns(_ turns: String) -> String { "{\"messages\":[\(turns)]}" }
    static let user = #"{"role":"user","content":"Q"}"#
    static let assistant = #"{"role":"assistant","content":"A"}"#

    static let cases: [Case] = [
        Case("{", .badJSON, says: "column 2"),
        Case("not json", .badJSON, says: "not JSON"),
        Case(#"{"prompt":"Q","prompt":"R","completion":"A"}"#, .badJSON, says: "stands twice"),
        Case(#"{"prompt":"Q","completion":NaN}"#, .badJSON, says: "not JSON"),
        Case(#"{"prompt":"Q","completion":"\ud800"}"#, .badJSON, says: "surrogate"),
        Case(String(repeating: "[", count: 100_000), .badJSON, says: "levels deep"),
        Case(
            Array(#"{"prompt":"Q"#.utf8) + [0xE9] + Array(#"","completion":"A"}"#.utf8), [.badUTF8],
            says: "0xE9 at column 13"),
        Case([0xFF, 0xFE, 0x7B, 0x00], [.badUTF8], says: "0xFF at column 1"),
        Case("[1]", .wrongType, says: "a list"),
        Case("7", .wrongType, says: "a number"),
        Case(#"{"body":"x","id":1}"#, .unknownShape, says: "body, id"),
        Case("{}", .unknownShape, says: "none"),
        Case(#"{"prompt":"Q"}"#, .missingKey, says: "no 'completion'"),
        Case(#"{"completion":"Q"}"#, .missingKey, says: "no 'prompt'"),
        Case(#"{"instruction":"Q"}"#, .missingKey, says: "no 'output'"),
        Case(turns(#"{"role":"user"},"# + assistant), .missingKey, says: "messages[0] has no 'content'"),
        Case(turns(#"{"content":"x"},"# + assistant), .missingKey, says: "messages[0] has no 'role'"),
        Case(#"{"prompt":1,"completion":"A"}"#, .wrongType, says: "prompt must be text"),
        Case(#"{"prompt":"Q","completion":null}"#, .wrongType, says: "null"),
        Case(#"{"messages":"Q"}"#, .wrongType, says: "'messages' must be a list"),
        Case(turns(#""Q""#), .wrongType, says: "messages[0] must be an object"),
        Case(turns(#"{"role":"user","content":3},"# + assistant), .wrongType, says: "messages[0].content"),
        Case(turns(#"{"role":"user","content":[{"type":"image"}]},"# + assistant), .wrongType, says: "not text"),
        Case(turns(#"{"role":"bot","content":"x"},"# + assistant), .wrongRole, says: "\"bot\""),
        Case(turns(#"{"role":"human","content":"x"},"# + assistant), .wrongRole, says: "\"human\""),
        Case(turns(#"{"role":"User","content":"x"},"# + assistant), .wrongRole, says: "\"User\""),
        Case(
            turns(user + #",{"role":"assistant","content":"x","tool_calls":[{}]}"#), .unsupportedField,
            says: "tool_calls"),
        Case(turns(user + #",{"role":"assistant","content":"x","weight":0}"#), .unsupportedField, says: "weight 0"),
        Case(#"{"messages":[\#(user),\#(assistant)],"tools":[{}]}"#, .unsupportedField, says: "tools"),
        Case(turns(user + #",{"role":"assistant","content":" \n"}"#), .emptyContent, says: "messages[1] says nothing"),
        Case(#"{"prompt":"","completion":""}"#, .emptyContent, .emptyContent, says: "'prompt'"),
        Case(#"{"instruction":" ","output":"A"}"#, .emptyContent, says: "'instruction'"),
        Case(turns(user), .noAssistantTurn, says: "nothing to learn"),
        Case(turns(""), .noAssistantTurn, says: "nothing to learn"),
        Case(turns(assistant), .assistantFirst, says: "first"),
        Case(turns(user + "," + user + "," + assistant), .repeatedRole, says: "Two user turns"),
        Case(turns(user + "," + assistant + "," + user), .unansweredTurn, says: "user's"),
        Case(turns(user + #",{"role":"system","content":"S"},"# + assistant), .lateSystemTurn, says: "behind"),
        Case(
            #"{"messages":[\#(user),\#(assistant)],"prompt":"Q"}"#, .ambiguousShape,
            says: "messages and prompt_completion"),
        Case(#"{"instruction":"Q","output":"A","response":"B"}"#, .ambiguousShape, says: "'output' is learned"),
        Case(#"{"input_ids":[1,2],"labels":[-100]}"#, .wrongType, says: "1 numbers for 2 tokens"),
        Case(#"{"input_ids":[1,2],"labels":[-100,3]}"#, .wrongType, says: "position 1"),
        Case(#"{"input_ids":[1,-2]}"#, .wrongType, says: "-2"),
        Case(#"{"input_ids":[1,4294967296]}"#, .wrongType, says: "4294967296"),
        Case(#"{"input_ids":[1,2.5]}"#, .wrongType, says: "whole number"),
        Case(#"{"input_ids":"1 2"}"#, .wrongType, says: "must be a list"),
        Case(#"{"input_ids":[]}"#, .emptyContent, says: "empty"),
        Case(#"{"input_ids":[1,2],"attention_mask":[0,1]}"#, .unsupportedField, says: "padded"),
        Case(#"{"input_ids":[1,2],"labels":[1,-100]}"#, .noSupervisedToken, says: "learned"),
        Case(#"{"input_ids":[1]}"#, .noSupervisedToken, says: "learned"),
        Case(#"{"prompt":"Q\ufffd","completion":"A"}"#, .replacementCharacter, says: "character 2 of turn 1 (user)"),
        Case(#"{"prompt":"Q","completion":"cafÃ©"}"#, .mojibake, says: "character 4 of turn 2 (assistant)"),
        Case(#"{"prompt":"Q\u0007","completion":"A"}"#, .controlCharacter, says: "U+0007"),
        Case(#"{"prompt":"Q","completion":"AKIAIOSFODNN7EXAMPLE"}"#, .secret, says: "AKIA…, 20 characters"),
        Case(#"{"prompt":"Q","completion":"joe@corp.org"}"#, .personalData, says: "e-mail address (j…"),
        Case("  \t", .emptyLine, says: "empty"),
        Case(#"{"prompt":"Good?","completion":"Yes."}"#, .duplicate, says: "rows.jsonl:1"),
        Case(#"{"prompt":" good?","completion":"No."}"#, .conflictingAnswer, says: "rows.jsonl:1"),
    ]

    @Test(arguments: cases) func saysWhatIsWrongAndWhere(example: Case) throws {
        let directory = try TemporaryDirectory()
        let good = Array(#"{"prompt":"Good?","completion":"Yes."}"#.utf8)
        let file = directory.url("rows.jsonl")
        try Data(good + [0x0A] + example.line + [0x0A]).write(to: file)
        let report = try DatasetReader().scan([file.path]).report
        #expect(report.findings.listed.map(\.kind) == example.kinds)
        #expect(report.findings.listed.allSatisfy { $0.origin == RowOrigin(file: file.path, line: 2) })
        let first = try #require(report.findings.listed.first)
        #expect(first.message.contains(example.says), "\(first)")
        #expect(!first.fix.isEmpty)

        let isError = example.kinds.contains { $0.severity == .error }
        #expect(report.invalidRowCount == (isError ? 1 : 0))
        if isError {
            let error = #expect(throws: DatasetError.self) { try Dataset(contentsOf: file) }
            #expect(error?.exitStatus == .invalidData)
            #expect(error?.message.contains("rows.jsonl:2: error:") == true)
            #expect(try Dataset(contentsOf: file, onInvalid: .skip).rows.map(\.origin.line) == [1])
        } else {
            #expect(try Dataset(contentsOf: file).report.findings.count(of: example.kinds[0]) == 1)
        }
    }

    @Test func everyKindOfARowIsInTheTable() {
        let elsewhere: Set<DataFinding.Kind> = [
            .lineTooLong, .corruptFile, .emptyFile, .otherFormat, .overLong, .notTokenizable, .notConvertible, .leak,
            .caseLeak, .overlap, .sameFile,
            .byteOrderMark, .nearDuplicate, .doubledBOS, .noEndOfAnswer,
        ]
        #expect(Set(Self.cases.flatMap(\.kinds)).union(elsewhere) == Set(DataFinding.Kind.allCases))
    }

    @Test func countsWhatItDoesNotList() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(String(repeating: "{\n\n", count: 500), to: "rows.jsonl")
        let findings = try DatasetReader(findingLimit: 10).scan([file.path]).report.findings
        #expect(findings.count(of: DataFinding.Kind.badJSON) == 500)
        #expect(findings.count(of: DataFinding.Kind.emptyLine) == 500)
        #expect(findings.listed.count == 20)
        #expect(findings.unlistedCount == 980)
        let error = #expect(throws: DatasetError.self) { try Dataset(contentsOf: file) }
        #expect(error?.message.contains("500 errors") == true)
        #expect(error?.message.contains("and 480 more (bad_json: 500)") == true)
        #expect(error.map { $0.message.utf8.count < 10_000 } == true)
    }
}
