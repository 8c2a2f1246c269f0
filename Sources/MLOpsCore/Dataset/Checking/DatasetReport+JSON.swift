internal import OrderedCollections

extension DatasetReport {
    /// The report as a document, in a fixed order of keys; a part that does not apply is null.
    public var json: JSONValue {
        [
            "files": .array(
                files.map {
                    [
                        "path": .string($0.path), "sha256": .string($0.digest), "bytes": .integer(Int64($0.size)),
                        "rows": .integer(Int64($0.rowCount)),
                    ]
                }),
            "rows": .integer(Int64(rowCount)),
            "invalid_rows": .integer(Int64(invalidRowCount)),
            "shapes": Self.counts(RowShape.allCases.map { ($0.rawValue, shapes[$0]) }),
            "roles": Self.counts(["system", "user", "assistant", "tool"].map { ($0, roles[$0]) }),
            "turns": turns.count > 0 ? turns.json : .null,
            "prompt_characters": turns.count > 0 ? promptCharacters.json : .null,
            "answer_characters": answerCharacters.count > 0 ? answerCharacters.json : .null,
            "tokens": tokens?.json ?? .null,
            "supervised_tokens": supervisedTokens?.json ?? .null,
            "special_tokens": specialTokens?.json ?? .null,
            "dropped_rows": .integer(Int64(droppedRowCount)),
            "truncated_rows": .integer(Int64(truncatedRowCount)),
            "distinct_prompts": .integer(Int64(distinctPromptCount)),
            "duplicates": .integer(Int64(findings.count(of: DataFinding.Kind.duplicate))),
            "conflicting_answers": .integer(Int64(findings.count(of: DataFinding.Kind.conflictingAnswer))),
            "near_duplicates": .integer(Int64(findings.count(of: DataFinding.Kind.nearDuplicate))),
            "overlaps": .integer(Int64(findings.count(of: DataFinding.Kind.overlap))),
            "leaks": .integer(Int64(findings.count(of: DataFinding.Kind.leak))),
            "findings": findings.json,
        ]
    }

    private static func counts(_ pairs: [(String, Int?)]) -> JSONValue {
        .object(
            pairs.reduce(into: OrderedDictionary()) { members, pair in
                if let count = pair.1 { members[pair.0] = .integer(Int64(count)) }
            })
    }
}

extension FindingLog {
    /// The findings as a document: counts of all, and those that were kept.
    public var json: JSONValue {
        [
            "errors": .integer(Int64(count(of: DataFinding.Severity.error))),
            "warnings": .integer(Int64(count(of: DataFinding.Severity.warning))),
            "kinds": .object(
                kinds.reduce(into: OrderedDictionary()) { $0[$1.rawValue] = .integer(Int64(count(of: $1))) }),
            "listed": .array(listed.map(\.json)),
            "not_listed": .integer(Int64(unlistedCount)),
        ]
    }
}

extension DataFinding {
    /// The finding as a document.
    public var json: JSONValue {
        [
            "severity": .string(severity.rawValue), "kind": .string(kind.rawValue), "file": .string(origin.file),
            "line": .integer(Int64(origin.line)), "column": column.map { .integer(Int64($0)) } ?? .null,
            "message": .string(message), "fix": .string(fix),
        ]
    }
}
