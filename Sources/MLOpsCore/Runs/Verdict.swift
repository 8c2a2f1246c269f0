/// What a quality gate concludes about a run.
public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every rule holds.
    case passed
    /// At least one rule does not hold.
    case failed
    /// No rule is known not to hold, but at least one could not be judged.
    case inconclusive

    /// What a command that applies a gate exits with: 0, 2 or 3.
    public var exitStatus: ExitStatus {
        switch self {
        case .passed: .success
        case .failed: .gateFailed
        case .inconclusive: .gateInconclusive
        }
    }

    /// The conclusion from several: failed when one failed, else inconclusive when one is, or when there is none.
    public init(of verdicts: some Sequence<Verdict>) {
        var all: Verdict?
        for verdict in verdicts {
            switch (verdict, all) {
            case (.failed, _), (_, .failed): all = .failed
            case (.inconclusive, _), (_, .inconclusive): all = .inconclusive
            case (.passed, _): all = .passed
            }
        }
        self = all ?? .inconclusive
    }
}
