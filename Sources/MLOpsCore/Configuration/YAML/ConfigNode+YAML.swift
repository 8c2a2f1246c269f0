extension ConfigNode {
    /// The tree as YAML, byte for byte as `OmegaConf.to_yaml` writes it.
    public var yaml: String { YAMLWriter.text(of: self) }

    /// The tree as JSON, one member a line.
    public var jsonText: String { HalfCharacters.shown(json.text(.pretty)) }
}
