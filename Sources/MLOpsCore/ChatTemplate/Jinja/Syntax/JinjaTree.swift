/// A parsed template: statements, and the names they use by number.
struct JinjaProgram: Sendable {
    var body: [JinjaStatement]
    /// Names of variables; expressions hold indices into this.
    var names: [String]
    /// The bodies of `{% block %}` by name, for `self.name()`.
    var blocks: [String: [JinjaStatement]]
}

/// Something a template does.
indirect enum JinjaStatement: Sendable {
    /// Writes the template's own text.
    case text(JinjaText)
    /// `{{ … }}`, in HTML's escapes or not; nil is what `{% autoescape %}` says when it runs.
    case output(JinjaExpression, escapes: Bool? = nil, line: Int)
    /// `{% if %}` with its `elif`s and `else`.
    case condition([JinjaBranch], otherwise: [JinjaStatement])
    /// `{% for %}`
    case loop(JinjaLoopNode)
    /// `{% set target = value %}`
    case assign(JinjaTarget, JinjaExpression, line: Int)
    /// `{% set target %}…{% endset %}`
    case assignBlock(JinjaTarget, filters: [JinjaSuffix], body: [JinjaStatement], line: Int)
    /// `{% macro %}`
    case macro(JinjaMacroNode, name: Int)
    /// `{% call %}`: the block is what `caller()` writes.
    case call(JinjaMacroNode, JinjaExpression, line: Int)
    /// `{% filter %}`
    case filter([JinjaSuffix], body: [JinjaStatement], line: Int)
    /// `{% with %}`
    case with([(JinjaTarget, JinjaExpression)], body: [JinjaStatement], line: Int)
    /// `{% block %}`, in a scope of its own; one that must be filled by another template is named in `required`.
    case block(body: [JinjaStatement], isScoped: Bool, required: String?)
    /// `{% autoescape %}`: output in HTML's escapes, or not.
    case autoescape(JinjaExpression, body: [JinjaStatement])
    /// `{% generation %}`: what the model is to learn. To Jinja it is the block of a call, which has no arguments.
    case generation(JinjaMacroNode)
    case breakLoop
    case continueLoop
    /// Names that what lies inside finds undefined until they are set here.
    case hide([Int])
    /// What needs other templates, which there are none of.
    case unsupported(String, line: Int)
}

/// A condition and what happens when it holds.
struct JinjaBranch: Sendable {
    var test: JinjaExpression
    var body: [JinjaStatement]
    var line: Int
}

/// `{% for target in items if test recursive %}`
final class JinjaLoopNode: Sendable {
    let target: JinjaTarget
    let items: JinjaExpression
    let test: JinjaExpression?
    let isRecursive: Bool
    let body: [JinjaStatement]
    let otherwise: [JinjaStatement]
    let line: Int
    /// The number of the name `loop`.
    let loopName: Int
    /// Whether the body looks at `loop`.
    let usesLoop: Bool

    init(
        target: JinjaTarget, items: JinjaExpression, test: JinjaExpression?, isRecursive: Bool, body: [JinjaStatement],
        otherwise: [JinjaStatement], line: Int, loopName: Int, usesLoop: Bool
    ) {
        self.target = target
        self.items = items
        self.test = test
        self.isRecursive = isRecursive
        self.body = body
        self.otherwise = otherwise
        self.line = line
        self.loopName = loopName
        self.usesLoop = usesLoop
    }
}

/// The parameters and body of a macro or a call block.
final class JinjaMacroNode: Sendable {
    /// A parameter: its name, and what it is when nothing is given.
    struct Parameter: Sendable {
        var name: Int
        var text: String
        var fallback: JinjaExpression?
    }

    /// Nil for the block of a call.
    let name: String?
    let parameters: [Parameter]
    let body: [JinjaStatement]
    let line: Int
    /// The numbers of `caller`, `varargs` and `kwargs`, each nil unless the body looks at it.
    let caller: Int?
    let rest: Int?
    let namedRest: Int?

    init(
        name: String?, parameters: [Parameter], body: [JinjaStatement], line: Int, caller: Int?, rest: Int?,
        namedRest: Int?
    ) {
        self.name = name
        self.parameters = parameters
        self.body = body
        self.line = line
        self.caller = caller
        self.rest = rest
        self.namedRest = namedRest
    }
}

/// What can be assigned to.
indirect enum JinjaTarget: Sendable {
    case name(Int)
    /// An attribute of a namespace.
    case attribute(Int, JinjaText)
    case tuple([JinjaTarget])
}

/// An expression; chains of one precedence are flat, so that only brackets nest.
indirect enum JinjaExpression: Sendable {
    case literal(JinjaLiteral)
    case name(Int)
    case list([JinjaExpression])
    case tuple([JinjaExpression])
    case dictionary([(JinjaExpression, JinjaExpression)])
    /// A value and what is done with it from left to right: attributes, items, calls, filters, tests.
    case chain(JinjaExpression, [JinjaSuffix])
    /// Signs, the innermost last; true is minus.
    case signed([Bool], JinjaExpression)
    /// `not`, as often as it stands.
    case not(JinjaExpression, count: Int)
    case arithmetic(JinjaExpression, [(JinjaSign, JinjaExpression)])
    /// `~`; text that is marked as HTML makes HTML of all of it where the source says that output is escaped.
    case concatenation([JinjaExpression], escapes: Bool)
    case comparison(JinjaExpression, [(JinjaComparison, JinjaExpression)])
    case all([JinjaExpression])
    case any([JinjaExpression])
    /// `a if t else b if u else c`
    case conditional([(value: JinjaExpression, test: JinjaExpression)], otherwise: JinjaExpression?)
}

/// A value that stands in the source.
enum JinjaLiteral: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case big(BigInteger)
    case float(Double)
    case text(JinjaText)
}

/// How two values compare.
enum JinjaComparison: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, contained, notContained
}

/// What is done with a value.
indirect enum JinjaSuffix: Sendable {
    case attribute(JinjaText)
    case item(JinjaExpression)
    case slice(JinjaExpression?, JinjaExpression?, JinjaExpression?)
    case call(JinjaCallNode)
    case filter(JinjaFilter?, JinjaCallNode)
    case test(JinjaTest?, JinjaCallNode, isNegated: Bool)
}

/// The arguments of a call, a filter or a test, and its name.
final class JinjaCallNode: Sendable {
    let name: String
    let positional: [JinjaExpression]
    let named: [(String, JinjaExpression)]
    /// `*list` and `**dictionary`.
    let spread: JinjaExpression?
    let namedSpread: JinjaExpression?
    let line: Int

    init(
        name: String, positional: [JinjaExpression] = [], named: [(String, JinjaExpression)] = [],
        spread: JinjaExpression? = nil, namedSpread: JinjaExpression? = nil, line: Int
    ) {
        self.name = name
        self.positional = positional
        self.named = named
        self.spread = spread
        self.namedSpread = namedSpread
        self.line = line
    }
}
