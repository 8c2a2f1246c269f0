/// Training on more than this machine (group `distributed`).
public struct DistributedConfiguration: Sendable, Hashable {
    /// Who runs the work.
    public enum Strategy: String, Sendable, Hashable, Codable, CaseIterable {
        /// This process, on this machine.
        case none
        /// `torchrun` starts a process a device.
        case torchrun
        /// SkyPilot finds machines.
        case skypilot
        /// Another machine, over ssh.
        case ssh
    }

    /// Who runs the work (key `distributed.strategy`).
    public var strategy: Strategy

    /// Creates a configuration.
    public init(strategy: Strategy = .none) {
        self.strategy = strategy
    }
}
