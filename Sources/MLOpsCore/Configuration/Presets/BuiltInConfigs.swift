/// The configurations that ship with the program, so that it works without any file beside it.
///
/// They are the files of `configs/`, word for word; a test compares them.
enum BuiltInConfigs {
    /// Texts by name.
    static let texts: [String: String] = [:]
}
