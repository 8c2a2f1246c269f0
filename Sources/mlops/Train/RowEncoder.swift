import MLOpsCore

/// Turns conversations into tokens with the model's own tokenizer and template; rows that are tokens need neither.
struct RowEncoder {
    init(_ files: ModelFiles, dataset: Dataset, trainOn: TrainOn) throws {
        guard dataset.conversations.isEmpty else {
            throw RunError(.changed, "Conversations need a tokenizer.")
        }
    }

    func example(_ conversation: Conversation) throws -> TokenizedExample {
        throw RunError(.changed, "Conversations need a tokenizer.")
    }
}
