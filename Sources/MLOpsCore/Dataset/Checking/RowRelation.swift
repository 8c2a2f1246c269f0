/// What one row is to an earlier one, or a test row to a training row.
struct RowRelation: Sendable {
    /// Kinds of relation.
    enum Kind: Sendable, CaseIterable {
        /// The row repeats an earlier one.
        case duplicate
        /// The row answers an earlier row's prompt otherwise.
        case conflict
        /// The same, where the prompts differ in the case of letters.
        case caseConflict
        /// The test row is a training row.
        case sameRow
        /// The test row asks what a training row asks.
        case samePrompt
        /// The same apart from the case of letters, with another answer.
        case samePromptButForCase
        /// A test row and a training row have words in common.
        case overlap
    }

    let kind: Kind
    /// The row.
    let place: RowAudit.Place
    /// The row it is related to.
    let other: RowAudit.Place

    /// Returns the finding that this is, for the row at `origin`; `other` is where the other row stands.
    func finding(at origin: RowOrigin, other: String) -> DataFinding {
        DataFinding(findingKind, at: origin, message(other), fix: fix)
    }

    /// The kind of finding.
    var findingKind: DataFinding.Kind {
        switch kind {
        case .duplicate: .duplicate
        case .conflict, .caseConflict: .conflictingAnswer
        case .sameRow, .samePrompt: .leak
        case .samePromptButForCase: .caseLeak
        case .overlap: .overlap
        }
    }

    private func message(_ other: String) -> String {
        switch kind {
        case .duplicate: "The row is the same as \(other)."
        case .conflict: "The prompt has another answer at \(other)."
        case .caseConflict: "Apart from the case of letters, the prompt has another answer at \(other)."
        case .sameRow: "The test row is the training row \(other)."
        case .samePrompt: "The test row asks what the training row \(other) asks."
        case .samePromptButForCase:
            "Apart from the case of letters, the test row asks what the training row \(other) asks, "
                + "but its answer is another."
        case .overlap:
            "The test row has \(TestRuns.length) words in a row in common with the training row \(other)."
        }
    }

    private var fix: String {
        switch kind {
        case .duplicate: "Remove one of them."
        case .conflict: "Keep the better answer, unless both are meant."
        case .caseConflict: "Keep the better answer, unless the case makes it another question."
        case .sameRow: "Remove one of them; a score on a row seen in training says nothing."
        case .samePrompt: "Remove one of them; a score on a prompt seen in training says nothing."
        case .samePromptButForCase: "Remove one of them, unless the case makes it another question."
        case .overlap: "Remove one of them, unless the words are a phrase that everybody uses."
        }
    }
}
