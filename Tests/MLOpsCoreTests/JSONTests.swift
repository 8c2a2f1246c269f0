import MLOpsCore
import OrderedCollections
import Testing

@Suite struct JSONTests {
    @Test func keepsKeyOrderAndKindsOfNumber() throws {
        let text = #"{"z":1,"a":[1.5,-2,1e3,true,null],"t":"\u00e9\ud83d\ude00\n\"x\""}"#
        let value = try JSONValue(parsing: text)
        #expect(value.object.map { Array($0.keys) } == ["z", "a", "t"])
        #expect(value["z"] == .integer(1))
        #expect(value["a"] == [1.5, -2, .number(1000), true, nil])
        #expect(value["t"]?.string == "é😀\n\"x\"")
        #expect(try JSONValue(parsing: value.text()) == value)
        #expect(try JSONValue(parsing: value.text(.pretty)) == value)
    }

    @Test(arguments: [
        ("", "1:1"), ("{", "1:2"), ("[1,]", "1:4"), ("{\"a\":1,\n\"a\":2}", "2:1"), ("\"\\ud800\"", "1:2"),
        ("01", "1:2"),
        ("[1] x", "1:5"), ("nul", "1:1"), ("\"a\u{1}\"", "1:3"), ("-", "1:2"), ("1.", "1:3"), ("1e999", "1:1"),
        ("\"\\x\"", "1:2"),
        ("NaN", "1:1"),
    ])
    func refusesWhatIsNotJSON(text: String, place: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.map { "\($0.line):\($0.column)" } == place)
    }

    @Test func wholeNumbersBeyond64BitsKeepTheirDigits() throws {
        let text = "[9223372036854775807,9223372036854775808,-100000000000000000000,1e20]"
        let value = try JSONValue(parsing: text)
        let expected: [JSONValue] = [
            .integer(.max), .bigInteger("9223372036854775808"), .bigInteger("-100000000000000000000"), .number(1e20),
        ]
        #expect(value.array == expected)
        #expect(value[2]?.double == -1e20 && value[2]?.int == nil)
        #expect(value.text().hasPrefix("[9223372036854775807,9223372036854775808,-100000000000000000000,"))
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "9", count: 4_301)) }
    }

    @Test func refusesInvalidUTF8AndDepth() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
    }

    @Test func writesNumbersThatJSONCannotExpressAsText() {
        #expect(JSONValue.array([.number(.nan), .number(-.infinity)]).text() == #"["nan","-inf"]"#)
    }
}
