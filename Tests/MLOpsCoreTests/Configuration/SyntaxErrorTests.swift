import Foundation
import Testing

@testable import MLOpsCore

/// What is no override, no interpolation and no YAML is told in the words of hydra-core 1.3.8, omegaconf 2.3.1 and PyYAML 6.0.4.
@Suite struct SyntaxErrorTests {
    static let overrides = [
        ("k=[1", "no viable alternative at input '[1'"),
        ("k={a:1,}", "no viable alternative at input '{a:1,}'"),
        ("a@b@c=1", "mismatched input '@' expecting EQUAL"),
        ("k=${a", "mismatched input '{' expecting <EOF>"),
        ("k", "missing EQUAL at '<EOF>'"),
        ("k=a<b", "LexerNoViableAltException: k=a<b\n                              ^"),
        ("a b=1", "LexerNoViableAltException: a b=1\n                            ^"),
        ("k=a b]", "extraneous input ']' expecting"),
        (
            "k=int(x)",
            "Error parsing override 'k=int(x)'\nValueError while evaluating 'int(x)': invalid literal for int() with base 10: 'x'"
        ),
        (
            "k=sort([1,a])",
            "Error parsing override 'k=sort([1,a])'\nTypeError while evaluating 'sort([1,a])': '<' not supported between "
                + "instances of 'str' and 'int'"
        ),
        (
            "k=range(a)",
            "TypeError while evaluating 'range(a)': mismatch type argument start: str is incompatible with Union[int, float]"
        ),
        ("k=range()", "TypeError while evaluating 'range()': missing a required argument: 'start'"),
        (
            "k=foo(1)",
            "HydraException while evaluating 'foo(1)': Unknown function 'foo'\nAvailable: bool,choice,float,glob"
        ),
    ]

    @Test(arguments: overrides) func anOverrideIsRefusedInHydrasWords(text: String, said: String) {
        let error = #expect(throws: ConfigurationError.self) { try Override(text) }
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
        #expect(error?.exitStatus == .usage)
    }

    static let texts = [
        ("${a", "no viable alternative at input '${a'"),
        ("${a b}", "token recognition error at: ' b'"),
        ("${}", "no viable alternative at input '${}'"),
        ("${0v:}", "mismatched input ':' expecting {BRACKET_OPEN, INTER_CLOSE, '.'}"),
        (
            "${oc.decode:'['}",
            "GrammarParseError raised while resolving interpolation: mismatched input '<EOF>' expecting {INTER_OPEN,"
        ),
    ]

    @Test(arguments: texts) func anInterpolationIsRefusedInOmegaConfsWords(text: String, said: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try HydraCases.compose(text: "a: \(JSONValue.string(text).text())\n")
        }
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
    }

    static let documents = [
        ("a: [1\n", "while parsing a flow sequence|line 1, column 4|expected ',' or ']', but got '<stream end>'"),
        ("a: 'x\n", "while scanning a quoted scalar|found unexpected end of stream"),
        ("a: 1\n b: 2\n", "mapping values are not allowed here|line 2, column 3"),
        ("\ta: 1\n", "while scanning for the next token|found character '\\t' that cannot start any token"),
        ("a: &x 1\nb: *y\n", "found undefined alias 'y'|line 2, column 4"),
        ("a: 1\na: 2\n", "while constructing a mapping|found duplicate key a"),
        ("? [a]\n: 1\n", "found unhashable key"),
        ("a: !foo x\n", "could not determine a constructor for the tag '!foo'"),
        ("a: \"\\q\"\n", "while scanning a double-quoted scalar|found unknown escape character 'q'"),
        ("a: 1\n---\nb: 2\n", "expected a single document in the stream|but found another document"),
        ("a: \u{1}\n", "unacceptable character #x0001: special characters are not allowed|position 3"),
        (": a\n", "while parsing a block mapping|expected <block end>, but found ':'"),
        ("null: 1\n", "Incompatible key type 'NoneType'"),
        ("a: &x {b: *x}\n", "maximum recursion depth exceeded"),
        ("a: [\"\\ud800\"\n", "expected ',' or ']', but got '<stream end>'"),
        ("a: !!binary \"a\u{E9}\"\n", "can't encode character '\\xe9' in position 1: ordinal not in range(128)"),
        ("a: !!binary \"a\u{E9}\u{65E5}=\"\n", "can't encode characters in position 1-2: ordinal not in range(128)"),
        ("a: \"\\U00110000\"\n", "chr() arg not in range(0x110000)"),
        ("a: \"\\Uffffffff\"\n", "Python int too large to convert to C int"),
        (
            "a: !%c3 x\n",
            "while scanning a tag|'utf-8' codec can't decode byte 0xc3 in position 0: unexpected end of data"
        ),
        ("a: !%41%ff x\n", "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"),
        ("a: !%e2%82%41 x\n", "'utf-8' codec can't decode bytes in position 0-1: invalid continuation byte"),
        ("? !!foo {a: 1}\n", "could not determine a constructor for the tag 'tag:yaml.org,2002:foo'"),
    ]

    @Test(arguments: documents) func aDocumentIsRefusedInPyYAMLsWords(text: String, said: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try YAMLReader.read(Data(text.utf8), path: "a.yaml", layer: 0)
        }
        for part in said.split(separator: "|") {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
    }

    @Test func keysNeedNotBeTextAndBytesStayBytes() throws {
        let text = "1: a\n1.5: b\ntrue: c\n1: d\nx: !!binary aGk=\n"
        let node = try YAMLReader.read(Data(text.utf8), path: "a.yaml", layer: 0)
        #expect(node.yaml == "1: c\n1.5: b\nx: !!binary |\n  aGk=\n".replacing("1: c", with: "1: d"))
    }

    @Test func oddValuesAreWrittenAsPyYAMLWritesThem() throws {
        let text = "x: !!binary ''\n? !!value 1.5\n: {.nan: a, .nan: b}\n"
        let node = try YAMLReader.read(Data(text.utf8), path: "a.yaml", layer: 0)
        #expect(node.yaml == "x: !!binary \"\"\n'1.5':\n  .nan: b\n")
    }

    @Test func theFirstErrorIsTheOneThatPyYAMLMeets() {
        // Values are made level by level, so the tag further down is found later.
        let text = "a: {b: {c: !foo x}}\nd: !bar y\n"
        let error = #expect(throws: ConfigurationError.self) {
            try YAMLReader.read(Data(text.utf8), path: "a.yaml", layer: 0)
        }
        #expect(error?.message.contains("'!bar'") == true)
    }

    @Test func aSearchPathWithNothingInItIsWarnedOf() throws {
        let source = ConfigSource(.texts(["main": "a: 1\nhydra:\n  searchpath: [pkg://no.such, /nowhere]\n"]))
        let composed = try ConfigComposer([source]).compose("main")
        #expect(composed.warnings.count == 2)
        #expect(composed.warnings.allSatisfy { $0.contains("is not available") })
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigComposer([source]).compose("main", overrides: ["hydra.searchpath=[s3://x]"])
        }
        #expect(error?.message.contains("No config source registered for schema s3") == true)
    }
}
