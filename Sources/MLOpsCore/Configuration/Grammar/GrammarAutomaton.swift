/// A grammar as the automaton that ANTLR makes of it: its states decide what a message says is expected.
struct GrammarAutomaton: Sendable {
    /// The kinds of states that matter to an error.
    enum Kind: Sendable { case basic, blockStart, loopEntry, loopBack, ruleStop }

    /// Ways from a state to another.
    enum Transition: Sendable {
        case epsilon(Int)
        case words(Set<Int>, Int)
        /// Into a rule; it comes back to `follow`.
        case rule(Int, follow: Int)
    }

    /// A state.
    struct State: Sendable {
        var kind = Kind.basic
        var ways: [Transition] = []
    }

    /// A piece of a rule with the states that ANTLR's parsers are in when they look at it.
    indirect enum Node: Sendable {
        case words(state: Int, Set<Int>)
        case rule(state: Int, Int)
        case sequence([Node])
        /// `first` are the words each alternative can start with; nil: one word does not decide.
        case choice(state: Int, [Node], first: [Set<Int>]?, lefts: [Int])
        case optional(state: Int, Node, first: Set<Int>?, lefts: [Int])
        case star(entry: Int, back: Int, Node, first: Set<Int>)
        case plus(start: Int, back: Int, Node, first: Set<Int>)
    }

    /// Stands for the end of a rule in a set of expected words.
    static let epsilon = -2

    private(set) var states: [State] = []
    private(set) var nodes: [Node] = []
    private var starts: [Int] = []
    private var stops: [Int] = []

    init(_ grammar: Grammar) {
        for _ in grammar.rules {
            starts.append(add())
            stops.append(add(.ruleStop))
        }
        var bodies: [Node] = []
        for (index, rule) in grammar.rules.enumerated() {
            let (node, left, right) = build(rule)
            states[starts[index]].ways = [.epsilon(left)]
            states[right].ways.append(.epsilon(stops[index]))
            bodies.append(node)
        }
        // A rule ends where any rule that names it goes on.
        for state in states {
            for case .rule(let rule, let follow) in state.ways { states[stops[rule]].ways.append(.epsilon(follow)) }
        }
        nodes = bodies.map(decided)
    }

    private mutating func add(_ kind: Kind = .basic) -> Int {
        states.append(State(kind: kind))
        return states.count - 1
    }

    private mutating func link(_ from: Int, _ way: Transition) { states[from].ways.append(way) }

    private mutating func build(_ form: GrammarForm) -> (node: Node, left: Int, right: Int) {
        switch form {
        case .word(let kinds):
            let (left, right) = (add(), add())
            link(left, .words(kinds, right))
            return (.words(state: left, kinds), left, right)
        case .rule(let rule):
            let (left, right) = (add(), add())
            link(left, .rule(rule, follow: right))
            return (.rule(state: left, rule), left, right)
        case .sequence(let forms):
            let left = add()
            var right = left
            var nodes: [Node] = []
            for form in forms {
                let piece = build(form)
                link(right, .epsilon(piece.left))
                right = piece.right
                nodes.append(piece.node)
            }
            return (.sequence(nodes), left, right)
        case .choice(let forms): return choice(forms)
        case .optional(let form):
            let (node, left, right) = build(form)
            let (start, end) = (add(.blockStart), add())
            link(start, .epsilon(left))
            link(start, .epsilon(end))
            link(right, .epsilon(end))
            return (.optional(state: start, node, first: nil, lefts: [left, end]), start, end)
        case .star(let form):
            let entry = add(.loopEntry)
            let (node, left, right) = build(form)
            let (back, end) = (add(.loopBack), add())
            link(entry, .epsilon(left))
            link(entry, .epsilon(end))
            link(right, .epsilon(back))
            link(back, .epsilon(entry))
            return (.star(entry: entry, back: back, node, first: []), entry, end)
        case .plus(let form):
            let (node, left, right) = build(form)
            // A loop over a choice has one state for both.
            var start = left
            if case .choice = form {
            } else {
                start = add(.blockStart)
                link(start, .epsilon(left))
            }
            let (back, end) = (add(.loopBack), add())
            link(right, .epsilon(back))
            link(back, .epsilon(start))
            link(back, .epsilon(end))
            return (.plus(start: start, back: back, node, first: []), start, end)
        }
    }

    private mutating func choice(_ forms: [GrammarForm]) -> (node: Node, left: Int, right: Int) {
        let (start, end) = (add(.blockStart), add())
        var nodes: [Node] = []
        var lefts: [Int] = []
        for form in forms {
            let (node, left, right) = build(form)
            link(start, .epsilon(left))
            link(right, .epsilon(end))
            nodes.append(node)
            lefts.append(left)
        }
        return (.choice(state: start, nodes, first: nil, lefts: lefts), start, end)
    }

    /// The node with what one word decides filled in.
    private func decided(_ node: Node) -> Node {
        /// The words after each of `lefts`, unless two share one.
        func first(_ lefts: [Int]) -> [Set<Int>]? {
            let sets = lefts.map { expected(at: $0, stack: nil, follows: true) }
            let count = sets.reduce(into: Set<Int>()) { $0.formUnion($1) }.count
            return count == sets.map(\.count).reduce(0, +) ? sets : nil
        }
        func start(_ state: Int) -> Set<Int> { expected(at: state, stack: nil, follows: false) }
        switch node {
        case .words, .rule: return node
        case .sequence(let nodes): return .sequence(nodes.map(decided))
        case .choice(let state, let nodes, _, let lefts):
            return .choice(state: state, nodes.map(decided), first: first(lefts), lefts: lefts)
        case .optional(let state, let body, _, let lefts):
            return .optional(state: state, decided(body), first: first(lefts)?.first, lefts: lefts)
        case .star(let entry, let back, let body, _):
            guard case .epsilon(let left)? = states[entry].ways.first else { return node }
            return .star(entry: entry, back: back, decided(body), first: start(left))
        case .plus(let begin, let back, let body, _):
            return .plus(start: begin, back: back, decided(body), first: start(begin))
        }
    }

    /// The words that can come next at `state`.
    ///
    /// - Parameters:
    ///   - stack: where the rules under way go on, the outermost first; nil: they are not known, and a rule's end is `epsilon`.
    ///   - follows: whether an unknown rule's end is followed by what may follow that rule anywhere.
    func expected(at state: Int, stack: [Int]?, follows: Bool = false) -> Set<Int> {
        var found: Set<Int> = []
        var seen: Set<[Int]> = []
        func visit(_ state: Int, _ stack: [Int], isKnown: Bool) {
            guard seen.insert([state] + stack).inserted else { return }
            if states[state].kind == .ruleStop {
                if let follow = stack.last { return visit(follow, stack.dropLast(), isKnown: isKnown) }
                guard follows else {
                    found.insert(isKnown ? GrammarToken.end : Self.epsilon)
                    return
                }
            }
            for way in states[state].ways {
                switch way {
                case .epsilon(let next): visit(next, stack, isKnown: isKnown)
                case .words(let kinds, _): found.formUnion(kinds)
                case .rule(let rule, let follow): visit(starts[rule], stack + [follow], isKnown: isKnown)
                }
            }
        }
        visit(state, stack ?? [], isKnown: stack != nil)
        return found
    }

    /// Where `rule` begins.
    func start(of rule: Int) -> Int { starts[rule] }

    /// What follows a call of a rule at `state`.
    func follow(of state: Int) -> Int? {
        guard case .rule(_, let follow)? = states[state].ways.first else { return nil }
        return follow
    }

    /// Where a word at `state` leads.
    func next(of state: Int) -> Int? {
        guard case .words(_, let next)? = states[state].ways.first else { return nil }
        return next
    }
}
