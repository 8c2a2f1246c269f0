extension PatternParser {
    /// Reads `\\1`, `\\k<name>`, `\\k<1>` or `\\k<-1>`, the group that began last but none; nil when none stands here.
    mutating func reference() throws(TokenizerError) -> PatternNode? {
        guard dialect == .oniguruma, current == "\\", position + 1 < scalars.count else { return nil }
        let kind = scalars[position + 1]
        if ("1"..."9").contains(kind) {
            var end = position + 1
            while end < scalars.count, ("0"..."9").contains(scalars[end]), end - position < 5 { end += 1 }
            // Numbers of more digits that name no group are characters.
            guard let number = Int(name(in: (position + 1)..<end)), number <= max(groupCount, 9) else { return nil }
            position = end
            return refer(to: number)
        }
        guard kind == "k", position + 2 < scalars.count, "<'".unicodeScalars.contains(scalars[position + 2]),
            let end = scalars[(position + 3)...].firstIndex(of: scalars[position + 2] == "<" ? ">" : "'"),
            end > position + 3
        else { return nil }
        let name = name(in: (position + 3)..<end)
        position = end + 1
        if let number = Int(name) {
            let absolute = number < 0 ? groupCount + 1 + number : number
            guard absolute > 0 else { throw failure("a reference to no group") }
            return refer(to: absolute)
        }
        guard let numbers = names[name] else { throw failure("a reference to a group that has not begun") }
        referred.formUnion(numbers)
        // Of several groups with the name the last that matched and fits.
        let references = numbers.reversed().map { PatternNode.reference(number: $0, ignoresCase: ignoresCase) }
        return references.count == 1 ? references[0] : .atomic(.alternatives(references))
    }

    private mutating func refer(to number: Int) -> PatternNode {
        referred.insert(number)
        refersByNumber = true
        return .reference(number: number, ignoresCase: ignoresCase)
    }

    /// Numbers are those of groups that exist, in a pattern whose groups have no names.
    func checkReferences() throws(TokenizerError) {
        if refersByNumber, !names.isEmpty { throw failure("a reference by number beside groups with names") }
        guard referred.allSatisfy({ $0 <= groupCount }) else { throw failure("a reference to no group") }
    }
}
