public import Foundation

/// Files under `Tests/Fixtures`, found from where this source file lies.
public enum Fixture {
    /// The package's own directory.
    public static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Returns the place of `path` inside `Tests/Fixtures`.
    public static func url(_ path: String) -> URL {
        package.appending(path: "Tests/Fixtures").appending(path: path)
    }

    /// A whole base model in 68 KB: two random Llama layers, a tokenizer and a chat template.
    public static let tinyLlama = url("TinyLlama")

    /// SmolLM2-135M-Instruct where `MLOPS_TEST_MODEL` says it is; nil when it says nothing.
    ///
    /// For `.enabled(if: Fixture.smolLM2 != nil)`.
    public static let smolLM2: URL? = ProcessInfo.processInfo.environment["MLOPS_TEST_MODEL"]
        .flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
}
