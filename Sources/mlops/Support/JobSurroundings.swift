import Foundation
import MLOpsCore

/// What `hydra.job` changes around a job: environment variables and the working directory.
struct JobSurroundings {
    private var variables: [(name: String, before: String?)] = []
    private let directory = FileManager.default.currentDirectoryPath

    /// Sets `variables` for this process.
    mutating func set(_ variables: [String: String]) {
        let environment = ProcessInfo.processInfo.environment
        for (name, value) in variables {
            self.variables.append((name, environment[name]))
            _ = unsafe setenv(name, value, 1)
        }
    }

    /// Goes to `url`.
    ///
    /// - Throws: `FileError` when that is not possible.
    func enter(_ url: URL) throws {
        let path = url.path(percentEncoded: false)
        guard FileManager.default.changeCurrentDirectoryPath(path) else {
            throw FileError(errno: errno, action: "enter", path: path)
        }
    }

    /// Puts everything back.
    func leave() {
        for (name, before) in variables {
            if let before { _ = unsafe setenv(name, before, 1) } else { _ = unsafe unsetenv(name) }
        }
        _ = FileManager.default.changeCurrentDirectoryPath(directory)
    }
}

extension Console {
    /// The same console as `hydra.verbose` and `hydra/job_logging` want it, where the command line does not say.
    func asConfigured(by composed: ComposedConfiguration) throws -> Console {
        guard verbosity == .normal, let tellsMore = try composed.tellsMore() else { return self }
        return Console(verbosity: tellsMore ? .verbose : .quiet, isJSON: isJSON)
    }
}
