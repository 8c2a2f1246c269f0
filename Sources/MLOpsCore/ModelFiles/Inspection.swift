public import Foundation
internal import OrderedCollections

/// What a file or directory holds: tensors, metadata and, where it is a model, its architecture.
///
/// Unlike ``ModelFiles`` it also describes models that are not supported; what is damaged is refused all the same.
public struct Inspection: Sendable {
    /// What was found.
    public enum Kind: String, Sendable, Hashable {
        /// One safetensors file.
        case safetensors
        /// One GGUF file.
        case gguf
        /// A directory with `adapter_config.json`.
        case adapter
        /// A directory with `config.json`.
        case model
        /// A directory with tensors and neither of the two: a checkpoint, a run.
        case directory
    }

    /// A tensor's description.
    public struct Tensor: Sendable, Hashable {
        /// The name in its file.
        public let name: String
        /// How its numbers are stored.
        public let type: ElementType
        /// Its dimensions, outermost first.
        public let shape: [Int]
        /// How many bytes it takes.
        public let byteCount: Int
        /// The file it lies in, relative to what was inspected; nil when that is the file.
        public let file: String?
    }

    /// What was found.
    public let kind: Kind
    /// The path inspected.
    public let path: String
    /// What the files say about themselves, by the file or section that says it.
    public let metadata: JSONObject
    /// The tensors, in the order of their files.
    public let tensors: [Tensor]

    /// Looks at the file or directory at `url`.
    ///
    /// - Throws: ``ModelFileError``: 66 when nothing is there, 65 when it is damaged or of no known kind.
    public init(contentsOf url: URL) throws(ModelFileError) {
        path = url.path(percentEncoded: false)
        var isDirectory: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ModelFileError(.missing, "There is nothing at '\(path)'. Name a file or a directory.")
        }
        if isDirectory.boolValue {
            (kind, metadata, tensors) = try Self.directory(url, path: path)
            return
        }
        do throws(TensorFileError) {
            if try Self.beginsAsGGUF(url) {
                let file = try GGUFFile(contentsOf: url)
                kind = .gguf
                metadata = [
                    "version": .integer(Int64(file.version)), "alignment": .integer(Int64(file.alignment)),
                    "metadata": .object(file.metadata.mapValues(\.json)),
                ]
                tensors = file.tensors.values.map { Self.describe($0, file: nil) }
            } else {
                let file = try SafetensorsFile(contentsOf: url)
                kind = .safetensors
                metadata = ["metadata": Self.json(file.metadata)]
                tensors = file.names.compactMap { file[$0] }.map { Self.describe($0, file: nil) }
            }
        } catch {
            throw ModelFileError(error)
        }
    }

    private static func beginsAsGGUF(_ url: URL) throws(TensorFileError) -> Bool {
        let file = try MappedFile(url)
        return unsafe file.withBytes(0..<min(4, file.count)) { unsafe Array($0) } == Array("GGUF".utf8)
    }

    private static func describe(_ tensor: TensorData, file: String?) -> Tensor {
        Tensor(
            name: tensor.name, type: tensor.elementType, shape: tensor.shape, byteCount: tensor.byteCount, file: file)
    }

    private static func json(_ metadata: [String: String]) -> JSONValue {
        .object(JSONObject(uniqueKeysWithValues: metadata.sorted { $0.key < $1.key }.map { ($0, .string($1)) }))
    }

    /// Looks at every safetensors file of a directory, and of `model/` and `adapter/` in it.
    private static func directory(
        _ url: URL, path: String
    ) throws(ModelFileError) -> (Kind, JSONObject, [Tensor]) {
        var metadata: JSONObject = [:]
        var tensors: [Tensor] = []
        for folder in ["", "model/", "adapter/"] {
            for document in ["config.json", "adapter_config.json", "generation_config.json"] {
                if let json = try ModelDocument.json(url.appending(path: folder + document)) {
                    metadata[folder + document] = json
                }
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.appending(path: folder).path)) ?? []
            for name in names.sorted() where name.hasSuffix(".safetensors") && !name.hasPrefix(".") {
                do throws(TensorFileError) {
                    let file = try SafetensorsFile(contentsOf: url.appending(path: folder + name))
                    tensors += file.names.compactMap { file[$0] }.map { describe($0, file: folder + name) }
                } catch {
                    throw ModelFileError(error)
                }
            }
        }
        guard !tensors.isEmpty || !metadata.isEmpty else {
            throw ModelFileError(
                .invalid, "'\(path)' holds no config.json and no safetensors files. Name a model, an adapter or a run.")
        }
        if metadata["adapter_config.json"] != nil { return (.adapter, metadata, tensors) }
        return (metadata["config.json"] != nil ? .model : .directory, metadata, tensors)
    }

    /// How many numbers the tensors hold.
    public var parameterCount: Int { tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } }

    /// How many bytes the tensors take.
    public var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }

    /// `{kind, path, …metadata, parameters, bytes, tensors: [{name, type, shape, bytes, file}]}`.
    public var json: JSONValue {
        var members: JSONObject = ["kind": .string(kind.rawValue), "path": .string(path)]
        members.merge(metadata) { own, _ in own }
        members["parameters"] = .integer(Int64(parameterCount))
        members["bytes"] = .integer(Int64(byteCount))
        members["tensors"] = .array(
            tensors.map { tensor in
                var entry: JSONObject = [
                    "name": .string(tensor.name), "type": .string(tensor.type.rawValue),
                    "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                    "bytes": .integer(Int64(tensor.byteCount)),
                ]
                if let file = tensor.file { entry["file"] = .string(file) }
                return .object(entry)
            })
        return .object(members)
    }
}

extension GGUFValue {
    /// The value as JSON; of a long list the count and the first elements.
    public var json: JSONValue {
        switch self {
        case .string(let value): .string(value)
        case .bool(let value): .bool(value)
        case .float32(let value): .number(Double("\(value)") ?? Double(value))
        case .float64(let value): .number(value)
        case .uint64(let value): Int64(exactly: value).map { .integer($0) } ?? .number(Double(value))
        case .array(let array): array.json
        default: int.map { .integer(Int64($0)) } ?? .null
        }
    }
}

extension GGUFArray {
    /// The list as JSON: whole up to 16 elements, else `{"count", "first"}`.
    public var json: JSONValue {
        let shown = (0..<min(count, 16)).map { self[$0] }
        return count <= 16 ? .array(shown) : ["count": .integer(Int64(count)), "first": .array(Array(shown.prefix(4)))]
    }

    private subscript(index: Int) -> JSONValue {
        switch self {
        case .uint8(let values): GGUFValue.uint8(values[index]).json
        case .int8(let values): GGUFValue.int8(values[index]).json
        case .uint16(let values): GGUFValue.uint16(values[index]).json
        case .int16(let values): GGUFValue.int16(values[index]).json
        case .uint32(let values): GGUFValue.uint32(values[index]).json
        case .int32(let values): GGUFValue.int32(values[index]).json
        case .float32(let values): GGUFValue.float32(values[index]).json
        case .bool(let values): .bool(values[index])
        case .string(let values): .string(values[index])
        case .array(let values): values[index].json
        case .uint64(let values): GGUFValue.uint64(values[index]).json
        case .int64(let values): GGUFValue.int64(values[index]).json
        case .float64(let values): .number(values[index])
        }
    }
}
