internal import COpenBLAS

/// The library that factorises matrices.
public enum LinearAlgebraLibrary {
    /// Its name, version and build options, as it tells them.
    public static var description: String {
        // OpenBLAS returns a constant, terminated string of its own.
        guard let text = unsafe openblas_get_config() else { return "OpenBLAS" }
        return unsafe String(cString: text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The processor kind whose kernels it chose.
    public static var kernelName: String {
        guard let text = unsafe openblas_get_corename() else { return "unknown" }
        return unsafe String(cString: text)
    }

    /// The threads it works with.
    public static var threadCount: Int { Int(openblas_get_num_threads()) }
}
