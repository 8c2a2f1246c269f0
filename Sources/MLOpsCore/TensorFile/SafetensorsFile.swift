public import Foundation
internal import OrderedCollections

/// A safetensors file, mapped into memory.
///
/// ```
/// ┌ length:u64 ┬ header: JSON, `length` bytes ┬ data ┐
/// header = {"__metadata__": {k: text}, name: {"dtype", "shape", "data_offsets": [begin, end]} …}
/// ```
///
/// Offsets count from the start of the data. Opening proves that every tensor lies in the file, is as long as its
/// shape says, and that tensors follow each other without gap or overlap to the end of the file, as the format demands.
public struct SafetensorsFile: Sendable {
    /// The largest header accepted, in bytes: the limit of the reference reader.
    public static let maximumHeaderLength = 100_000_000

    /// The tensors' names, in the order of the header.
    public let names: [String]
    /// The header's free texts.
    public let metadata: [String: String]
    private let tensors: [String: TensorData]

    /// Opens the file at `url`.
    ///
    /// - Throws: ``TensorFileError`` naming the defect, the tensor and the offset.
    public init(contentsOf url: URL) throws(TensorFileError) {
        let file = try MappedFile(url)
        let header = try Self.header(of: file)
        var names: [String] = []
        var metadata: [String: String] = [:]
        var tensors: [String: TensorData] = [:]
        let dataStart = header.end
        for (name, entry) in header.members {
            if name == "__metadata__" {
                metadata = try Self.metadata(entry, file: file.path)
                continue
            }
            let tensor = try Self.tensor(name, entry, file: file, dataStart: dataStart)
            names.append(name)
            tensors[name] = tensor.data
        }
        try Self.checkLayout(header.members, file: file.path, dataLength: file.count - dataStart)
        self.names = names
        self.metadata = metadata
        self.tensors = tensors
    }

    /// The tensor called `name`, if there is one.
    public subscript(name: String) -> TensorData? { tensors[name] }

    /// Returns the tensor called `name`.
    ///
    /// - Throws: ``TensorFileError`` when there is none.
    public func tensor(_ name: String, in file: URL) throws(TensorFileError) -> TensorData {
        guard let tensor = tensors[name] else {
            throw TensorFileError(file: file.path(percentEncoded: false), .missingTensor(name))
        }
        return tensor
    }

    private static func header(
        of file: MappedFile
    ) throws(TensorFileError) -> (members: JSONObject, end: Int) {
        func failure(_ defect: TensorFileError.Defect) -> TensorFileError { TensorFileError(file: file.path, defect) }
        guard file.count >= 8 else {
            throw failure(.truncated(what: "the header's length", offset: 0, needed: 8, fileSize: file.count))
        }
        let claimed = unsafe file.withBytes(0..<8) { unsafe UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard let length = Int(exactly: claimed), (2...maximumHeaderLength).contains(length) else {
            throw failure(.headerLength(Int(clamping: claimed)))
        }
        guard length <= file.count - 8 else {
            throw failure(.truncated(what: "the header", offset: 8, needed: length, fileSize: file.count))
        }
        let document: JSONValue
        do throws(JSONError) {
            let bytes = unsafe file.withBytes(8..<8 + length) { unsafe Array($0) }
            document = try JSONValue(parsing: bytes, maximumDepth: 8)
        } catch {
            throw failure(.header(reason: error.reason, offset: 8 + error.offset))
        }
        guard let members = document.object else {
            throw failure(.header(reason: "it is not a JSON object", offset: 8))
        }
        return (members, 8 + length)
    }

    private static func metadata(_ entry: JSONValue, file: String) throws(TensorFileError) -> [String: String] {
        guard let members = entry.object else {
            throw TensorFileError(file: file, .header(reason: "'__metadata__' is not an object", offset: 8))
        }
        var metadata: [String: String] = [:]
        for (key, value) in members {
            guard let text = value.string else {
                throw TensorFileError(
                    file: file, .header(reason: "'__metadata__' entry '\(key)' is not text", offset: 8))
            }
            metadata[key] = text
        }
        return metadata
    }

    private static func tensor(
        _ name: String, _ entry: JSONValue, file: MappedFile, dataStart: Int
    ) throws(TensorFileError) -> (data: TensorData, begin: Int, end: Int) {
        func failure(_ defect: TensorFileError.Defect) -> TensorFileError { TensorFileError(file: file.path, defect) }
        guard let members = entry.object, let dtype = members["dtype"]?.string,
            let dimensions = members["shape"]?.array, let offsets = members["data_offsets"]?.array, offsets.count == 2
        else {
            throw failure(.header(reason: "tensor '\(name)' needs 'dtype', 'shape' and two 'data_offsets'", offset: 8))
        }
        guard let type = ElementType(rawValue: dtype), !type.isQuantised else {
            throw failure(.elementType(tensor: name, type: dtype))
        }
        let shape = dimensions.map { if case .integer(let value) = $0 { Int(value) } else { -1 } }
        guard let size = type.byteCount(of: shape) else {
            throw failure(.shape(tensor: name, shape: shape, type: dtype))
        }
        guard case .integer(let begin64) = offsets[0], case .integer(let end64) = offsets[1] else {
            throw failure(.header(reason: "the 'data_offsets' of tensor '\(name)' are not whole numbers", offset: 8))
        }
        let (begin, end) = (Int(begin64), Int(end64))
        guard begin >= 0, end >= begin, end <= file.count - dataStart else {
            throw failure(.range(tensor: name, begin: begin, end: end, limit: file.count - dataStart))
        }
        guard end - begin == size else { throw failure(.size(tensor: name, expected: size, found: end - begin)) }
        let range = dataStart + begin..<dataStart + end
        return (TensorData(name: name, elementType: type, shape: shape, file: file, range: range), begin, end)
    }

    /// Proves that the tensors fill the data exactly, one after the other.
    private static func checkLayout(
        _ members: JSONObject, file: String, dataLength: Int
    ) throws(TensorFileError) {
        let tensors = members.filter { $0.key != "__metadata__" }
        let ranges = tensors.map { name, value in
            let offsets = value["data_offsets"]
            return (name: name, begin: offsets?[0]?.int ?? 0, end: offsets?[1]?.int ?? 0)
        }
        .sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
        var position = 0
        for range in ranges {
            guard range.begin == position else {
                throw TensorFileError(
                    file: file, .range(tensor: range.name, begin: range.begin, end: range.end, limit: dataLength))
            }
            position = range.end
        }
        guard position == dataLength else {
            throw TensorFileError(
                file: file,
                .header(
                    reason: "the tensors end after \(position) bytes of data, but the file has \(dataLength)", offset: 8
                ))
        }
    }
}
