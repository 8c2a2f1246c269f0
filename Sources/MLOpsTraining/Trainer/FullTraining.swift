public import Foundation
public import MLOpsCore
public import OrderedCollections

/// A decoder all of whose weights are trained, in binary32: what ``Trainer`` trains with `method: full`.
///
/// The result is a Hugging Face directory.
public struct FullTraining: TrainableModel {
    /// The model's configuration and tokenizer, and the weights before training.
    public let files: ModelFiles
    /// Every weight, tensor after tensor.
    public private(set) var parameters: [Float]
    /// Whether activations are computed again in the backward pass instead of kept; changes no bit of the result.
    public var recomputesActivations: Bool
    /// Files that are written beside the weights, by name: configuration, tokenizer, chat template.
    public var companions: OrderedDictionary<String, Data>
    /// What the model is made of.
    public let identity: String
    /// How it computes; weights that change are not kept packed.
    private var options: ComputeOptions
    private let layout: WeightLayout
    private let workspaces = WorkspacePool()

    /// Trains the weights of a model.
    ///
    /// - Parameter documents: what is written beside the weights, by name, `config.json` among it; nil: the files of a Hugging
    ///   Face directory. For a GGUF file, which has none, `HuggingFaceExport.documents(of:type:)` of MLOpsPublish makes them.
    /// - Throws: ``ModelError`` when the model is a GGUF file without `documents`, or one this engine does not have; ``ModelFileError`` when a tensor cannot be read, and what reading the tokenizer files throws.
    public init(
        _ files: ModelFiles, documents: OrderedDictionary<String, Data>? = nil, recomputesActivations: Bool = false,
        precision: RunConfiguration.Precision = .f32
    ) throws {
        guard files.format == .huggingFace || documents != nil else {
            throw ModelError(
                .unsupported,
                "'\(files.url.lastPathComponent)' is a GGUF file: what training all of its weights leaves is a Hugging Face "
                    + "directory, whose config.json must be given (documents:).")
        }
        _ = try DecoderModel(files)
        self.files = files
        self.recomputesActivations = recomputesActivations
        options = ComputeOptions(precision: precision, packedWeights: .perUse)
        layout = WeightLayout(files.architecture)
        var parameters: [Float] = []
        parameters.reserveCapacity(layout.count)
        for name in layout.places.keys {
            let tensor = try files.tensor(name)
            parameters += tensor.floats()
            tensor.releasePages()
        }
        self.parameters = parameters
        companions = try documents ?? Self.documents(of: files)
        identity = Digest.sha256(Array("\(files.architecture)".utf8))
    }

    /// The number format of matrix products; the weights stay in binary32.
    public var precision: RunConfiguration.Precision {
        get { options.precision }
        set { options.precision = newValue }
    }

    /// The model with the present weights, for generating and scoring; it shares their memory.
    ///
    /// - Throws: ``ModelError`` or ``ModelFileError``, as loading does.
    public func model() throws -> DecoderModel {
        var tensors: [String: TensorData] = [:]
        for (name, place) in layout.places {
            tensors[name] = TensorData(name: name, shape: place.shape, numbers: parameters, range: place.range)
        }
        return try DecoderModel(files.replacing(tensors), options: options, workspaces: workspaces)
    }

    /// Matrices, and the vectors (norms and biases) that weight decay leaves alone.
    public var parameterGroups: [ParameterGroup] {
        layout.places.map { name, place in
            // Transformers lets the weights of an activation decay, which are no norms and no biases.
            let decays = place.shape.count > 1 || name.hasSuffix(".alpha_p") || name.hasSuffix(".alpha_n")
            return ParameterGroup(range: place.range, role: decays ? .matrix : .vector)
        }
    }

    /// Lets `body` change the weights in place.
    public mutating func withParameters(_ body: (inout [Float]) throws -> Void) rethrows { try body(&parameters) }

    /// Computes the loss, and adds the gradient of every weight.
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func addGradients(
        of examples: [TokenizedExample], dropout: DropoutKey, weight: Float, to gradients: inout [Float]
    ) throws -> TokenScore {
        try model().addWeightGradients(
            of: examples, layout: layout, key: dropout, checkpointing: recomputesActivations, weight: weight,
            to: &gradients)
    }

    /// Computes the loss.
    ///
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func score(of examples: [TokenizedExample]) throws -> TokenScore {
        try model().scores(of: examples).reduce(into: TokenScore(negativeLogLikelihood: 0, tokenCount: 0)) {
            $0.negativeLogLikelihood += $1.negativeLogLikelihood
            $0.tokenCount += $1.tokenCount
        }
    }

    /// Writes `model.safetensors` and the JSON files that say what it is.
    ///
    /// - Throws: `FileError` when the file system refuses.
    public func writeParameters(to directory: URL) throws {
        let tensors = layout.places.map { name, place in
            guard files.architecture.isStoredTransposed(name) else {
                return TensorToWrite(name: name, shape: place.shape, floats: parameters, range: place.range)
            }
            return TensorToWrite(name: name, elementType: .f32, shape: place.shape.reversed()) { [parameters] in
                TensorData(name: name, shape: place.shape, numbers: parameters, range: place.range)
                    .transposed().bytes()
            }
        }
        try SafetensorsWriter.write(
            tensors, metadata: ["format": "pt"], to: directory.appending(path: Self.weightsName))
        for name in ["config.json", "generation_config.json"] {
            guard let data = companions[name] else { continue }
            try WholeFile.write(data, to: directory.appending(path: name))
        }
    }

    /// Reads weights of the same shapes.
    ///
    /// - Throws: ``ModelFileError`` when the file holds others; `TensorFileError`.
    public mutating func readParameters(from directory: URL) throws {
        let url = directory.appending(path: Self.weightsName)
        let file = try SafetensorsFile(contentsOf: url)
        for (name, place) in layout.places {
            let isTransposed = files.architecture.isStoredTransposed(name)
            let tensor = file[name].flatMap { $0.shape.count == 2 && isTransposed ? $0.transposed() : $0 }
            guard let tensor, tensor.shape == place.shape, tensor.elementType == .f32 else {
                throw ModelFileError(
                    .invalid, "'\(url.path(percentEncoded: false))' has no tensor '\(name)' of \(place.shape) F32.")
            }
            parameters.replaceSubrange(place.range, with: tensor.floats())
        }
    }

    /// Writes the Hugging Face directory: weights, configuration, tokenizer.
    ///
    /// - Throws: `FileError` when the file system refuses.
    public func writeModel(to directory: URL) throws {
        try writeParameters(to: directory)
        for (name, data) in companions {
            let place = directory.appending(path: name)
            try WholeFile.createDirectory(place.deletingLastPathComponent())
            try WholeFile.write(data, to: place)
        }
    }

    private static let weightsName = "model.safetensors"

    /// The files of a Hugging Face directory, with a `config.json` that says that weights are binary32.
    private static func documents(of files: ModelFiles) throws -> OrderedDictionary<String, Data> {
        var documents = try files.textFiles()
        func add(_ name: String, _ json: JSONValue) { documents[name] = Data((json.text(.pretty) + "\n").utf8) }
        if let generation = try files.generationConfigJSON() { add("generation_config.json", generation) }
        var members = files.configJSON?.object ?? [:]
        let keys = ["dtype", "torch_dtype"].filter { members[$0] != nil }
        for key in keys.isEmpty ? ["torch_dtype"] : keys { members[key] = "float32" }
        add("config.json", .object(members))
        return documents
    }
}

extension ModelFiles {
    /// The weights of xIELU as transformers begins with them: alphas of 0.8, through softplus.
    private static let activationStart: [String: Float] = [
        "alpha_p": Float(log(expm1(0.8))), "alpha_n": Float(log(expm1(0.8 - 0.5))), "beta": 0.5, "eps": -1e-6,
    ]

    /// A model with random weights, as transformers initialises one: matrices normal with deviation `initializer_range` (0.02
    /// unless `config.json` says otherwise), the embedding of `pad_token_id` and biases zero, norms one.
    ///
    /// A number depends on the seed, its tensor and its place in it.
    ///
    /// - Throws: ``ModelFileError`` when `directory` has no usable `config.json`.
    public init(randomWeightsFor directory: URL, seed: UInt64) throws(ModelFileError) {
        let random = CounterRandom(seed: seed, stream: .weightInitialization)
        let config = try? JSONValue(parsing: WholeFile.read(directory.appending(path: "config.json"), limit: 1 << 24))
        // OPT's own name of the key comes second.
        let deviation = (config?["initializer_range"] ?? config?["init_std"])?.double ?? 0.02
        var number: UInt64 = 0
        try self.init(configurationIn: directory) { name, shape, architecture in
            let stream = random.child(number)
            number += 1
            let count = shape.reduce(1, *)
            var numbers: [Float]
            if shape.count > 1 {
                // GPT-2's go on to the residual stream smaller, the more layers there are.
                let shrinks = architecture.family == .gpt2 || architecture.family == .gptBigCode
                let isLast = shrinks && name.hasSuffix(".c_proj.weight")
                let deviation = isLast ? deviation / Double(2 * architecture.layerCount).squareRoot() : deviation
                numbers = (0..<UInt64(count)).map { Float(stream.normal($0) * deviation) }
            } else if let value = name.split(separator: ".").last.flatMap({ Self.activationStart[String($0)] }) {
                numbers = [Float](repeating: value, count: count)
            } else {
                numbers = [Float](repeating: name.hasSuffix(".bias") ? 0 : 1 - architecture.normOffset, count: count)
            }
            if name == architecture.family.embeddingPath + ".weight", let padding = architecture.paddingID,
                (0..<shape[0]).contains(padding)
            {
                for i in padding * shape[1]..<(padding + 1) * shape[1] { numbers[i] = 0 }
            }
            return TensorData(name: name, shape: shape, numbers: numbers, range: 0..<count)
        }
    }
}
