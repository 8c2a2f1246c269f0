public import Foundation
public import MLOpsCore

/// What reading a saved model back from the disk has shown.
public struct SavedModelCheck: Sendable, Hashable {
    /// How many numbers were read and found to be the trained ones, bit by bit.
    public var parameterCount: Int
    /// The greatest change of a logit that the saved adapter makes on one short row; nil when there is nothing to compare with.
    public var greatestChange: Double?
    /// Something that is no failure but that one wants to know: the model is as it was before training.
    public var warning: String?

    /// Creates a record.
    public init(parameterCount: Int, greatestChange: Double? = nil, warning: String? = nil) {
        self.parameterCount = parameterCount
        self.greatestChange = greatestChange
        self.warning = warning
    }

    /// The check as a line of `events.jsonl`.
    public var json: JSONValue {
        [
            "event": "verified", "parameters": .integer(Int64(parameterCount)),
            "greatest_logit_change": greatestChange.map { .number($0) } ?? .null,
            "warning": warning.map { .string($0) } ?? .null,
        ]
    }
}

extension TrainableModel {
    /// Reads the parameters back from what ``writeModel(to:)`` made: each must be finite and the one in memory, bit by bit.
    ///
    /// - Throws: ``TrainingError`` that says what is wrong, and what reading throws.
    public func checkSaved(in directory: URL, on example: TokenizedExample?) throws -> SavedModelCheck {
        try checkParameters(readBack(from: directory), in: directory)
    }

    /// This model with the parameters that lie in `directory`.
    func readBack(from directory: URL) throws -> Self {
        var copy = self
        do {
            try copy.readParameters(from: directory)
        } catch {
            let reason = (error as? any ReportableError)?.message ?? "\(error)"
            throw TrainingError(
                .storageFailed,
                "The model in '\(directory.path(percentEncoded: false))' cannot be read back: \(reason) "
                    + "Check the device, then continue with `mlops train --resume`.")
        }
        return copy
    }

    /// Compares the parameters of `copy`, read from `directory`, with those in memory.
    func checkParameters(_ copy: Self, in directory: URL) throws -> SavedModelCheck {
        let (saved, own) = (copy.parameters, parameters)
        let path = directory.path(percentEncoded: false)
        if let i = own.firstIndex(where: { !$0.isFinite }) {
            throw TrainingError(
                .unusableModel,
                "Number \(i) of the trained parameters is \(own[i]), so the model in '\(path)' is of no use. "
                    + "Look at the losses in events.jsonl, lower lr, and train again.")
        }
        let different = saved.count == own.count ? zip(saved, own).count { $0.bitPattern != $1.bitPattern } : own.count
        guard different == 0 else {
            throw TrainingError(
                .storageFailed,
                "The model in '\(path)' does not read back as it was trained: \(different) of \(own.count) numbers "
                    + "differ. Check the device, then continue with `mlops train --resume`.")
        }
        return SavedModelCheck(parameterCount: own.count)
    }
}

extension AdapterTraining {
    /// Tokens of the row that the adapter is tried on; enough to see that it is applied.
    private static let triedTokens = 32

    /// Reads the adapter back: the same numbers in the same shapes, all finite, and logits that differ from the base model's.
    ///
    /// An adapter whose B is zero changes nothing by construction, and one below the rounding of the logits seems not to: both
    /// are warnings. The latter is told from an adapter that is not applied by making B larger.
    ///
    /// - Parameter example: a row to try the adapter on; its first 32 tokens are used. Nil leaves that out.
    /// - Throws: ``TrainingError``, `storageFailed` when the files do not hold what is in memory, `unusableModel` when a number or
    ///   a logit is not finite or the adapter has no effect.
    public func checkSaved(in directory: URL, on example: TokenizedExample?) throws -> SavedModelCheck {
        // A step's buffers would be kept beside those that logits ask for.
        model.workspaces.releaseIdle()
        let copy = try readBack(from: directory)
        var check = try checkParameters(copy, in: directory)
        guard let ids = example?.ids.prefix(Self.triedTokens), !ids.isEmpty else { return check }
        func logits(_ adapter: LoRAAdapter?) throws -> [Float] {
            try model.logits(of: Array(ids), adapter: adapter).last
        }
        let (base, tuned) = (try logits(nil), try logits(copy.adapter))
        guard tuned.allSatisfy(\.isFinite) else {
            throw TrainingError(
                .unusableModel,
                "With the adapter in '\(directory.path(percentEncoded: false))' the model's logits are not finite. "
                    + "Lower lr, and train again.")
        }
        let change = zip(base, tuned).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
        check.greatestChange = change
        guard change == 0 else { return check }
        guard let larger = copy.adapter.withLargerB() else {
            check.warning =
                "every B of the saved adapter is zero, so it changes nothing. Did any step move it? Look at lr and the warm-up"
            return check
        }
        guard try logits(larger) != base else {
            throw TrainingError(
                .unusableModel,
                "The adapter in '\(directory.path(percentEncoded: false))' is not zero, yet the model's logits are those of its "
                    + "base. This is a fault of this program; please report it with events.jsonl.")
        }
        check.warning =
            "the saved adapter changes logits by less than their last digit. Did it learn? Look at lr and the number of steps"
        return check
    }
}

extension LoRAAdapter {
    /// This adapter with each B and what follows it scaled so that its greatest number is 1; nil when every B is zero.
    fileprivate func withLargerB() -> LoRAAdapter? {
        var copy = self
        var numbers = parameters
        var found = false
        for module in layout.modules {
            let greatest = numbers[module.b].reduce(0) { max($0, abs($1)) }
            guard greatest > 0 else { continue }
            found = true
            for i in module.b { numbers[i] /= greatest }
        }
        guard found else { return nil }
        copy.parameters = numbers
        return copy
    }
}
