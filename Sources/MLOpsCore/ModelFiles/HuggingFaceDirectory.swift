internal import Foundation
internal import OrderedCollections

/// The weights and the configuration of a Hugging Face model directory.
struct HuggingFaceDirectory {
    /// Of the text model, when the model also sees images.
    let config: JSONValue
    let architecture: DecoderArchitecture
    /// The tensors of the architecture, by name.
    let tensors: [String: TensorData]

    /// Opens `directory` and checks its tensors against its configuration.
    init(_ directory: URL) throws(ModelFileError) {
        let configURL = directory.appending(path: "config.json")
        guard let config = try ModelDocument.json(configURL) else {
            throw ModelFileError(
                .missing,
                "'\(directory.path(percentEncoded: false))' has no config.json, so it is not a model directory.")
        }
        let part = TextPart(config)
        var members = part?.config ?? config
        var architecture = try DecoderArchitecture(
            configJSON: members, path: configURL.path(percentEncoded: false))
        let weights = try Self.weights(directory)
        var found = architecture.family.prefixed(part?.tensors(weights) ?? weights)
        let isTied = architecture.tiedHead
        architecture.settleHead(&found)
        if isTied != architecture.tiedHead, var object = members.object {
            object["tie_word_embeddings"] = false
            members = .object(object)
        }
        self.config = members
        self.architecture = architecture
        tensors = try architecture.matching(found, path: directory.path(percentEncoded: false))
    }

    /// Returns every tensor of the directory's weights: one file, or the shards an index names.
    static func weights(_ directory: URL) throws(ModelFileError) -> [String: TensorData] {
        let single = directory.appending(path: "model.safetensors")
        let indexURL = directory.appending(path: "model.safetensors.index.json")
        guard FileManager.default.fileExists(atPath: single.path(percentEncoded: false)) else {
            // Beside a whole file, transformers reads no shards.
            if let index = try ModelDocument.json(indexURL) { return try shards(index, indexURL, directory) }
            let path = directory.path(percentEncoded: false)
            let hasPickles = FileManager.default.fileExists(
                atPath: directory.appending(path: "pytorch_model.bin").path(percentEncoded: false))
            throw ModelFileError(
                .missing,
                "'\(path)' has no model.safetensors and no model.safetensors.index.json."
                    + (hasPickles ? " Its pytorch_model.bin is not read: save the model as safetensors." : ""))
        }
        let file = try open(single)
        var tensors: [String: TensorData] = [:]
        for name in file.names { tensors[name] = file[name] }
        return tensors
    }

    private static func shards(_ index: JSONValue, _ indexURL: URL, _ directory: URL) throws(ModelFileError) -> [String:
        TensorData]
    {
        let path = indexURL.path(percentEncoded: false)
        guard let map = index["weight_map"]?.object, !map.isEmpty else {
            throw ModelFileError(.invalid, "'\(path)' has no 'weight_map' of tensors and their files.")
        }
        var files: [String: SafetensorsFile] = [:]
        var tensors: [String: TensorData] = [:]
        for (name, value) in map {
            guard let shard = value.string, !shard.isEmpty, !shard.contains("/"), shard != "..", shard != "." else {
                throw ModelFileError(
                    .invalid,
                    "'\(path)': the file of tensor '\(name)' must be a name in the same directory, not \(value.text())."
                )
            }
            let file: SafetensorsFile
            if let known = files[shard] {
                file = known
            } else {
                file = try open(directory.appending(path: shard))
                files[shard] = file
            }
            guard let tensor = file[name] else {
                throw ModelFileError(
                    .invalid,
                    "'\(path)' says that '\(shard)' holds tensor '\(name)', but it does not. Download the model again.")
            }
            tensors[name] = tensor
        }
        return tensors
    }

    private static func open(_ url: URL) throws(ModelFileError) -> SafetensorsFile {
        do throws(TensorFileError) { return try SafetensorsFile(contentsOf: url) } catch { throw ModelFileError(error) }
    }
}

extension DecoderArchitecture.Family {
    /// Returns tensors of a model that was saved without its head, and so without what its names begin with, by their names in
    /// one with a head.
    fileprivate func prefixed(_ found: [String: TensorData]) -> [String: TensorData] {
        let base = embeddingPath.prefix { $0 != "." } + "."
        guard !found.keys.contains(where: { $0.hasPrefix(base) }) else { return found }
        var named: [String: TensorData] = [:]
        for (name, tensor) in found {
            let full = name.hasPrefix(headPath + ".") ? name : base + name
            named[full] = tensor.renamed(full)
        }
        return named
    }
}

extension DecoderArchitecture {
    /// Decides, as transformers does, what the head of a model is whose configuration calls it the embedding matrix: it is another
    /// one where the files hold one of each and the two differ, and the embedding's numbers may be stored under the head's name.
    fileprivate mutating func settleHead(_ found: inout [String: TensorData]) {
        let (embedding, head) = (family.embeddingPath + ".weight", family.headPath + ".weight")
        guard tiedHead, let own = found[head] else { return }
        guard let shared = found[embedding] else {
            found[embedding] = own.renamed(embedding)
            return
        }
        tiedHead = shared.shape != own.shape || shared.holdsNumbers(of: own)
    }

    /// Returns those of `found` that this architecture consists of.
    ///
    /// - Throws: ``ModelFileError`` naming a tensor that is missing, has another shape, is not made of real numbers,
    ///   or has no place in the architecture (its effect would be lost silently).
    func matching(
        _ found: [String: TensorData], path: String, isCheckpoint: Bool = true
    ) throws(ModelFileError) -> [String: TensorData] {
        var tensors: [String: TensorData] = [:]
        let shapes = tensorShapes
        for (name, shape) in shapes {
            guard let tensor = found[name] else {
                throw ModelFileError(.invalid, "'\(path)' has no tensor '\(name)', which its configuration calls for.")
            }
            let shape = isCheckpoint && isStoredTransposed(name) ? shape.reversed() : shape
            guard tensor.shape == shape else {
                throw ModelFileError(
                    .invalid,
                    "'\(path)': tensor '\(name)' has the shape \(tensor.shape), but its configuration calls for \(shape)."
                )
            }
            guard tensor.elementType.isReal else {
                throw ModelFileError(
                    .unsupported,
                    "'\(path)': tensor '\(name)' is stored as \(tensor.elementType.rawValue); weights must be real numbers."
                )
            }
            tensors[name] = tensor
        }
        let extra = found.keys.filter { shapes[$0] == nil && !isWithoutEffect($0) }.sorted()
        guard extra.isEmpty else {
            let names = extra.prefix(3).map { "'\($0)'" }.joined(separator: ", ") + (extra.count > 3 ? ", …" : "")
            throw ModelFileError(
                .unsupported,
                "'\(path)' has \(extra.count) tensors that a \(family.rawValue) model of its configuration does not have: \(names)."
            )
        }
        return tensors
    }

    /// Whether a tensor outside the architecture can be left out: saved buffers, and the copy of a tied head.
    private func isWithoutEffect(_ name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || name.hasSuffix(".masked_bias")
            || (family == .gptNeoX && name.hasSuffix(".attention.bias"))
            || ((family == .gpt2 || family == .gptj) && name.hasSuffix(".attn.bias"))
            || (family == .gptNeo && name.hasSuffix(".attn.attention.bias"))
            || (family == .codegen && name.hasSuffix(".attn.causal_mask"))
            || (tiedHead && name == family.headPath + ".weight")
    }
}

extension TensorData {
    /// Whether the other tensor, of the same shape, holds the same numbers; it may hold them in another type.
    fileprivate func holdsNumbers(of other: TensorData) -> Bool {
        guard elementType.isReal, other.elementType.isReal else { return true }
        return (0..<rowCount).allSatisfy { floats(rows: $0..<$0 + 1) == other.floats(rows: $0..<$0 + 1) }
    }
}
