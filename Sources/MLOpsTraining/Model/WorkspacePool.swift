internal import Synchronization

/// The buffers of finished passes, for the next ones.
final class WorkspacePool: Sendable {
    private let idle = Mutex<Workspace?>(nil)

    /// Calls `body` with a workspace nobody else has: the one kept, or a new one when another task has that.
    func withWorkspace<R>(_ body: (Workspace) throws -> R) rethrows -> R {
        let workspace = take() ?? Workspace()
        workspace.rewind()
        let result = try body(workspace)
        put(workspace)
        return result
    }

    /// Gives the buffers back: what follows asks for others.
    func releaseIdle() { idle.withLock { $0 = nil } }

    private func take() -> Workspace? { idle.withLock { $0.take() } }
    private func put(_ workspace: Workspace) { idle.withLock { $0 = workspace } }
}
