import MLOpsCore
import MLOpsTraining

extension Console {
    /// Tells when products are not computed as asked for.
    func tell(_ options: ComputeOptions) {
        if let notice = options.notice { log(notice) }
    }

    /// Warns, in one line, when texts went beyond the positions that a model was made for.
    ///
    /// - Returns: whether one did.
    @discardableResult
    func warn(of completions: [Completion], beyond architecture: DecoderArchitecture) -> Bool {
        let lengths = completions.map { $0.promptTokenCount + $0.tokenCount }
        let limit = architecture.contextLength
        let count = lengths.count(where: { $0 > limit })
        guard count > 0, let longest = lengths.max() else { return false }
        warn(
            (count == 1 ? "a prompt with its answer is" : "\(count) prompts with their answers are up to")
                + " \(longest) tokens long, but the model was made for \(limit): what comes after them may be poor")
        return true
    }
}
