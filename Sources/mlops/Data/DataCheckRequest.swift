import ArgumentParser
import MLOpsCore

/// What a check of data is about, from the command line or from a configuration.
struct DataCheckRequest {
    var paths: [String]
    var pattern: String?
    var tests: [String] = []
    var testPattern: String?
    var reader: DatasetReader
    var maximumLength = Int.max
    var overlength = OverlengthPolicy.error
    var trainOn = TrainOn.completion
    /// The model whose tokenizer and template make the tokens; nil: rows are not tokenised.
    var encoder: ConversationEncoder?

    /// Reads `paths` as the options say.
    init(paths: [String], reading: ReadingOptions, encoding: RowEncodingOptions) throws {
        self.paths = paths
        pattern = reading.pattern
        reader = reading.reader
        maximumLength = encoding.maxLength ?? .max
        trainOn = encoding.trainOn
        encoder = try encoding.encoder()
    }

    /// Reads the rows that a run of `configuration` learns from, and those it is evaluated on.
    init(_ configuration: RunConfiguration) throws {
        let data = configuration.data
        paths = [data.path]
        pattern = data.pattern
        reader = DatasetReader(format: data.format, onInvalid: data.onInvalid)
        maximumLength = data.maximumLength
        overlength = data.overlength
        trainOn = data.trainOn
        if configuration.evaluation.isEnabled, let path = configuration.evaluation.datasetPath {
            tests = [path]
            testPattern = configuration.evaluation.datasetPattern
        }
        let files = try ModelFiles(contentsOf: ModelLocator().locate(configuration.modelName).url)
        // A model of tokens alone can still be trained on rows of tokens.
        encoder = try files.tokenizer() == nil ? nil : ConversationEncoder(files)
    }

    /// Makes the check.
    func check() throws -> DatasetCheck {
        guard let encoder else {
            return try DatasetCheck(
                paths, pattern: pattern, against: tests, testPattern: testPattern, reader: reader)
        }
        return try DatasetCheck(
            paths, pattern: pattern, against: tests, testPattern: testPattern, reader: reader,
            maximumLength: maximumLength, overlength: overlength,
            special: SpecialIDs(beginning: encoder.tokenizer.bosID, ends: encoder.stopIDs)
        ) { [trainOn] in try encoder.example($0, trainOn: trainOn) }
    }
}
