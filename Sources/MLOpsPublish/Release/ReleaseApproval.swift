public import MLOpsCore

/// The judgement that opens the door to publishing: a passed gate, or a person's waiver with a reason.
///
/// It is given for one adapter, by the digest of its weights, so it cannot be used for another.
public struct ReleaseApproval: Sendable, Hashable {
    /// Why a run may be published.
    public enum Ground: Sendable, Hashable {
        /// Its gate passed.
        case passedGate
        /// Somebody decided so, for a reason, whatever the gate said (nil: there was none).
        case waiver(reason: String, verdict: Verdict?)
    }

    /// Why.
    public let ground: Ground
    /// SHA-256 of the weights it is for.
    public let adapterDigest: String

    /// Judges `run` by its gate.
    ///
    /// - Parameter waiver: the reason to publish in spite of the gate; nil publishes only what passed.
    /// - Throws: ``PublishError``: exit status 2 when the gate failed or there is none, 3 when it was inconclusive, and 64
    ///   for a waiver without a reason.
    public init(for run: PublishableRun, waiver: String? = nil) throws {
        adapterDigest = try run.adapterDigest()
        let verdict = run.metrics?.gate?.verdict
        if verdict == .passed {
            ground = .passedGate
            return
        }
        if let waiver {
            let reason = waiver.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !reason.isEmpty else { throw PublishError(.usage, "--force needs a reason, which is recorded.") }
            ground = .waiver(reason: reason, verdict: verdict)
            return
        }
        let why =
            switch verdict {
            case .failed?: "did not pass its gate. \(run.metrics?.gate?.reason ?? "")"
            case .inconclusive?: "has a gate that could not decide. \(run.metrics?.gate?.reason ?? "")"
            default: "was never judged by a gate. Evaluate it (eval.enabled=true)."
            }
        throw PublishError(
            .notApproved(verdict),
            "Run '\(run.directory.name)' \(why) To publish it all the same, give --force and a reason, which is recorded."
        )
    }

    /// The approval as `release.json` records it.
    var json: JSONValue {
        switch ground {
        case .passedGate: ["ground": "gate", "verdict": "passed", "reason": nil]
        case .waiver(let reason, let verdict):
            ["ground": "waiver", "verdict": verdict.map { .string($0.rawValue) } ?? nil, "reason": .string(reason)]
        }
    }
}
