/// A shell pattern over paths: `*`, `?`, `[a-z]`, `[!x]`, and `**` for any number of directories.
///
/// As in a shell, a wildcard at the start of a name does not match a leading dot.
struct GlobPattern {
    private let segments: [String]

    /// Reads `pattern`; empty segments and `.` are passed over.
    init(_ pattern: String) {
        segments = pattern.split(separator: "/").map(String.init).filter { $0 != "." }
    }

    /// Whether `text` holds a character that makes it a pattern.
    static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    /// Whether the path made of `names` matches.
    ///
    /// - Complexity: O(names × segments) name comparisons.
    func matches(_ names: [String]) -> Bool {
        // reachable[j]: the first j segments match the names read so far.
        var reachable = [Bool](repeating: false, count: segments.count + 1)
        reachable[0] = true
        closeOverEmptyMatches(&reachable)
        for name in names {
            var next = [Bool](repeating: false, count: segments.count + 1)
            for (index, segment) in segments.enumerated() where reachable[index] {
                if segment == "**" {
                    if !name.hasPrefix(".") { next[index] = true }
                } else if Self.name(name, matches: segment) {
                    next[index + 1] = true
                }
            }
            closeOverEmptyMatches(&next)
            reachable = next
        }
        return reachable[segments.count]
    }

    /// How deep below the start matches can lie; nil when any depth is possible.
    var maximumDepth: Int? { segments.contains("**") ? nil : segments.count }

    private func closeOverEmptyMatches(_ reachable: inout [Bool]) {
        for (index, segment) in segments.enumerated() where segment == "**" && reachable[index] {
            reachable[index + 1] = true
        }
    }

    /// Whether one name matches one segment: greedy, going back to the last star only, so time is bounded by the product.
    static func name(_ name: String, matches segment: String) -> Bool {
        let name = Array(name.unicodeScalars)
        let pattern = Array(segment.unicodeScalars)
        if name.first == ".", pattern.first != "." { return false }
        var position = 0
        var token = 0
        var star: (token: Int, position: Int)?
        while position < name.count {
            if token < pattern.count, pattern[token] == "*" {
                star = (token, position)
                token += 1
            } else if let width = width(of: pattern[token...], matching: name[position]) {
                token += width
                position += 1
            } else if let last = star {
                star = (last.token, last.position + 1)
                token = last.token + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[token...].allSatisfy { $0 == "*" }
    }

    /// How many scalars of `pattern` the part matching `scalar` takes; nil when it does not match.
    private static func width(of pattern: ArraySlice<Unicode.Scalar>, matching scalar: Unicode.Scalar) -> Int? {
        guard let first = pattern.first else { return nil }
        if first == "?" { return 1 }
        guard first == "[" else { return first == scalar ? 1 : nil }
        var index = pattern.startIndex + 1
        let isNegated = index < pattern.endIndex && (pattern[index] == "!" || pattern[index] == "^")
        if isNegated { index += 1 }
        let start = index
        var isMember = false
        while index < pattern.endIndex, pattern[index] != "]" || index == start {
            if index + 2 < pattern.endIndex, pattern[index + 1] == "-", pattern[index + 2] != "]" {
                if pattern[index] <= scalar, scalar <= pattern[index + 2] { isMember = true }
                index += 3
            } else {
                if pattern[index] == scalar { isMember = true }
                index += 1
            }
        }
        // A bracket that never closes stands for itself.
        guard index < pattern.endIndex else { return scalar == "[" ? 1 : nil }
        return isMember != isNegated ? index + 1 - pattern.startIndex : nil
    }
}
