internal import Synchronization

/// A wish that training end, which anyone may utter and the loop hears between steps.
///
/// The loop then saves a checkpoint, says so in an event, and ends.
public final class StopRequest: Sendable {
    private let flag = Atomic(false)

    /// Creates a request that has not been made.
    public init() {}

    /// Whether the request has been made.
    public var isMade: Bool { flag.load(ordering: .acquiring) }

    /// Makes the request.
    public func make() { flag.store(true, ordering: .releasing) }
}
