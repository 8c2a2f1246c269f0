/// A failure that can be shown to a person as it is.
///
/// Every room of the package throws errors of its own type; they all say what happened, where,
/// and what to do next, and they all know the exit status a command ends with.
public protocol ReportableError: Error, CustomStringConvertible, Sendable {
    /// What happened, where (file, line, key, tensor, offset) and what to do next, in whole sentences.
    var message: String { get }
    /// What a command that cannot go on because of this error exits with.
    var exitStatus: ExitStatus { get }
}

extension ReportableError {
    /// The message, so that string interpolation and test failures read well.
    public var description: String { message }
}
