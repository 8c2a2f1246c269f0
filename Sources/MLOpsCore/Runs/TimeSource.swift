public import Foundation

/// Where the time comes from.
///
/// Nothing in the libraries asks the system for the time by itself; whoever starts a run passes this in, and a test passes
/// a time of its own.
public struct TimeSource: Sendable {
    /// The date, for names and logs.
    public var now: @Sendable () -> Date
    /// Seconds since some fixed moment, never going back, for measuring how long work took.
    public var seconds: @Sendable () -> Double

    /// Creates a source from two functions.
    public init(now: @escaping @Sendable () -> Date, seconds: @escaping @Sendable () -> Double) {
        self.now = now
        self.seconds = seconds
    }

    /// The machine's clock.
    public static let system: TimeSource = {
        let start = ContinuousClock.now
        return TimeSource(
            now: { Date() },
            seconds: {
                let elapsed = (ContinuousClock.now - start).components
                return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
            })
    }()
}
