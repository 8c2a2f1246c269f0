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
            let arguments = try HydraArguments.writtenOut(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(withoutHelpOfUnknown(arguments))
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

    /// Returns `arguments` up to a word that should name a command and does not: help is of commands that are there.
    private static func withoutHelpOfUnknown(_ arguments: [String]) -> [String] {
        var command: any ParsableCommand.Type = Self.self
        let isHelp = arguments.first == "help"
        guard isHelp || arguments.contains("--help") || arguments.contains("-h") else { return arguments }
        for (index, word) in arguments.enumerated().dropFirst(isHelp ? 1 : 0) {
            let commands = command.configuration.subcommands
            guard !commands.isEmpty, command.configuration.defaultSubcommand == nil, !word.hasPrefix("-") else { break }
            guard let next = commands.first(where: { $0._commandName == word }) else {
                return word == "help" ? arguments : Array(arguments[(isHelp ? 1 : 0)...index])
            }
            command = next
        }
        return arguments
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
