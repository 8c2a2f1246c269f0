import Foundation
import MLOpsCore

/// The terminal, as commands see it: results to standard output, everything else to standard error.
struct Console: Sendable, Hashable {
    /// How much a command tells on standard error.
    enum Verbosity: Sendable, Hashable { case quiet, normal, verbose }

    /// A console that tells the normal amount and prints text.
    static let standard = Console(verbosity: .normal, isJSON: false)

    let verbosity: Verbosity
    /// Whether standard output carries one JSON value and nothing else.
    let isJSON: Bool

    /// Writes the one result of a command: `value` under `--json`, else `text`.
    func report(_ value: @autoclosure () -> JSONValue, text: @autoclosure () -> String) throws {
        if isJSON { try json(value()) } else { try line(text()) }
    }

    /// Writes `value` to standard output, one member a line.
    func json(_ value: JSONValue) throws { try line(value.text(.pretty)) }

    /// Writes `text` and an end of line to standard output.
    func line(_ text: String) throws { try write(text + "\n") }

    /// Writes `text` to standard output as it is.
    ///
    /// - Throws: ``ClosedOutput`` when the reader went away, `FileError` when the disk behind it is full.
    func write(_ text: String) throws {
        guard let number = Self.send(text, to: STDOUT_FILENO) else { return }
        guard number != EPIPE else { throw ClosedOutput() }
        throw FileError(errno: number, action: "write", path: "standard output")
    }

    /// Tells `text` on standard error, unless `--quiet`.
    func log(_ text: @autoclosure () -> String) {
        if verbosity != .quiet { complain(text() + "\n") }
    }

    /// Tells `text` on standard error under `--verbose` only.
    func detail(_ text: @autoclosure () -> String) {
        if verbosity == .verbose { complain(text() + "\n") }
    }

    /// Tells `text` on standard error, whatever the verbosity.
    func warn(_ text: @autoclosure () -> String) { complain("mlops: warning: \(text())\n") }

    /// Writes `text` to standard error as it is; when nobody listens there, so be it.
    func complain(_ text: String) { _ = Self.send(text, to: STDERR_FILENO) }

    /// Whether a person watches standard output.
    var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Whether a person watches standard error, so that a progress bar may redraw itself there.
    var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    /// Whether standard output may be coloured: a terminal, and no `NO_COLOR`.
    var outputUsesColor: Bool { outputIsTerminal && Self.allowsColor }
    /// Whether standard error may be coloured.
    var errorUsesColor: Bool { errorIsTerminal && Self.allowsColor }

    /// `NO_COLOR` set to anything but nothing switches colour off (no-color.org); a dumb terminal has none.
    private static var allowsColor: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// Writes all of `text` to `descriptor`, unbuffered; returns the `errno` of a failure.
    private static func send(_ text: String, to descriptor: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            // The pointer stays inside `bytes`: `done` never passes its count.
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Foundation.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written < 0 {
                if errno == EINTR { continue }
                return errno
            }
            done += written
        }
        return nil
    }
}

/// Nobody reads standard output any more.
struct ClosedOutput: Error {}
