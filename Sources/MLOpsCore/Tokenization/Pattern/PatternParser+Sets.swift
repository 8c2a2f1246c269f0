extension PatternParser {
    /// A set in brackets, after the first of them.
    mutating func set() throws(TokenizerError) -> ScalarClass {
        let isNegated = take("^")
        var items: [ScalarClass.Item] = []
        // The parts before each `&&`.
        var others: [ScalarClass] = []
        var isFirst = true
        while true {
            if !isFirst, take("]") {
                guard !others.isEmpty else { return ScalarClass(items, negated: isNegated) }
                // What is in every part is in none of the parts' complements.
                let complements = (others + [ScalarClass(items)]).map { ScalarClass.Item.not($0) }
                return ScalarClass([.not(ScalarClass(complements))], negated: isNegated)
            }
            if take("&&") {
                others.append(ScalarClass(items))
                items = []
                continue
            }
            isFirst = false
            if take("[") {
                if current == ":", dialect != .oniguruma { throw failure("a POSIX class") }
                if let named = try posixClass() {
                    items += named.parts
                    continue
                }
                depth += 1
                guard depth <= 50 else { throw failure("sets nested more than 50 deep") }
                items += try set().parts
                depth -= 1
                continue
            }
            if current == "\\", position + 1 < scalars.count,
                (dialect == .oniguruma ? "sSdDhHwWpP" : "sSdDwWpP").unicodeScalars.contains(scalars[position + 1])
            {
                items += try escape(inSet: true).parts
                continue
            }
            let first = try character()
            guard current == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                items += literal(first)
                continue
            }
            position += 1
            let last = try character()
            guard first.value <= last.value else { throw failure("a range that runs backwards") }
            items.append(.range(first.value, last.value))
            if ignoresCase { items += try otherCases(first.value...last.value) }
        }
    }

    /// A class such as `[:alpha:]` after its first bracket; nil when there is none.
    private mutating func posixClass() throws(TokenizerError) -> ScalarClass? {
        guard current == ":", let end = scalars[(position + 1)...].firstIndex(of: ":"),
            end + 1 < scalars.count, scalars[end + 1] == "]"
        else { return nil }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[(position + 1)..<end])
        let name = String(view)
        let isNegated = name.hasPrefix("^")
        guard let found = ScalarClass.posix(isNegated ? name.dropFirst() : name[...]) else {
            throw failure("the POSIX class [:\(name.prefix(40)):]")
        }
        if ignoresCase, name.hasSuffix("lower") || name.hasSuffix("upper") {
            throw failure("the POSIX class [:\(name):] where case is ignored")
        }
        position = end + 2
        return isNegated ? ScalarClass([.not(found)]) : found
    }

    private func otherCases(_ range: ClosedRange<UInt32>) throws(TokenizerError) -> [ScalarClass.Item] {
        guard range.count <= 256 else { throw failure("a large range where case is ignored") }
        return range.compactMap(Unicode.Scalar.init).flatMap(literal)
    }
}
