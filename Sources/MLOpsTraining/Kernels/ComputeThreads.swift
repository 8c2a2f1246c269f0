/// The threads of the one pool that all computations of the process share.
public enum ComputeThreads {
    /// How many threads take part, 1 to 256; the number of cores unless it is set. Results do not depend on it.
    public static var count: Int {
        get { Kernels.threadCount }
        set { Kernels.threadCount = newValue }
    }
}
