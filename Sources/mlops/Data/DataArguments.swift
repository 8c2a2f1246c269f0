// Conformances of public types to a public protocol are public, and so must be the imports.
public import ArgumentParser
public import MLOpsCore

extension DataFormat: ExpressibleByArgument {}

extension RowForm: ExpressibleByArgument {
    /// Reads `--to`: the form's name, or what other tools call it.
    public init?(argument: String) { self.init(name: argument) }
}

extension InvalidRowPolicy: ExpressibleByArgument {}

extension SplitSize: ExpressibleByArgument {
    /// Reads `--test-size`: a fraction below 1, or a whole number of rows.
    public init?(argument: String) {
        guard let number = Double(argument) else { return nil }
        self.init(number)
    }
}
