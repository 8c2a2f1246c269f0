import Dispatch
import Foundation
import MLOpsCore
import Synchronization

/// SIGINT and SIGTERM: the first cancels the work, which saves a checkpoint and ends; the second ends the process.
enum Interruption {
    /// Runs `work` in a task that the first signal cancels.
    static func watching<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result
    {
        let task = Task { try await work() }
        let count = Mutex(0)
        let sources = [SIGINT, SIGTERM].map { number in
            // The default action would end the process before the source is asked.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                guard isFirst else { _exit(ExitStatus.interrupted.rawValue) }
                Console.standard.complain("\nmlops: stopping after this step; a second signal stops at once\n")
                task.cancel()
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        return try await task.value
    }
}
