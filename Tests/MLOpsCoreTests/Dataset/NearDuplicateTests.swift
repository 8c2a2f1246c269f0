import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// MinHash with locality-sensitive hashing, beside the exact Jaccard coefficient of the shingles.
@Suite struct NearDuplicateTests {
    /// Texts of which some are earlier ones with words replaced, inserted or removed.
    private static func texts(_ count: Int, seed: UInt64) -> [String] {
        var random = PhiloxStream(seed: seed, purpose: 1)
        func word(_ random: inout PhiloxStream) -> String { "w\(random.next(below: 4000))" }
        var texts: [[String]] = []
        for index in 0..<count {
            if index > 0, random.next(below: 3) > 0 {
                var text = texts[random.next(below: texts.count)]
                for _ in 0..<random.next(below: 6) {
                    let place = random.next(below: text.count)
                    switch random.next(below: 3) {
                    case 0: text[place] = word(&random)
                    case 1: text.insert(word(&random), at: place)
                    default: if text.count > 5 { text.remove(at: place) }
                    }
                }
                texts.append(text)
            } else {
                texts.append((0..<20 + random.next(below: 60)).map { _ in word(&random) })
            }
        }
        return texts.map { $0.joined(separator: " ") }
    }

    private static func jaccard(_ left: Set<UInt64>, _ right: Set<UInt64>) -> Double {
        Double(left.intersection(right).count) / Double(left.union(right).count)
    }

    @Test func estimatesAgreeWithTheExactCoefficient() throws {
        let words = Self.texts(120, seed: 3).map { RowWords($0) }
        let exact = words.map { Set($0.runs(of: MinHash.shingleLength)) }
        let hashes = try words.map { try #require(MinHash($0)) }
        var squares = 0.0
        var count = 0
        for left in hashes.indices {
            for right in 0..<left {
                let truth = Self.jaccard(exact[left], exact[right])
                let matches = zip(hashes[left].bytes, hashes[right].bytes).count { $0 == $1 }
                let estimate = MinHash.similarity(matches: matches)
                #expect(abs(estimate - truth) < 0.2, "\(left) \(right): \(estimate), exactly \(truth)")
                squares += truth > 0.3 ? (estimate - truth) * (estimate - truth) : 0
                count += truth > 0.3 ? 1 : 0
            }
        }
        // 128 functions give a standard error of at most 0.044; chance agreement of bytes adds a little.
        #expect(count > 100 && (squares / Double(count)).squareRoot() < 0.05)
    }

    @Test func findsWhatTheExactSearchFinds() throws {
        let words = Self.texts(600, seed: 8).map { RowWords($0) }
        let exact = words.map { Set($0.runs(of: MinHash.shingleLength)) }
        var search = NearDuplicates(threshold: 0.85)
        for (line, words) in words.enumerated() {
            try search.add(try #require(MinHash(words)), at: RowAudit.Place(file: 0, line: line), row: line)
        }
        var found: [Int: NearDuplicates.Pair] = [:]
        try search.forEachPair(excluding: RowSet()) { found[$0.row] = $0 }
        var sure = 0
        for row in words.indices {
            let best = (0..<row).map { Self.jaccard(exact[row], exact[$0]) }.max() ?? 0
            if best >= 0.95 {
                sure += 1
                #expect(found[row] != nil, "row \(row) shares \(best)")
            }
            if let pair = found[row] {
                let truth = Self.jaccard(exact[row], exact[pair.other])
                #expect(truth > 0.7, "row \(row) and \(pair.other) share only \(truth)")
            }
        }
        #expect(sure > 50)
    }

    @Test func aShingleIsThreeWordsWhateverStandsBetween() {
        let plain = RowWords("The quick brown fox, it jumps!")
        #expect(plain.hashes.count == 6)
        #expect(plain.hashes == RowWords("the QUICK-brown\nfox it   jumps").hashes)
        #expect(plain.runs(of: 3).count == 4)
        #expect(Set(plain.runs(of: 3)).isSuperset(of: RowWords("brown fox it").runs(of: 3)))
        #expect(Set(plain.runs(of: 3)).isDisjoint(with: RowWords("fox brown it").runs(of: 3)))
        #expect(RowWords("one two").runs(of: 3).count == 1)
        #expect(RowWords(" ?! ").runs(of: 3) == [])
        #expect(RowWords("今天天气").hashes.count == 4)
        #expect(RowWords("Größe").hashes == RowWords("größe").hashes)
        #expect(RowWords("Größe").hashes.count == 1)
        // A rolling hash forgets what has left the window.
        let long = (0..<200).map { "w\($0)" }
        #expect(
            RowWords(long.joined(separator: " ")).runs(of: 13).last
                == RowWords(long.suffix(13).joined(separator: " ")).runs(of: 13).first)
    }

    @Test func rowsOfAFileAreFoundAcrossFormatsWithTheirPlaces() throws {
        let directory = try TemporaryDirectory()
        let long = (0..<40).map { "word\($0)" }.joined(separator: " ")
        let file = try directory.write(
            """
            {"prompt":"\(long)","completion":"Yes."}
            {"prompt":"Something else","completion":"No."}
            {"messages":[{"role":"system","content":"S"},{"role":"user","content":"\(long.uppercased()) now"},{"role":"assistant","content":"Yes."}]}
            {"prompt":"\(long)","completion":"Yes."}
            """, to: "rows.jsonl")
        let findings = try DatasetReader(nearDuplicateThreshold: 0.85).scan([file.path]).report.findings.listed
        #expect(findings.map(\.kind) == [.duplicate, .nearDuplicate])
        #expect(findings.last?.origin.line == 3)
        #expect(findings.last?.message.contains("rows.jsonl:1") == true)
        #expect(try DatasetReader().scan([file.path]).report.findings.count(of: .nearDuplicate) == 0)
    }
}
