/// Text that is not JSON, or is more than a reader accepts.
public struct JSONError: ReportableError, Hashable {
    /// What was wrong.
    public let reason: String
    /// The byte at which reading stopped, counted from 0.
    public let offset: Int
    /// The line of that byte, counted from 1.
    public let line: Int
    /// The column of that byte within its line, counted from 1 in bytes.
    public let column: Int

    /// `line:column: reason`.
    public var message: String { "Invalid JSON at line \(line), column \(column): \(reason)." }
    /// 65: the data is wrong.
    public var exitStatus: ExitStatus { .invalidData }
}
