/// Where a value of a configuration was written.
public struct ConfigOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of places.
    public enum Place: Sendable, Hashable {
        /// A file, named by its path, or a configuration built into the program, named `built-in:train.yaml`.
        case file(String, line: Int, column: Int)
        /// An override, as it was typed.
        case override(String)
        /// The documented default.
        case schema
    }

    /// The place.
    public let place: Place
    /// How late the place has its say: a later layer goes before an earlier one.
    public let layer: Int

    /// Creates an origin.
    public init(_ place: Place, layer: Int = 0) {
        self.place = place
        self.layer = layer
    }

    /// `configs/train.yaml:3:5`, or `override 'lr=0'`, or `default`.
    public var description: String {
        switch place {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .override(let text): "override '\(text)'"
        case .schema: "default"
        }
    }
}
