/// Something wrong, or doubtful, at one place of a data set.
public struct DataFinding: Sendable, Hashable, CustomStringConvertible {
    /// How much a finding matters.
    public enum Severity: String, Sendable, Hashable, Codable {
        /// The row cannot be used, or using it would make the results worthless.
        case error
        /// The row can be used, but is probably not what was meant.
        case warning
    }

    /// What was found.
    public let kind: Kind
    /// Where.
    public let origin: RowOrigin
    /// The byte of the line it begins at, counted from 1; nil when the row as a whole is meant.
    public let column: Int?
    /// What is there, in a sentence.
    public let message: String
    /// What to do about it, in a sentence.
    public let fix: String

    /// Creates a finding.
    public init(_ kind: Kind, at origin: RowOrigin, column: Int? = nil, _ message: String, fix: String) {
        self.kind = kind
        self.origin = origin
        self.column = column
        self.message = message
        self.fix = fix
    }

    /// How much it matters.
    public var severity: Severity { kind.severity }

    /// `file:line: severity: message fix [kind]`, as compilers write it, on one line whatever the data holds.
    public var description: String {
        "\(origin): \(severity.rawValue): \(message) \(fix) [\(kind.rawValue)]".withVisibleControls()
    }
}

extension DataFinding {
    /// The kinds of finding; the raw values are the names in reports.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// The text is not JSON.
        case badJSON = "bad_json"
        /// The bytes are not UTF-8.
        case badUTF8 = "bad_utf8"
        /// A row is longer than a reader accepts.
        case lineTooLong = "line_too_long"
        /// The file ends early, or its compressed form is damaged.
        case corruptFile = "corrupt_file"
        /// The file holds no row.
        case emptyFile = "empty_file"
        /// A link leads to a file that is read already.
        case sameFile = "same_file"
        /// The row has none of the known shapes.
        case unknownShape = "unknown_shape"
        /// The row has a known shape, but not the one `data_format` asks for.
        case otherFormat = "other_format"
        /// A key is missing.
        case missingKey = "missing_key"
        /// A value has the wrong type.
        case wrongType = "wrong_type"
        /// A role is not one of system, user, assistant, tool.
        case wrongRole = "wrong_role"
        /// A field changes what the row means, in a way that is not supported.
        case unsupportedField = "unsupported_field"
        /// A text that must say something is empty.
        case emptyContent = "empty_content"
        /// Nobody answers: there is nothing to learn.
        case noAssistantTurn = "no_assistant_turn"
        /// No token of the row is learned.
        case noSupervisedToken = "no_supervised_token"
        /// The model's tokenizer or chat template does not take the row.
        case notTokenizable = "not_tokenizable"
        /// The row cannot be said in the format that was asked for.
        case notConvertible = "not_convertible"
        /// The row has more tokens than allowed.
        case overLong = "over_long"
        /// A test row asks what a training row asks.
        case leak
        /// A test row asks what a training row asks apart from the case of letters, and has another answer.
        case caseLeak = "case_leak"
        /// A test row and a training row have 13 words in a row in common.
        case overlap
        /// The file begins with a byte-order mark.
        case byteOrderMark = "byte_order_mark"
        /// A line has nothing on it.
        case emptyLine = "empty_line"
        /// The row has more than one shape at once.
        case ambiguousShape = "ambiguous_shape"
        /// The assistant speaks before anyone asked.
        case assistantFirst = "assistant_first"
        /// One role speaks twice in a row.
        case repeatedRole = "repeated_role"
        /// A system turn stands behind other turns.
        case lateSystemTurn = "late_system_turn"
        /// The conversation does not end with the assistant.
        case unansweredTurn = "unanswered_turn"
        /// The row repeats an earlier one.
        case duplicate
        /// The row answers an earlier row's prompt differently.
        case conflictingAnswer = "conflicting_answer"
        /// The row is nearly the same as an earlier one.
        case nearDuplicate = "near_duplicate"
        /// U+FFFD stands where a character was lost.
        case replacementCharacter = "replacement_character"
        /// The text looks like UTF-8 that was read as Windows-1252.
        case mojibake
        /// The text holds an invisible character that no text needs.
        case controlCharacter = "control_character"
        /// The text holds what looks like a key, a token or a password.
        case secret
        /// The text holds what looks like an address or number of a person.
        case personalData = "personal_data"
        /// The row begins with two BOS tokens.
        case doubledBOS = "doubled_bos"
        /// No token that ends an answer is learned.
        case noEndOfAnswer = "no_end_of_answer"

        /// How much findings of this kind matter.
        public var severity: Severity {
            switch self {
            case .badJSON, .badUTF8, .lineTooLong, .corruptFile, .emptyFile, .unknownShape, .otherFormat, .missingKey,
                .wrongType, .wrongRole, .unsupportedField, .emptyContent, .noAssistantTurn, .noSupervisedToken,
                .notTokenizable, .notConvertible, .overLong, .leak:
                .error
            case .sameFile, .emptyLine, .ambiguousShape, .assistantFirst, .repeatedRole, .lateSystemTurn,
                .unansweredTurn,
                .duplicate, .conflictingAnswer, .caseLeak, .overlap, .byteOrderMark, .nearDuplicate,
                .replacementCharacter,
                .mojibake, .controlCharacter, .secret, .personalData, .doubledBOS, .noEndOfAnswer:
                .warning
            }
        }

        /// Whether leaving the row out mends an error of this kind.
        ///
        /// It does not when rows nobody saw may be missing; a leak and the length of a row are decided on elsewhere.
        var isSkippable: Bool {
            switch self {
            case .corruptFile, .emptyFile, .leak, .overLong: false
            default: true
            }
        }
    }
}
