import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// Broken characters, secrets and personal data in the texts of rows.
@Suite struct TextAuditTests {
    @Test(
        arguments: [
            ("plain", nil), ("Grüße, naïve café — “quoted” …", nil), ("😀👩‍👩‍👧 مرحبا שלום", nil), ("a\tb\r\nc", nil),
            ("Å”", nil), ("SÃO PAULO", nil), ("allé…»", nil), ("lost \u{FFFD} here", .replacementCharacter),
            ("bell \u{07}", .controlCharacter), ("next \u{85}", .controlCharacter), ("\u{FEFF}mark", .controlCharacter),
            ("turn \u{202E} round", .controlCharacter), ("\u{0}", .controlCharacter), ("\u{FFFF}", .controlCharacter),
            ("cafÃ©", .mojibake), ("donâ€™t", .mojibake), ("10Â°", .mojibake), ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", .mojibake),
            ("ðŸ˜€", .mojibake), ("Ã¼ber", .mojibake),
        ] as [(String, DataFinding.Kind?)])
    func charactersThatAreBrokenAreFound(text: String, kind: DataFinding.Kind?) {
        #expect(TextDefects.find(in: text).map(\.kind) == (kind.map { [$0] } ?? []), "\(text)")
    }

    /// What Python's `text.encode("utf-8").decode("cp1252")` makes of texts, where that is defined.
    @Test func everyLetterReadWronglyTwiceOverIsFound() {
        let table = Dictionary(
            uniqueKeysWithValues: (0x80...0xFF as ClosedRange<UInt8>).compactMap { byte in
                String(bytes: [byte], encoding: .windowsCP1252).flatMap { $0.unicodeScalars.first }.map { (byte, $0) }
            })
        var count = 0
        for value in (0xA1...0x2FFF as ClosedRange<UInt32>) {
            guard let scalar = Unicode.Scalar(value), scalar.properties.isAlphabetic, let bytes = UTF8.encode(scalar)
            else { continue }
            let wrong = bytes.compactMap { table[$0] }
            guard wrong.count == bytes.count else { continue }
            let text = String(String.UnicodeScalarView(wrong))
            #expect(TextDefects.mojibake(in: Array((text + " " + text).unicodeScalars)) == 0, "\(scalar)")
            count += 1
        }
        #expect(count > 4000)
    }

    private static let jwt =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

    @Test(
        arguments: [
            ("key AKIAIOSFODNN7EXAMPLE.", .awsAccessKey),
            ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", .awsSecretKey),
            ("\"SecretAccessKey\": \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"", .awsSecretKey),
            ("ghp_0123456789abcdefghijABCDEFGHIJ012345", .gitHubToken), ("glpat-0a1b2c3d4e5f6g7h8i9j", .gitLabToken),
            ("xoxb-123456789012-abcdefGHIJ", .slackToken), ("sk-proj-abcdefghijklmnop0123456789", .openAIKey),
            ("sk-ant-api03-abcdefghijklmnop0123456789", .anthropicKey),
            ("hf_abcdefghijABCDEFGHIJ0123456789abcd", .huggingFaceToken),
            ("AIzaSyA0123456789abcdefghijklmnopqrstu_", .googleKey), ("sk_live_0123456789abcdef01234567", .stripeKey),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII", .privateKey),
            ("-----BEGIN PGP PRIVATE KEY BLOCK-----", .privateKey),
            (jwt, .webToken), ("postgres://admin:hunter2@db.internal/x", .urlPassword),
            ("Write to jane.doe+x@mail.company.org.", .emailAddress), ("<bob@firma.de>", .emailAddress),
            ("call +49 30 901820 now", .phoneNumber), ("(415) 555-2671", .phoneNumber), ("415-555-2671", .phoneNumber),
            ("+14155552671", .phoneNumber), ("4111 1111 1111 1111", .cardNumber), ("378282246310005", .cardNumber),
            ("5555-5555-5555-4444 ok", .cardNumber), ("DE89 3704 0044 0532 0130 00", .bankAccount),
            ("GB29NWBK60161331926819", .bankAccount), ("NL91ABNA0417164300", .bankAccount),
        ] as [(String, SensitiveText)])
    func whatShouldNotBeLearnedIsFoundAndNeverShown(text: String, kind: SensitiveText) throws {
        let bytes = Array(text.utf8)
        let matches = SensitiveText.matches(in: bytes)
        #expect(matches.map(\.kind) == [kind], "\(text)")
        let match = try #require(matches.first)
        let secret = String(decoding: bytes[match.range], as: UTF8.self)
        let row = Conversation(messages: [
            ChatMessage(role: "user", content: "Why?"), ChatMessage(role: "assistant", content: text),
        ])
        let findings = TextAudit.findings(in: row)
        #expect(findings.map(\.kind) == [kind.isSecret ? .secret : .personalData])
        let said = findings[0].message + findings[0].fix
        #expect(said.contains("turn 2 (assistant)"))
        for start in secret.indices.dropLast(6) {
            let part = secret[start...].prefix(7)
            // The name of a kind, such as PRIVATE KEY, is no secret.
            #expect(!said.contains(part), "\(said)")
        }
    }

    @Test(arguments: [
        "nothing here", "version 1.2.3-4.5.6", "AKIAIOSFODNN7EXAMPL", "XAKIAIOSFODNN7EXAMPLE",
        "sk-learn-contributors-and-friends",
        "ghp_short", "user@localhost", "jane@example.com", "icon@2x.png", "git@github.com:a/b", "@mention", "a@b",
        "4111 1111 1111 1112", "1234567890123456", "0000000000000000", "DE89 3704 0044 0532 0130 01",
        "3.14159265358979",
        "2021-03-04", "192.168.100.200", "eyJub3QiOiJqd3QifQ.abcd.efgh", "https://user:password@host", "https://a:b/c",
        "-----BEGIN PUBLIC KEY-----", "115-555-2671", "+1 2 3", "10 + 20", "12345678901234567890123",
        "ISBN 978-3-16-148410-0",
        "DE00 4111 1111 1111 1111", "4111 1111 1111 1111 1111",
    ])
    func whatOnlyLooksALittleLikeItIsNotReported(text: String) {
        #expect(SensitiveText.matches(in: Array(text.utf8)) == [], "\(text)")
    }

    @Test func hostileTextsTakeLinearTime() {
        for unit in ["@a", "+1 ", "eyJ", "-----BEGIN ", "4111 ", "a.", "://a:", "sk-", "DE89 "] {
            let text = Array(String(repeating: unit, count: 50_000).utf8)
            let start = ContinuousClock.now
            _ = SensitiveText.matches(in: text)
            #expect(ContinuousClock.now - start < .seconds(10), "\(unit)")
        }
    }

    @Test func aMarkAtTheStartOfAFileIsReported() throws {
        let directory = try TemporaryDirectory()
        for name in ["a.jsonl", "a.json"] {
            let file = try directory.write("\u{FEFF}\(#"{"prompt":"Q","completion":"A"}"#)", to: name)
            let report = try DatasetReader().scan([file.path]).report
            #expect(report.findings.listed.map(\.kind) == [.byteOrderMark])
            #expect(report.rowCount == 1)
        }
    }

    @Test func tokensThatBeginAndEndAreCounted() throws {
        func tokens(_ ids: [Int32], learned: [Bool]) -> DatasetRow {
            .tokens(TokenizedExample(ids: ids, isSupervised: learned))
        }
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            """
            {"input_ids":[1,5,2],"labels":[-100,5,2]}
            {"input_ids":[1,1,6,2],"labels":[-100,-100,6,2]}
            {"input_ids":[7,8,2],"labels":[-100,8,-100]}
            """, to: "rows.jsonl")
        let check = try DatasetCheck([file.path], special: SpecialIDs(beginning: 1, ends: [2])) { _ in
            TokenizedExample(ids: [], isSupervised: [])
        }
        #expect(check.report.findings.listed.map(\.kind) == [.doubledBOS, .noEndOfAnswer])
        #expect(check.report.findings.listed.map(\.origin.line) == [2, 3])
        let counts = try #require(check.report.specialTokens)
        #expect(counts.json == ["bos": 3, "eos": 3, "rows_beginning_with_bos": 2, "rows_learning_an_eos": 2])
    }
}
