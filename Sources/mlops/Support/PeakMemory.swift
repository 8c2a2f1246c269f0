import Foundation

/// The most memory this process has had in use.
enum PeakMemory {
    /// Bytes, as the system counts them.
    static var bytes: Int {
        var usage = rusage()
        #if canImport(Darwin)
            guard unsafe getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
            return usage.ru_maxrss
        #else
            guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
            return usage.ru_maxrss * 1024  // Linux counts kibibytes
        #endif
    }
}
