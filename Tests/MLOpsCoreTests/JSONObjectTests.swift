import MLOpsCore
import OrderedCollections
import Testing

/// Names of a JSON object are told apart by their bytes.
@Suite struct JSONObjectTests {
    static let composed = "\u{E9}"
    static let decomposed = "e\u{301}"

    @Test func canonicallyEquivalentNamesAreTwo() throws {
        let text = #"{"\#(Self.composed)":1,"\#(Self.decomposed)":2,"K":3,"\u212a":4}"#
        let value = try JSONValue(parsing: text)
        let members = try #require(value.object)
        #expect(members.count == 4)
        #expect(value[Self.composed] == 1)
        #expect(value[Self.decomposed] == 2)
        #expect(value["\u{212A}"] == 4)
        #expect(try JSONValue(parsing: value.text()) == value)
        #expect(members.keys.map { Array($0.utf8) }.contains(Array(Self.decomposed.utf8)))
        #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"\#(Self.composed)":1,"\u00e9":2}"#) }
    }

    @Test func changesKeepTheOrder() {
        var members: JSONObject = ["b": 1, "a": 2, "b": 3]
        #expect(members.map(\.key) == ["b", "a"])
        #expect(members["b"] == 3)
        members["c"] = 4
        #expect(members.updateValue(5, forKey: "b") == 3)
        #expect(members.updateValue(0, forKey: "z", insertingAt: 0) == nil)
        #expect(members.keys == ["z", "b", "a", "c"])
        #expect(members.removeValue(forKey: "a") == 2)
        members.merge(["c": 6, "d": 7] as JSONObject) { _, last in last }
        #expect(JSONValue.object(members).text() == #"{"z":0,"b":5,"c":6,"d":7}"#)
        members.sort { $0.key < $1.key }
        #expect(members.keys == ["b", "c", "d", "z"])
        #expect(members.filter { $0.key > "b" }.count == 3)
        #expect(members.compactMapValues(\.int) == ["b": 5, "c": 6, "d": 7, "z": 0] as OrderedDictionary)
        #expect(members.merging(["b": nil] as JSONObject) { _, last in last }["b"] == .null)
        #expect(members != ["z": 0, "b": 5, "c": 6, "d": 7])
    }

    /// A vocabulary in which two tokens are the same text for `String` is written and read back.
    @Test func aVocabularyOfEquivalentTokensIsWritten() throws {
        // Added tokens, as they are not written in the byte alphabet.
        let vocabulary = GGUFVocabulary(
            model: "gpt2", pre: "gpt-2", tokens: [Self.composed, Self.decomposed, "a"], merges: [], kinds: [4, 4, 1],
            special: SpecialTokenIDs())
        let json = try vocabulary.tokenizerJSON()
        #expect(json["model"]?["vocab"]?.object?.count == 3)
        let tokenizer = try PretrainedTokenizer(parsing: Array(json.text().utf8))
        #expect(try tokenizer.encode(Self.composed + Self.decomposed + "a") == [0, 1, 2])
        #expect(try PretrainedTokenizer(json: json).encode(Self.decomposed) == [1])
    }
}
