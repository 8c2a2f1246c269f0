internal import Synchronization

/// What encoding writes to: the words it has seen, and room for a text's pieces.
///
/// One caller uses one at a time, so that threads share only what nobody writes.
struct EncodingWorkspace: Sendable {
    /// What words have become.
    var words = WordCache()
    /// The pieces of the text in hand.
    var pieces: [Range<Int>] = []
    /// The pieces of the step before.
    var spare: [Range<Int>] = []
    /// Room for merging.
    var room = MergeRoom()
}

/// The workspaces of a tokenizer.
final class WorkspacePool: Sendable {
    private let free = Mutex<[EncodingWorkspace]>([])
    /// How many are kept while nobody uses them.
    private static let maximumCount = 16

    /// Runs `body` with a workspace that nobody else uses meanwhile.
    func withWorkspace<Result, Failure: Error>(
        _ body: (inout EncodingWorkspace) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var workspace = free.withLock { $0.popLast() } ?? EncodingWorkspace()
        defer {
            free.withLock { list in if list.count < Self.maximumCount { list.append(workspace) } }
        }
        return try body(&workspace)
    }
}
