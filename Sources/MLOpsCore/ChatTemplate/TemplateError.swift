/// A chat template that is not valid, refuses a conversation, or asks for too much.
public struct TemplateError: ReportableError, Hashable {
    /// Kinds of failure.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// The template's text is not a template.
        case syntax
        /// An operation of the template failed.
        case evaluation
        /// The template refused the conversation itself (`raise_exception`).
        case refused
        /// The template needs more time, depth or room than is given to one.
        case tooMuch
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong.
    public let reason: String
    /// The template's line, counted from 1.
    public let line: Int

    /// Creates an error from its parts.
    package init(_ code: Code, _ reason: String, line: Int) {
        self.code = code
        self.reason = reason
        self.line = line
    }

    /// Line and reason.
    public var message: String {
        switch code {
        case .refused: "The chat template refuses this conversation (template line \(line)): \(reason)"
        default: "Chat template, line \(line): \(reason)\(reason.hasSuffix(".") ? "" : ".")"
        }
    }
    /// 65: the data is wrong.
    public var exitStatus: ExitStatus { .invalidData }
}
