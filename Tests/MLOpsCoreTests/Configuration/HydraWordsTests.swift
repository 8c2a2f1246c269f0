import Testing

@testable import MLOpsCore

/// What hydra-core 1.3.8 and omegaconf 2.4.0 say of values that no random tree often has, word for word.
@Suite struct HydraWordsTests {
    private static let text = "x: 3\nd: {true: 1, a: {b: 2}}\nl: [{a: 1}, [2]]\nsub: {A: 1}\n"

    private func said(_ text: String, _ overrides: [String]) throws -> String {
        let composer = ConfigComposer([ConfigSource(.texts(["main": text, "g/a": "y: 1\n"]))])
        let error = try #require(throws: ConfigurationError.self) {
            try composer.compose("main", overrides: overrides).resolved()
        }
        return error.message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test(arguments: [
        ("//g/a", "Could not load '/g/a'."), ("g/", "Could not load 'g/'."), ("g/a/", "Could not load 'g/a/'."),
        ("", "Could not load ''."), ("/", "Could not load ''."),
    ])
    func aPathInADefaultsListIsTakenApartAsInHydra(path: String, message: String) throws {
        let said = try said("defaults: ['\(path)']\n", [])
        #expect(said.contains("In 'main': \(message)"), "\(said)")
    }

    /// OmegaConf's own forms of numbers have no underscore beside the point or the exponent.
    @Test func underscoresInNumbersAreThoseOfOmegaConf() throws {
        let text = "[0_e0, 1_0e5, 1_.5e3, 1_.5e-3, 1__0.5, .5_e-1, '0_e0', '1_0e5']"
        let tree = try YAMLReader.read(text: "k: \(text)\n", layer: 0)
        #expect(tree.yaml == "k:\n- 0_e0\n- 1000000.0\n- 1_.5e3\n- 0.0015\n- 10.5\n- 0.05\n- 0_e0\n- '1_0e5'\n")
    }

    @Test(arguments: [
        ("+k=[choice(1,2)]", "Unexpected type annotation: Set[str]", "full_key: tags object_type=ChoiceSweep"),
        ("+k={a:[range(1,2)]}", "Unexpected type annotation: Set[str]", "full_key: tags object_type=RangeSweep"),
        ("k=[choice(1,2)]", "Could not override 'k'.", "full_key: k object_type=dict"),
        ("~x=[choice(1,2)]", "is 3 and not", "[ChoiceSweep(tags=set(), list=[1, 2], simple_form=False, shuffle=False"),
        ("+k=sort([], 'a')", "TypeError while evaluating", "Invalid arguments: ([], 'a')"),
        ("+k={a:{null:1}}", "Incompatible key type 'NoneType'", "full_key: k.a object_type=dict"),
        ("+k=[1,{null:1}]", "Incompatible key type 'NoneType'", "full_key: k1 object_type=dict"),
        ("++l.0.a={null:1}", "Incompatible key type 'NoneType'", "full_key: l[0].a object_type=dict"),
        ("nope.x={null:1}", "Key 'nope' is not in struct", "full_key: nope object_type=dict"),
        ("+k={true:${nope}}", "Interpolation key 'nope' not found", "full_key: k.True object_type=dict"),
        ("hydra.job.env_copy=${x}", "'int' object is not iterable", "a list of names"),
        ("hydra.job.env_copy=${no}", "Interpolation key 'no' not found", "full_key: hydra.job.env_copy"),
        ("hydra.job.env_copy={}", "Cannot merge DictConfig with ListConfig", "reference_type=List[str]"),
        ("hydra.job.env_copy=[null]", "NoneType is not a subclass of str.", "full_key: hydra.job.env_copy[0]"),
        (
            "hydra.job.env_copy.0=null", "NoneType is not a subclass of str.",
            "full_key: hydra.job.env_copy[0] reference_type=List[str]"
        ),
        ("hydra.job.env_copy.0=x", "list index out of range", "full_key: hydra.job.env_copy[0]"),
        ("hydra.job.env_copy=[[1]]", "str expected, not ListConfig", "name variables"),
        ("hydra.job=${x}", "'int' object has no", "attribute 'env_copy'"),
        ("hydra.job=${sub}", "Key 'env_copy' is not in struct", "full_key: sub.env_copy object_type=dict"),
        ("hydra.job=${l}", "ListConfig does not support attribute access", "full_key: l[env_copy] object_type=list"),
        ("hydra.job=null", "field 'hydra.job' is not Optional", "full_key: hydra.job object_type=HydraConf"),
        ("hydra.job_logging={1:2}", "Key 1 (int) is incompatible with (str)", "full_key: hydra.job_logging.1"),
        ("hydra.sweeper.params={a:1}", "'NoneType' object has no attribute 'get'", "object_type=NoneType"),
        ("hydra.runtime.choices=${sub}", "Key 'hydra/env' is not in struct", "full_key: sub.hydra/env"),
        ("sub={b:{null:1}}", "Incompatible key type 'NoneType'", "full_key: b object_type=dict"),
        ("~sub={null:1}", "Error merging override ~sub={null:1}", "Incompatible key type 'NoneType'"),
        ("~x={null:1}", "Could not delete from config.", "is 3 and not {None: 1}."),
        ("hydra.job.name={null:1}", "Cannot convert 'dict' to string: '{None: 1}'", "reference_type=JobConf"),
        ("hydra.sweeper.params={1:2}", "Key 1 (int) is incompatible with (str)", "object_type=NoneType"),
        ("l.0.zz=1", "Key 'zz' is not in struct", "full_key: l[0].zz object_type=dict"),
        ("x=${x}", "Recursive interpolation detected", "full_key: x object_type=dict"),
        ("x=${x.y}", "RecursionError raised while resolving interpolation: maximum recursion depth", "full_key: x"),
        ("x=${oc.select:x}", "RecursionError raised while resolving", "full_key: x object_type=dict"),
        (
            "x=${oc.create:'['}", "ParserError raised while resolving interpolation: while parsing a flow node",
            "in \"<unicode string>\", line 1, column 2: [ ^ full_key: x"
        ),
        ("+x2=${oc.decode:' '}", "AssertionError raised", "WS should never be reached"),
        (
            "+k='${q:\\'a\\'}'", "mismatched input ''' expecting BRACE_CLOSE",
            "full_key: hydra.overrides.task[0] reference_type=List[str]"
        ),
        ("+g=[[a]]", "can only concatenate str (not \"list\") to str", "names only"),
        ("+k={a:['${x y}']}", "token recognition error at: ' y'", "full_key: k.a[0] object_type=list"),
        ("sub={a:'${x y}'}", "token recognition error at: ' y'", "full_key: a object_type=dict"),
        ("nope={a:'${x y}'}", "Could not override 'nope'.", "full_key: nope object_type=dict"),
        ("l.5='${x y}'", "list index out of range", "full_key: l[5] object_type=list"),
        ("hydra.job.name='${x y}'", "token recognition error at: ' y'", "reference_type=JobConf object_type=JobConf"),
        ("hydra.searchpath=[structured://a.b]", "No module named 'a'", "Name a directory"),
        ("+k=${python_version:a,b}", "TypeError raised", "takes from 0 to 1 positional arguments but 2 were given"),
        ("+k=${python_version:}", "Unsupported interpolation type python_version", "No Python runs here"),
        ("hydra.job.config.override_dirname.kv_sep=???", "Missing mandatory value:", "object_type=OverrideDirname"),
    ])
    func overridesAreRefused(override: String, first: String, last: String) throws {
        let said = try said(Self.text, [override])
        #expect(said.contains(first), "\(said)")
        #expect(said.contains(last), "\(said)")
    }

    @Test(arguments: [
        ("d: {true: {a: '${nope}'}}", "full_key: d.True.a object_type=dict"),
        ("v: '${oc.dict.values:d}'\nd: {a: '${nope}'}", "full_key: [0] reference_type=Optional[List[Any]]"),
        ("w: {v: '${oc.create:[1, ${r}]}'}\nr: {q: '${.s}'}", "full_key: w.[1].q object_type=dict"),
        ("c: '${oc.create:{a: 1, i: ${r}}}'\nr: {q: '${.s}'}", "full_key: i.q object_type=dict"),
        ("a: {b: [1, {?}]}\nb: {?}", "full_key: a.b1 object_type=dict"),
        ("hydra: {job_logging: null}", "full_key: hydra.job_logging reference_type=Dict[str, Any] object_type=dict"),
        ("hydra: {job: {nosuch: 1, num: x}}", "Key 'nosuch' not in 'JobConf' full_key: hydra.job.nosuch"),
        ("hydra: null", "Leave it out."),
        ("defaults: [nosuch]\nhydra: {searchpath: ['structured://']}", "path=structured://"),
        ("hydra: {sweeper: {params: {1: 2}}}", "reference_type=Optional[Dict[str, str]] object_type=dict"),
    ])
    func filesAreRefused(text: String, last: String) throws {
        let said = try said(text + "\n", [])
        #expect(said.contains(last), "\(said)")
    }

    /// hydra-core 1.3.8 looks at the file's search path before it takes the command line's.
    @Test func ofSeveralErrorsTheFirstIsHydras() throws {
        let path = try said("hydra: '${nope}'\n", ["hydra.searchpath=5"])
        #expect(path.contains("Interpolation key 'nope' not found"), "\(path)")
        let option = try said("defaults: [{g: nosuch}, {h: _self_}]\n", [])
        #expect(option.contains("Could not find 'g/nosuch'"), "\(option)")
        // What a file put below a mapping is not looked at again when something else is assigned.
        let text = "x: 1\nhydra: {sweeper: {params: {x: [a]}}}\n"
        let composer = ConfigComposer([ConfigSource(.texts(["main": text]))])
        #expect(try composer.compose("main", overrides: ["hydra.job.name=a"]).yaml == "x: 1\n")
    }

    /// hydra-core 1.3.8 merges what is a mapping, whatever type its values have, and converts what is assigned.
    @Test(arguments: [
        ("+hydra.job.env_set.A={y: 1}", "A:\n  x: 1\n  'y': 1\nB: q\n"),
        ("+hydra.job.env_set={C: [1]}", "A:\n  x: 1\nB: q\nC:\n- 1\n"),
        ("hydra.job.env_set.A.x=2", "A:\n  x: 2\nB: q\n"), ("hydra.job.env_set.A=5", "A: '5'\nB: q\n"),
    ])
    func mappingsAreLaidOverThoseOfAFile(override: String, expected: String) throws {
        let text = "hydra: {job: {env_set: {A: {x: 1}, B: q}}}\n"
        let composed = try ConfigComposer([ConfigSource(.texts(["main": text]))]).compose("main", overrides: [override])
        #expect(composed.hydra[["job", "env_set"]]?.yaml == expected)
        let refused = try said(text, ["++hydra.job.env_set.Z.x=2"])
        #expect(refused.contains("Cannot convert 'dict' to string: '{}' full_key: hydra.job.env_set.Z"), "\(refused)")
    }

    /// Halves of characters as OmegaConf 2.3.1 writes what PyYAML 6.0.4 read (`OmegaConf.to_yaml`), and as Python's
    /// `print` and `json.dumps` do.
    @Test func halvesOfCharactersAreKept() throws {
        let text = #"""
            a: "x\ud800y"
            b: "\ud83d\ude00 \U0010ffff\U0010f800"
            "k\udfff": ["\udc80", é]
            c: ${a}z
            """#
        let composed = try ConfigComposer([ConfigSource(.texts(["main": text]))]).compose("main")
        let written = #"""
            a: "x\uD800y"
            b: "\uD83D\uDE00 \U0010FFFF\U0010F800"
            "k\uDFFF":
            - "\uDC80"
            - é
            c: "x\uD800yz"

            """#
        // What stands for a half here is those two characters: they are one half when they stand together.
        let own = written.replacing(#"\U0010FFFF\U0010F800"#, with: #"\uD800"#)
        #expect(try composed.resolved().yaml == own)
        #expect(try composed.resolved().jsonText.contains(#""a": "x\ud800y""#))
        let error = #expect(throws: ConfigurationError.self) { try composed.text(of: "b", isResolved: false) }
        #expect(error?.message.contains("can't encode characters in position 0-1: surrogates not allowed") == true)
        let refused = #expect(throws: ConfigurationError.self) { try composed.whole.refuseHalfCharacters() }
        #expect(refused?.key == "a" && refused?.message.contains(#"character '\ud800' in position 1"#) == true)
    }

    @Test func whatIsLaidOverNoSettingsHasNone() throws {
        let texts = ["main": "defaults: [_self_, other]\nhydra: null\n", "other": "hydra: {job: {name: q}}\n"]
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigComposer([ConfigSource(.texts(texts))]).compose("main")
        }
        #expect(error?.message.contains("Missing key runtime") == true && error?.key == "hydra.runtime")
        #expect(error?.message.hasSuffix("full_key: hydra.runtime\n    object_type=dict") == true)
    }

    @Test func thePythonVersionIsKnownAsFarAsHydraNeedsIt() throws {
        let text = "a: '${python_version:major}'\nb: '${python_version:patch}'\n"
        let composer = ConfigComposer([ConfigSource(.texts(["main": text]))])
        #expect(try composer.compose("main").resolved().yaml == "a: '3'\nb: null\n")
    }

    @Test func aPluginThatWasReplacedHasNoType() throws {
        let said = try said(Self.text, ["hydra.sweeper=0", "hydra.sweeper.max_batch_size=abc"])
        #expect(said.contains("Key 'max_batch_size' is not in struct"), "\(said)")
        #expect(said.contains("full_key: hydra.sweeper.max_batch_size object_type=dict"), "\(said)")
    }

    @Test func aListOfAResolverKeepsItsTypeWhatsoeverIsMerged() throws {
        let composer = ConfigComposer([
            ConfigSource(
                .texts([
                    "main": "defaults:\n- _self_\n- one\n- two\nd: {a: 1}\nv: '${oc.dict.values:d}'\n",
                    "one": "v: ???\n",
                    "two": "v: 3\n",
                ]))
        ])
        let error = try #require(throws: ConfigurationError.self) { try composer.compose("main") }
        #expect(error.message.contains("Invalid value assigned: AnyNode is not a ListConfig, list or tuple."))
    }

    @Test func settingsThatLeadToThemselvesEnd() throws {
        let composer = ConfigComposer([ConfigSource(.texts(["main": "x: 1\n"]))])
        let told = try composer.compose("main", overrides: ["x=${hydra:overrides.task}"]).resolved()
        #expect(told["x"]?.list?.map(\.string) == ["x=['x=${hydra:overrides.task}']"])
        let own = try composer.compose("main", overrides: ["hydra.job.name=${hydra:job.name}", "x=${hydra:job.name}"])
        let error = try #require(throws: ConfigurationError.self) { try own.resolved() }
        #expect(error.message.contains("RecursionError raised while resolving interpolation"))
    }

    @Test func namesThatPythonTakesForOneHideWhatStoodThere() throws {
        let composer = ConfigComposer([ConfigSource(.texts(["main": "1:\n- ?\ntrue: yes\n"]))])
        #expect(try composer.compose("main").yaml == "1: true\n")
    }

    @Test func aListOfPythonsGivesWayToAMapping() throws {
        let texts = ["base": "y: '${oc.decode:''[1]''}'\n", "main": "defaults: [base]\ny: {z: 1}\n"]
        #expect(try ConfigComposer([ConfigSource(.texts(texts))]).compose("main").yaml == "'y':\n  z: 1\n")
    }

    @Test func theTimeHasMicrosecondsAndNoZone() throws {
        let composer = ConfigComposer([ConfigSource(.texts(["main": "a: '${now:%f%z%Z}'\n"]))])
        let value = try #require(try composer.compose("main").resolved()["a"]?.string)
        #expect(value.count == 6 && value.allSatisfy(\.isNumber), "\(value)")
    }
}
