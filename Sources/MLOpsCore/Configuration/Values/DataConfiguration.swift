/// What a model learns from, and how rows become tokens.
public struct DataConfiguration: Sendable, Hashable {
    /// A file, or a directory that holds the files (key `dataset_path`).
    public var path: String
    /// Which files of a directory are read, as a glob (key `dataset_pattern`).
    public var pattern: String
    /// The form of the rows (key `data_format`).
    public var format: DataFormat
    /// What happens to rows that cannot be used (key `on_invalid`).
    public var onInvalid: InvalidRowPolicy
    /// The most tokens a row may have (key `max_length`).
    public var maximumLength: Int
    /// What happens to a row with more tokens (key `overlength`).
    public var overlength: OverlengthPolicy
    /// Which tokens are learned (key `train_on`).
    public var trainOn: TrainOn
    /// The share of the rows that is held out for validation, in 0..<1; 0 holds out none (key `test_size`).
    public var testSize: Double
    /// Whether the rows of an epoch are visited in a random order (seeded), or in the order of the files (key `shuffle`).
    public var shuffle: Bool
    /// Accepted and without effect: rows of a batch are never padded, so there is nothing to pack (key `packing`).
    public var packing: Bool

    /// Creates a configuration; what is not named has its documented default.
    public init(
        path: String = "data",
        pattern: String = "*.jsonl",
        format: DataFormat = .auto,
        onInvalid: InvalidRowPolicy = .error,
        maximumLength: Int = 512,
        overlength: OverlengthPolicy = .error,
        trainOn: TrainOn = .completion,
        testSize: Double = 0.1,
        shuffle: Bool = true,
        packing: Bool = false
    ) {
        self.path = path
        self.pattern = pattern
        self.format = format
        self.onInvalid = onInvalid
        self.maximumLength = maximumLength
        self.overlength = overlength
        self.trainOn = trainOn
        self.testSize = testSize
        self.shuffle = shuffle
        self.packing = packing
    }
}
