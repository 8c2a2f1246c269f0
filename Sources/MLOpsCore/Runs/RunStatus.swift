/// How far a run has come, as its journal tells.
public enum RunStatus: String, Sendable, Hashable, Codable, CaseIterable {
    /// Everything the run was asked for is done.
    case succeeded
    /// Everything is done, and the quality gate said no.
    case gateFailed = "gate_failed"
    /// Everything is done, and the quality gate could not decide.
    case gateInconclusive = "gate_inconclusive"
    /// A signal ended it after a checkpoint.
    case interrupted
    /// A health rule or a budget ended it after a checkpoint.
    case stopped
    /// An error ended it.
    case failed
    /// It is running, or it was killed.
    case unfinished

    /// Whether there is nothing left to continue.
    public var isFinal: Bool { self == .succeeded || self == .gateFailed || self == .gateInconclusive }
}

extension RunDirectory {
    /// How far the run has come: what the last whole line of its journal says.
    public var status: RunStatus {
        guard let entry = JournalReader.lastEntry(of: journal), let event = entry["event"]?.string else {
            return .unfinished
        }
        switch event {
        case "finished": return entry["status"]?.string.flatMap(RunStatus.init(rawValue:)) ?? .succeeded
        case "interrupted": return .interrupted
        case "stopped": return .stopped
        case "failed": return .failed
        default: return .unfinished
        }
    }
}
