import ArgumentParser
import Foundation
import MLOpsCore

extension MLOpsCommand {
    /// Parses the command line, runs the command, and ends the process with the exit status of the contract.
    ///
    /// Commands throw; only this function turns an error into text and a number.
    static func main() async {
        // A reader that goes away (`mlops … | head`) is an error we report, not a signal that kills us.
        _ = signal(SIGPIPE, SIG_IGN)
        var isRunning = false
        do {
            var command = try parseAsRoot()
            isRunning = true
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let ending = Ending(error, isRunning: isRunning)
            if let text = ending.complaint { Console.standard.complain(text) }
            do {
                if let text = ending.output { try Console.standard.write(text) }
                Foundation.exit(ending.status)
            } catch {
                Foundation.exit(ExitStatus.inputOutput.rawValue)  // help that could not be printed
            }
        }
    }
}

/// How a command that threw ends: what it prints where, and its exit status.
struct Ending: Equatable {
    /// What goes to standard output (help and versions are asked for).
    var output: String?
    /// What goes to standard error.
    var complaint: String?
    var status: Int32

    /// - Parameter isRunning: whether the command line was understood; then its usage is not what was wrong.
    init(_ error: any Error, isRunning: Bool = true) {
        switch error {
        case is ClosedOutput:
            self.init(status: .inputOutput)  // nobody is left to read a message
        case let error as any ReportableError:
            self.init(complaint: "mlops: error: \(error.message)\n", status: error.exitStatus)
        case is CancellationError:
            self.init(complaint: "mlops: error: Interrupted.\n", status: .interrupted)
        default:
            self.init(parserError: error, isRunning: isRunning)
        }
    }

    private init(complaint: String? = nil, status: ExitStatus) {
        self.complaint = complaint
        self.status = status.rawValue
    }

    /// The argument parser's own errors, and those nobody gave a message.
    private init(parserError error: any Error, isRunning: Bool) {
        status = MLOpsCommand.exitCode(for: error).rawValue
        let isComplaint = isRunning && status != 0
        let text = isComplaint ? MLOpsCommand.message(for: error) : MLOpsCommand.fullMessage(for: error)
        guard !text.isEmpty else { return }  // a bare `ExitCode`
        guard status != 0 else {
            output = text + "\n"
            return
        }
        let prefix = "Error: "
        let message = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        complaint = "mlops: error: \(message)\n"
    }
}

extension ExitStatus {
    /// Thrown by a command whose answer is its exit status, such as a gate that failed.
    var code: ExitCode { ExitCode(rawValue) }
}
