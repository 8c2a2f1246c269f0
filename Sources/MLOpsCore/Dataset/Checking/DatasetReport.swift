/// What a data set holds and what is wrong with it: `artifacts/data_stats.json`.
public struct DatasetReport: Sendable, Hashable {
    /// One file of the data set.
    public struct File: Sendable, Hashable {
        /// The path, as the user named it.
        public let path: String
        /// The SHA-256 of its bytes on disk.
        public let digest: String
        /// Its size on disk, in bytes.
        public let size: Int
        /// How many of its rows are used.
        public let rowCount: Int
    }

    /// The files, in the order they were read.
    public internal(set) var files: [File] = []
    /// How many rows are used.
    public internal(set) var rowCount = 0
    /// How many rows were left out as wrong.
    public internal(set) var invalidRowCount = 0
    /// How many rows have each shape.
    public internal(set) var shapes: [RowShape: Int] = [:]
    /// How many turns each role has.
    public internal(set) var roles: [String: Int] = [:]
    /// How many turns the conversations have.
    public internal(set) var turns = LengthDistribution()
    /// How many characters the prompts have, all turns before the last answer together.
    public internal(set) var promptCharacters = LengthDistribution()
    /// How many characters the last answers and the texts have.
    public internal(set) var answerCharacters = LengthDistribution()
    /// How many tokens the rows have; nil until they were tokenised.
    public internal(set) var tokens: LengthDistribution?
    /// How many tokens of the rows are learned; nil until they were tokenised.
    public internal(set) var supervisedTokens: LengthDistribution?
    /// How many tokens begin and end rows and answers; nil when no model says which those are.
    public internal(set) var specialTokens: SpecialCounts?
    /// How many rows were left out for having too many tokens.
    public internal(set) var droppedRowCount = 0
    /// How many rows were cut for having too many tokens.
    public internal(set) var truncatedRowCount = 0
    /// How many different prompts there are, apart from case and white space.
    public internal(set) var distinctPromptCount = 0
    /// What was found.
    public internal(set) var findings: FindingLog

    /// Creates the report of an empty data set, which keeps `limit` findings of each kind.
    init(findingLimit limit: Int = 100) { findings = FindingLog(limit: limit) }

    /// Whether a finding makes rows unusable.
    public var hasErrors: Bool { findings.count(of: DataFinding.Severity.error) > 0 }

    /// Notes that rows which were counted as used are not, each for one of `findings`.
    mutating func leaveOut(_ findings: FindingLog) {
        let count = findings.count(of: DataFinding.Severity.error)
        rowCount -= count
        invalidRowCount += count
        self.findings.add(findings)
    }

    /// Counts a row that is used.
    mutating func add(_ row: DatasetRow, shape: RowShape) {
        rowCount += 1
        shapes[shape, default: 0] += 1
        guard case .conversation(let conversation) = row else { return }
        if conversation.kind == .text { return answerCharacters.add(conversation.answer?.unicodeScalars.count ?? 0) }
        turns.add(conversation.messages.count)
        for message in conversation.messages { roles[message.role, default: 0] += 1 }
        promptCharacters.add(conversation.prompt.reduce(0) { $0 + $1.content.unicodeScalars.count })
        answerCharacters.add(conversation.answer?.unicodeScalars.count ?? 0)
    }
}
