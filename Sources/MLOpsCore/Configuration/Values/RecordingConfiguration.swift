/// What a run saves, logs and validates, and how often, in optimizer steps.
public struct RecordingConfiguration: Sendable, Hashable {
    /// Steps between checkpoints; nil: one at the end only (key `save_steps`).
    public var saveSteps: Int?
    /// How many checkpoints are kept, the newest ones; nil: all (key `save_total_limit`).
    public var saveTotalLimit: Int?
    /// Steps between lines of the log and points of the tracked curves; the journal has every step (key `logging_steps`).
    public var loggingSteps: Int
    /// Steps between validations on the held-out rows; nil: one after each epoch (key `eval_steps`).
    public var evaluationSteps: Int?

    /// Creates a configuration; what is not named has its documented default.
    public init(saveSteps: Int? = 200, saveTotalLimit: Int? = 3, loggingSteps: Int = 1, evaluationSteps: Int? = nil) {
        self.saveSteps = saveSteps
        self.saveTotalLimit = saveTotalLimit
        self.loggingSteps = loggingSteps
        self.evaluationSteps = evaluationSteps
    }
}
