/// The look at the texts of a row: characters that are broken, and what should not be learned.
enum TextAudit {
    /// Returns what is found in the turns of `conversation`: of each kind, and of each sort of secret, the first.
    static func findings(in conversation: Conversation) -> [DataFinding] {
        var findings: [DataFinding] = []
        var defects: Set<DataFinding.Kind> = []
        var sorts: Set<SensitiveText> = []
        for (index, message) in conversation.messages.enumerated() {
            let place = conversation.kind == .text ? "the row" : "turn \(index + 1) (\(message.role))"
            for defect in TextDefects.find(in: message.content) where defects.insert(defect.kind).inserted {
                findings.append(finding(defect, place, conversation.origin))
            }
            let bytes = Array(message.content.utf8)
            for match in SensitiveText.matches(in: bytes) where sorts.insert(match.kind).inserted {
                findings.append(
                    DataFinding(
                        match.kind.isSecret ? .secret : .personalData, at: conversation.origin,
                        "The text of \(place) holds what looks like \(match.kind.rawValue) "
                            + "(\(SensitiveText.mask(match, in: bytes))).",
                        fix: match.kind.isSecret
                            ? "Replace it by a placeholder, and revoke it: a model can repeat it."
                            : "Replace it by a placeholder unless it may be published: a model can repeat it."))
            }
        }
        return findings
    }

    private static func finding(_ defect: TextDefects.Defect, _ place: String, _ origin: RowOrigin) -> DataFinding {
        let at = "at character \(defect.place) of \(place)"
        return switch defect.kind {
        case .replacementCharacter:
            DataFinding(
                defect.kind, at: origin, "U+FFFD stands \(at), where a character was lost.",
                fix: "Decode the source again with its own encoding.")
        case .mojibake:
            DataFinding(
                defect.kind, at: origin, "\(defect.what) \(at) looks like UTF-8 that was read as Windows-1252.",
                fix: "Decode the source as UTF-8.")
        default:
            DataFinding(
                defect.kind, at: origin, "The invisible character \(defect.what) stands \(at).", fix: "Remove it.")
        }
    }
}
