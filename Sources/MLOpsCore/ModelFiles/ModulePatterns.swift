public import OrderedCollections

/// Values by patterns of module names, as PEFT's `rank_pattern` and `alpha_pattern` give them.
///
/// A pattern is a regular expression. It stands for a module when it matches the whole of its path, or all of it after some
/// dot; of several that match, the first counts (PEFT's `get_pattern_key`).
public struct ModulePatterns<Value: Sendable & Hashable>: Sendable, Hashable {
    private let patterns: [(pattern: Pattern, value: Value)]

    /// Reads the patterns.
    ///
    /// - Parameter key: what the values are called, for messages.
    /// - Throws: ``ModelFileError`` naming a pattern that is no regular expression this package reads.
    public init(_ values: OrderedDictionary<String, Value>, key: String) throws(ModelFileError) {
        var patterns: [(pattern: Pattern, value: Value)] = []
        for (text, value) in values {
            do throws(TokenizerError) {
                patterns.append((try Pattern("(?:\(text))\\z", dialect: .perl), value))
            } catch {
                throw ModelFileError(
                    .unsupported,
                    "'\(key)': the pattern '\(text.prefix(100))' is not a regular expression that is supported.")
            }
        }
        self.patterns = patterns
    }

    /// Returns the value of the module at `path`, nil when no pattern matches it.
    ///
    /// - Throws: ``ModelFileError`` when a pattern takes too long.
    public func value(of path: String) throws(ModelFileError) -> Value? {
        let text = Array(path.utf8)
        let starts = [0] + text.indices.filter { text[$0] == UInt8(ascii: ".") }.map { $0 + 1 }
        for (pattern, value) in patterns {
            for start in starts {
                var steps = 100_000
                do throws(TokenizerError) {
                    if try pattern.match(text, in: text.indices, at: start, steps: &steps) != nil { return value }
                } catch {
                    throw ModelFileError(
                        .unsupported, "The pattern '\(pattern.source.prefix(100))' takes too long on '\(path)'.")
                }
            }
        }
        return nil
    }

    /// Whether both have the same patterns with the same values.
    public static func == (a: Self, b: Self) -> Bool {
        a.patterns.elementsEqual(b.patterns) { $0.pattern == $1.pattern && $0.value == $1.value }
    }

    /// Hashes the patterns and their values.
    public func hash(into hasher: inout Hasher) {
        for (pattern, value) in patterns {
            hasher.combine(pattern)
            hasher.combine(value)
        }
    }
}

/// A regular expression for the whole path of a module, as PEFT takes `target_modules` and `exclude_modules` when they are text
/// (`re.fullmatch`).
public struct ModuleExpression: Sendable, Hashable {
    private let pattern: Pattern
    private let key: String

    /// Reads the expression.
    ///
    /// - Parameter key: what it is the value of, for messages.
    /// - Throws: ``ModelFileError`` when it is no regular expression this package reads.
    public init(_ text: String, key: String) throws(ModelFileError) {
        self.key = key
        do throws(TokenizerError) {
            pattern = try Pattern("(?:\(text))\\z")
        } catch {
            throw ModelFileError(
                .unsupported, "'\(key)': '\(text.prefix(100))' is not a regular expression that is supported.")
        }
    }

    /// Returns whether the whole of `path` matches.
    ///
    /// - Throws: ``ModelFileError`` when that takes too long.
    public func matches(_ path: String) throws(ModelFileError) -> Bool {
        let text = Array(path.utf8)
        var steps = 100_000
        do throws(TokenizerError) {
            return try pattern.match(text, in: text.indices, at: 0, steps: &steps) != nil
        } catch {
            throw ModelFileError(.unsupported, "'\(key)': the pattern takes too long on '\(path)'.")
        }
    }
}
