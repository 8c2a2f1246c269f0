import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// Patterns against the regular expressions of Hugging Face's tokenizers 0.23.3, made by Fixtures/text/make_patterns.py.
@Suite struct PatternTests {
    /// The committed cases; those of the file MLOPS_PATTERNS too.
    static let batches: [URL] = {
        let more = ProcessInfo.processInfo.environment["MLOPS_PATTERNS"].map { [URL(filePath: $0)] } ?? []
        return [Fixture.url("text/patterns.json")] + more
    }()

    @Test(arguments: batches) func piecesAreTheReferences(batch: URL) throws {
        let golden = try JSONValue(parsing: try Data(contentsOf: batch)).array ?? []
        #expect(golden.count > 30)
        for item in golden {
            let source = try #require(item["pattern"]?.string)
            // A random pattern may be of a kind that is not supported.
            guard let pattern = try? Pattern(source) else {
                #expect(batch != Self.batches.first, "\(source)")
                continue
            }
            for texts in item["cases"]?.array ?? [] {
                let expected = (texts.array ?? []).compactMap { $0.string.map { Array($0.utf8) } }
                let text = try #require(expected.first)
                var pieces: [Range<Int>] = []
                // A random pattern may need more steps than there are: an error, and nothing to compare.
                guard let found = try? pattern.matches(in: text, text.indices) else {
                    #expect(batch != Self.batches.first, "\(source) \(text)")
                    continue
                }
                SplitBehavior.isolated.divide(text.indices, found, inverted: false, into: &pieces)
                #expect(
                    pieces.map { Array(text[$0]) } == Array(expected.dropFirst()), "\(pattern.source) \(texts.text())")
            }
        }
    }

    @Test(arguments: [
        "(?<=a+)b", "(a)\\g<1>", "(a)\\2", "(?<n>a)\\1", "\\k<n>", "[[:nonsense:]]", "\\p{Nonsense}", "a{2", "[a", "(a",
        "a)", "*", "\\",
    ])
    func whatIsNotSupportedIsAnError(source: String) {
        #expect(throws: TokenizerError.self) { try Pattern(source) }
    }

    @Test func aHostilePatternEnds() throws {
        let pattern = try Pattern("(?:(?:a|aa)+)+c")
        let text = [UInt8](repeating: 0x61, count: 60)
        #expect(throws: TokenizerError.self) { try pattern.matches(in: text, text.indices) }
    }
}
