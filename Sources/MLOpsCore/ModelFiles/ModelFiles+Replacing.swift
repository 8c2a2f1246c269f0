public import Foundation
internal import OrderedCollections

extension ModelFiles {
    /// The same model with other numbers in some of its tensors.
    ///
    /// - Precondition: `tensors` have canonical names of this model and their shapes.
    /// - Throws: ``ModelFileError`` when a tensor that stays cannot be read.
    public func replacing(_ tensors: [String: TensorData]) throws(ModelFileError) -> ModelFiles {
        var all: [String: TensorData] = [:]
        for (name, shape) in architecture.tensorShapes {
            guard let tensor = tensors[name] else {
                all[name] = try tensor(name)
                continue
            }
            precondition(tensor.shape == shape, "'\(name)' is \(shape), not \(tensor.shape)")
            all[name] = tensor
        }
        return ModelFiles(self, tensors: all)
    }

    /// A model of which only the configuration is there: its weights are made, not read.
    ///
    /// - Parameter make: called for every tensor of the architecture, by its canonical name.
    /// - Throws: ``ModelFileError`` when `directory` has no usable `config.json`.
    public init(
        configurationIn directory: URL,
        making make: (_ name: String, _ shape: [Int], _ architecture: DecoderArchitecture) -> TensorData
    ) throws(ModelFileError) {
        let url = directory.appending(path: "config.json")
        guard let config = try ModelDocument.json(url) else {
            throw ModelFileError(
                .missing,
                "'\(directory.path(percentEncoded: false))' has no config.json. A model with random weights is made from a "
                    + "directory with config.json and the tokenizer's files.")
        }
        let architecture = try DecoderArchitecture(configJSON: config, path: url.path(percentEncoded: false))
        var tensors: [String: TensorData] = [:]
        for (name, shape) in architecture.tensorShapes { tensors[name] = make(name, shape, architecture) }
        self.init(url: directory, architecture: architecture, configJSON: config, tensors: tensors)
    }
}
