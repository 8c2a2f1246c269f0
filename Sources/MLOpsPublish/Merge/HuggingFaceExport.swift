public import Foundation
public import MLOpsCore
public import OrderedCollections

/// Writing of a merged model as a Hugging Face directory: configuration, weights, tokenizer, chat template.
///
/// Weights come first and `config.json` last, so that a directory cut short is not taken for a model.
public struct HuggingFaceExport: Sendable {
    /// The types a directory's weights can have.
    public enum WeightType: String, Sendable, Hashable, CaseIterable {
        /// binary32
        case f32
        /// binary16
        case f16
        /// bfloat16
        case bf16

        /// Finds a type by its name, in upper or lower case.
        ///
        /// - Throws: ``PublishError`` naming the types there are.
        public init(named name: String) throws(PublishError) {
            guard let type = Self(rawValue: name.lowercased()) else {
                throw PublishError(.usage, "Weights cannot be written as '\(name)'; bf16, f16 and f32 they can.")
            }
            self = type
        }

        /// The elements' type on disk.
        public var elementType: ElementType {
            switch self {
            case .f32: .f32
            case .f16: .f16
            case .bf16: .bf16
            }
        }

        /// The name that configurations use.
        var torchName: String {
            switch self {
            case .f32: "float32"
            case .f16: "float16"
            case .bf16: "bfloat16"
            }
        }

        /// The type a base model's weights have; bf16 when they are quantised.
        public init(of files: ModelFiles) throws(ModelFileError) {
            let family = files.architecture.family
            let type = try files.tensor(family.path(of: .output, layer: 0) + ".weight").elementType
            self = Self.allCases.first { $0.elementType == type } ?? .bf16
        }
    }

    /// What is written.
    public let model: MergedModel
    /// The type of the weights.
    public let type: WeightType
    /// The most bytes of weights in a file; a larger model is written in shards.
    public var maximumShardSize = 5_000_000_000

    /// Prepares an export.
    public init(_ model: MergedModel, type: WeightType) {
        self.model = model
        self.type = type
    }

    /// Returns the small files of a directory for a model like `base` whose weights have `type`, by name: configuration, tokenizer,
    /// chat template.
    ///
    /// - Throws: ``PublishError`` when transformers has no configuration for it; what reading the base's files throws.
    public static func documents(of base: ModelFiles, type: WeightType) throws -> OrderedDictionary<String, Data> {
        let files = try HuggingFaceDocuments(base, type: type, tiedHead: base.architecture.tiedHead).files
        return OrderedDictionary(files.map { ($0.name, $0.content) }) { first, _ in first }
    }

    /// Writes the directory, which is created when missing.
    ///
    /// - Parameter progress: called before each tensor with its place and the count.
    /// - Returns: the names of the files written.
    /// - Throws: ``PublishError`` when other weights lie in the directory or a number does not fit the type;
    ///   ``FileError``, ``ModelFileError`` and ``TokenizerError`` of the files involved; `CancellationError`.
    public func write(to directory: URL, progress: (Int, Int) -> Void = { _, _ in }) throws -> [String] {
        let shards = plannedShards()
        let weightNames = Self.fileNames(shards.count)
        try checkPlace(directory, weightNames)
        // Everything that may be refused is made before the first byte is written.
        let documents = try HuggingFaceDocuments(model.base, type: type, tiedHead: model.architecture.tiedHead)
        try WholeFile.createDirectory(directory)
        var done = 0
        let count = model.tensorNames.count
        for (names, file) in zip(shards, weightNames) {
            let first = done
            let tensors = names.enumerated().map { offset, name in
                TensorToWrite(
                    name: name, elementType: type.elementType, shape: model.architecture.storedShape(of: name) ?? []
                ) { [model, type] in
                    try Task.checkCancellation()
                    return try Self.bytes(name, of: model, as: type.elementType)
                }
            }
            try SafetensorsWriter.write(
                tensors, metadata: ["format": "pt"], to: directory.appending(path: file),
                progress: { index, _ in progress(first + index, count) })
            done += names.count
        }
        var written = weightNames
        if shards.count > 1 {
            try WholeFile.write(
                index(shards, weightNames).text(.pretty) + "\n", to: directory.appending(path: Self.indexName))
            written.append(Self.indexName)
        }
        for (name, content) in documents.files {
            let place = directory.appending(path: name)
            try WholeFile.createDirectory(place.deletingLastPathComponent())
            try WholeFile.write(content, to: place)
            written.append(name)
        }
        return written
    }

    /// The bytes of a tensor in the order of a checkpoint.
    private static func bytes(_ name: String, of model: MergedModel, as type: ElementType) throws -> [UInt8] {
        let bytes = try model.bytes(name, as: type)
        guard model.architecture.isStoredTransposed(name), let shape = model.architecture.tensorShapes[name] else {
            return bytes
        }
        return TensorData(name: name, elementType: type, shape: shape, bytes: bytes).transposed().bytes()
    }

    private static let indexName = "model.safetensors.index.json"

    /// Splits the tensors, in order, into files of at most the maximum size (or one tensor).
    private func plannedShards() -> [[String]] {
        var shards: [[String]] = [[]]
        var size = 0
        for (name, shape) in model.architecture.tensorShapes {
            let bytes = type.elementType.byteCount(of: shape) ?? 0
            if size + bytes > maximumShardSize, shards.last?.isEmpty == false {
                shards.append([])
                size = 0
            }
            shards[shards.count - 1].append(name)
            size += bytes
        }
        return shards
    }

    static func fileNames(_ count: Int) -> [String] {
        guard count > 1 else { return ["model.safetensors"] }
        func padded(_ number: Int) -> String {
            String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)"
        }
        return (1...count).map { "model-\(padded($0))-of-\(padded(count)).safetensors" }
    }

    private func index(_ shards: [[String]], _ files: [String]) -> JSONValue {
        var map: JSONObject = [:]
        for (names, file) in zip(shards, files) { for name in names { map[name] = .string(file) } }
        map.sort { $0.key < $1.key }
        let shapes = model.architecture.tensorShapes
        let total = shapes.values.reduce(0) { $0 + (type.elementType.byteCount(of: $1) ?? 0) }
        return ["metadata": ["total_size": .integer(Int64(total))], "weight_map": .object(map)]
    }

    /// Refuses a directory whose own weights would be read instead of, or beside, ours.
    private func checkPlace(_ directory: URL, _ weights: [String]) throws(PublishError) {
        func real(_ url: URL) -> String {
            url.resolvingSymlinksInPath().standardizedFileURL.path(percentEncoded: false)
        }
        let path = directory.path(percentEncoded: false)
        func key(_ url: URL) -> String { real(url).hasSuffix("/") ? String(real(url).dropLast()) : real(url) }
        for source in [model.base.url, model.adapter?.url].compactMap({ $0 }) where key(source) == key(directory) {
            throw PublishError(.outputInTheWay, "'\(path)' is what is being merged. Choose another directory.")
        }
        let present = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let endings = [".safetensors", ".safetensors.index.json", ".bin", ".gguf"]
        let others = present.filter { name in endings.contains { name.hasSuffix($0) } && !weights.contains(name) }
        if let other = others.min() {
            throw PublishError(
                .outputInTheWay, "'\(path)' holds '\(other)' of another model. Choose an empty directory.")
        }
    }
}
