/// The lines that OmegaConf puts under its messages: which value, and what holds it.
extension ConfigurationError {
    /// Returns the lines about the value `key`.
    ///
    /// - Parameter object: the type of what holds it, in OmegaConf's words.
    /// - Parameter reference: the type that what holds it has to have; nil when it may be anything.
    static func place(_ key: String, in object: String = "dict", reference: String? = nil) -> String {
        let reference = reference.map { "\n    reference_type=\($0)" } ?? ""
        return "\n    full_key: \(key)\(reference)\n    object_type=\(object)"
    }

    /// Whether the message has such lines.
    var hasPlace: Bool { message.contains("\n    full_key: ") }

    /// The same error with `lines` under its message.
    func adding(_ lines: String) -> ConfigurationError {
        ConfigurationError(self, message: message + lines)
    }
}
