import Foundation
import MLOpsCore
import OrderedCollections
import Testing

/// Templates that ask for too much end with an error: in time, in bounded room, and on a small stack.
@Suite struct HostileTemplateTests {
    private static func times(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    static let refused: [String] = [
        "{{ 'a' * 10**9 }}", "{{ 10**(10**10) }}", "{{ range(10**12) }}", "{{ 'a'.center(10**9) }}",
        "{{ '%1000000000d' % 3 }}", "{{ '{:1000000000}'.format(3) }}", "{{ '%*d' % (10**9, 3) }}",
        "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=1) %}{% for i in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}",
        "{% set ns = namespace(s=1) %}{% for i in range(100000) %}{% set ns.s = {'a': ns.s}.items() %}{% endfor %}",
        "{% set ns = namespace(s=1) %}{% set ns.s = ns %}{{ ns }}",
        "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{% set ns = namespace(g=[1]) %}{% for i in range(9999) %}{% set ns.g = ns.g|map('abs') %}{% endfor %}{{ ns.g|list }}",
        "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
        "{% macro f(x) %}{% set q %}{% filter upper %}{{ [f(x) ~ 'a'] if true }}{% endfilter %}{% endset %}{% endmacro %}{{ f(1) }}",
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{{ " + times("(", 100_000) + "1",
        "{{ " + times("[", 100_000) + "1", "{{ " + times("{'a':", 10_000), "{{ a" + times("[0", 10_000),
        "{{ 1" + times(" if 1", 50_000) + " }}", times("{% if 1 %}", 50_000), "{% set " + times("(", 50_000) + "a",
        "{% set s='a'*5000000 %}{{ s.find('a'*2500000+'b') }}", "{% set s = 'a' * 20000000 %}{{ s.replace('a', s) }}",
        "{{ (['a' * 30000000] * 1000)|join }}", "{{ [[[[1]]]]|tojson(indent=20000000) }}",
        "{% set l=range(100000)|list %}{% for i in l %}{% if -1 in l %}{% endif %}{% endfor %}",
        "{% for i in range(100000) %}{{ 'a' * 10000 }}{% endfor %}",
        "{% set ns = namespace(n=3) %}{% for i in range(100) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
        "{{ 2**131073 }}", "{{ (7**40000) // (3**30000) }}", "{{ 10**5000 }}", "{{ " + times("9", 5_000) + " }}",
        "{{ 'a' * 2**70 }}", "{{ 'x'|int(base=36) ~ 7|round(-" + times("9", 19) + ") }}", "{{ lipsum(n=10**9) }}",
        "{{ 'a'.ljust(9223372036854775807) }}", "{% block a %}{{ self.a() }}{% endblock %}",
        "{% for i in range(1000) %}{{ ('a' * 9000000).encode().decode()|length }}{% endfor %}",
        "{{ ('a' * 1000000).translate({97: 'b' * 1000}) }}", "{{ 'a'.encode('utf-8') * 2 }}",
        "{% for i in range(50000) %}{% set q = dict.fromkeys(range(9999)) %}{% endfor %}",
        "{{ [1]|slice(9223372036854775807)|list }}",
        times("{{ 1 }}", 100_000),
        // A tuple that holds one tuple twice, sixty times over, has more elements than can be counted.
        "\(doubled){{ {ns.x: 1} }}", "\(doubled){{ [ns.x, ns.x]|unique|list }}", "\(doubled){{ ns.x in {1: 2} }}",
        "\(doubled){{ ns.x == ns.x }}", "\(doubled){{ ns.x|tojson }}",
    ]

    private static let doubled =
        "{% set ns = namespace(x=(1,)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}"

    static let harmless: [String] = [
        "{{ " + times("not ", 50_000) + "1 }}", "{{ " + times("-", 50_000) + "1 }}",
        "{{ 1" + times("+1", 50_000) + " }}",
        "{{ 'a'" + times("|upper", 10_000) + " }}", "{{ 1" + times(" if 1 else 1", 20_000) + " }}",
        "{{ " + times("[", 50) + times("]", 50) + " }}", times("{% if 1 %}", 50) + times("{% endif %}", 50),
        "{{ 'abc'[9223372036854775807:] ~ 'abc'[::-9223372036854775807] ~ [1][-9223372036854775807] }}",
        "{{ range(0, 9223372036854775807, 9223372036854775806)[::9223372036854775807]|list }}",
        "{{ 'abc'.find('c', -9223372036854775807, 9223372036854775807) ~ 'abc'.zfill(-9223372036854775807) }}",
        "{{ 1.5|round(9223372036854775807) ~ 1|round(-9223372036854775807) ~ (-9223372036854775807 - 1) % -1 }}",
        "{{ 'abc'|truncate(9223372036854775807) ~ 'abc'|wordwrap(9223372036854775807) }}",
        "{% set ns = namespace() %}{% set ns.a = ns %}{% set ns.b = [ns] %}{{ ns == ns.a and ns.b == [ns] }}",
        "{% for i in range(3) %}{{ loop.changed(loop) }}{% set q = loop %}{% endfor %}",
        "{% set ns = namespace(s=1) %}{% for i in range(50000) %}{% set ns.s = namespace(x=ns.s) %}{% endfor %}",
    ]

    /// Renders on a thread with 512 KB of stack; returns the error, or nil.
    private static func outcome(_ source: String) async -> TemplateError? {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                do throws(TemplateError) {
                    _ = try ChatTemplate(source).rendering(ChatTemplateInput([ChatMessage(role: "user", content: "x")]))
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error)
                }
            }
            thread.stackSize = 512 << 10
            thread.start()
        }
    }

    @Test func askingForTooMuchEndsWithAnErrorInTime() async throws {
        for source in Self.refused {
            let start = ContinuousClock.now
            let error = await Self.outcome(source)
            #expect(error != nil, "\(source.prefix(80))")
            // A second on a machine of its own; here it waits for the other tests, and only a hang is found.
            #expect(ContinuousClock.now - start < .seconds(300), "\(source.prefix(80))")
        }
    }

    @Test func whatOnlyLooksHostileRenders() async throws {
        for source in Self.harmless {
            let error = await Self.outcome(source)
            #expect(error == nil, "\(source.prefix(80)): \(error?.message ?? "")")
        }
    }

    @Test func sandboxedNamesAreUndefined() throws {
        for source in ["x.__class__", "''.__class__", "messages.__class__", "{}.__init__", "messages.append", "{}.pop"]
        {
            let text = try ChatTemplate("{{ \(source) is defined }}").rendering(
                ChatTemplateInput(
                    messages: [], variables: ["x": ["a": 1]])
            ).text
            #expect(text == "False", "\(source)")
            #expect(throws: TemplateError.self) {
                try ChatTemplate("{{ \(source)() }}").rendering(ChatTemplateInput([]))
            }
        }
    }
}
