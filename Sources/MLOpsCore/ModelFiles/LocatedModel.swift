public import Foundation

/// What a model's name stands for on this machine: the base model's files, and the adapter on top of it, if any.
public struct LocatedModel: Sendable, Hashable {
    /// A Hugging Face directory or a GGUF file.
    public let url: URL
    /// A directory with `adapter_config.json`, when the name was a run's, a checkpoint's or an adapter's.
    public let adapter: URL?

    /// Names the files.
    public init(url: URL, adapter: URL? = nil) {
        self.url = url
        self.adapter = adapter
    }
}
