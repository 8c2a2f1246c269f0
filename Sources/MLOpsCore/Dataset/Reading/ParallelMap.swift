internal import Dispatch
internal import Foundation
internal import Synchronization

extension Array where Element: Sendable {
    /// Returns what `transform` makes of each element, in order, computed on all processors.
    ///
    /// - Complexity: O(*n*) calls, in neighbouring parts of equal count.
    ///
    /// - Parameter minimumPart: how few elements are not worth a thread of their own.
    func mappedInParallel<Output: Sendable>(minimumPart: Int = 32, _ transform: @Sendable (Element) -> Output)
        -> [Output]
    {
        let width = Swift.min(ProcessInfo.processInfo.activeProcessorCount, count / minimumPart)
        guard width > 1 else { return map(transform) }
        // More parts than processors, so that one with long rows does not leave the others waiting.
        let partCount = Swift.min(count, width * 4)
        let parts = Mutex([[Output]](repeating: [], count: partCount))
        DispatchQueue.concurrentPerform(iterations: partCount) { part in
            let result = self[count * part / partCount..<count * (part + 1) / partCount].map(transform)
            parts.withLock { $0[part] = result }
        }
        return parts.withLock { $0 }.flatMap { $0 }
    }
}
