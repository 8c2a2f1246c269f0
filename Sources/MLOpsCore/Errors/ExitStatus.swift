/// How a command ended, as the shell sees it.
///
/// The numbers are the contract scripts rely on; 64 and up follow `sysexits.h`.
public enum ExitStatus: Int32, Sendable, Hashable, Codable, CaseIterable {
    /// The work was done.
    case success = 0
    /// Something failed that has no number of its own.
    case failure = 1
    /// The quality gate was applied, and did not pass.
    case gateFailed = 2
    /// The quality gate could not decide.
    case gateInconclusive = 3
    /// A budget or health rule stopped the run; a checkpoint was saved.
    case stopped = 4
    /// The command line was wrong.
    case usage = 64
    /// A file's content was wrong.
    case invalidData = 65
    /// A named input does not exist.
    case inputMissing = 66
    /// A service did not answer.
    case serviceUnavailable = 69
    /// Reading or writing failed (a full disk, a broken pipe).
    case inputOutput = 74
    /// A signal ended the run after a checkpoint: `--resume` continues it.
    case interrupted = 75
    /// The operating system refused access.
    case permissionDenied = 77
    /// The configuration was wrong.
    case configuration = 78
}
