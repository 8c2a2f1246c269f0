public import Foundation
public import OrderedCollections

/// A GGUF file, mapped into memory (versions 2 and 3, little endian).
///
/// ```
/// ┌ 'GGUF' ┬ version:u32 ┬ tensors:u64 ┬ entries:u64 ┬ metadata ┬ tensor infos ┬ pad ┬ tensor data ┐
/// text   = length:u64, bytes          entry = key:text, type:u32, value
/// list   = type:u32, count:u64, elements
/// info   = name:text, dimensions:u32, each:u64 (innermost first), type:u32, offset:u64 (from the tensor data)
/// ```
///
/// Opening proves that every tensor lies in the file, aligned, without overlap, and as long as its shape says.
public struct GGUFFile: Sendable {
    /// The file's path.
    public let path: String
    /// The format's version.
    public let version: UInt32
    /// The metadata, in the file's order.
    public let metadata: OrderedDictionary<String, GGUFValue>
    /// The tensors, in the file's order; shapes are outermost first, as everywhere in this package.
    public let tensors: OrderedDictionary<String, TensorData>
    /// What tensors' offsets are multiples of.
    public let alignment: Int

    /// Opens the file at `url`.
    ///
    /// - Throws: ``TensorFileError`` naming the defect, the key or tensor, and the offset.
    public init(contentsOf url: URL) throws(TensorFileError) {
        let file = try MappedFile(url)
        path = file.path
        var reader = GGUFReader(file)
        let magic = try reader.bytes(4, "the magic number")
        guard magic == Array("GGUF".utf8) else { throw reader.failure(.magic(found: magic)) }
        version = try reader.integer("the version")
        guard version == 2 || version == 3 else { throw reader.failure(.version(version)) }
        // 24 = the shortest info: empty name, no dimensions, type, offset. 13 = the shortest entry.
        let tensorCount = try reader.count("the number of tensors", elementSize: 24)
        let entryCount = try reader.count("the number of metadata entries", elementSize: 13)

        var metadata: OrderedDictionary<String, GGUFValue> = [:]
        for _ in 0..<entryCount {
            let offset = reader.position
            let key = try reader.text("a metadata key", limit: 65535)
            guard metadata[key] == nil else { throw reader.failure(.duplicate(name: key, offset: offset)) }
            metadata[key] = try reader.value(of: key)
        }
        self.metadata = metadata
        alignment = try Self.alignment(metadata, reader)

        var infos: [TensorInfo] = []
        var names: Set<String> = []
        for _ in 0..<tensorCount {
            let offset = reader.position
            let info = try reader.tensorInfo()
            guard names.insert(info.name).inserted else {
                throw reader.failure(.duplicate(name: info.name, offset: offset))
            }
            infos.append(info)
        }
        let start = (reader.position + alignment - 1) / alignment * alignment
        tensors = try Self.tensors(infos, start: start, alignment: alignment, file: file)
    }

    struct TensorInfo {
        let name: String
        let type: ElementType
        let shape: [Int]
        let byteCount: Int
        let offset: UInt64
    }

    private static func alignment(
        _ metadata: OrderedDictionary<String, GGUFValue>, _ reader: GGUFReader
    ) throws(TensorFileError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard let alignment = value.int, (1...1 << 20).contains(alignment), alignment.nonzeroBitCount == 1 else {
            let reason = "it must be a power of two up to \(1 << 20)"
            throw reader.failure(.value(key: "general.alignment", reason: reason, offset: reader.position))
        }
        return alignment
    }

    private static func tensors(
        _ infos: [TensorInfo], start: Int, alignment: Int, file: MappedFile
    ) throws(TensorFileError) -> OrderedDictionary<String, TensorData> {
        func failure(_ defect: TensorFileError.Defect) -> TensorFileError { TensorFileError(file: file.path, defect) }
        let available = max(0, file.count - start)
        var tensors: OrderedDictionary<String, TensorData> = [:]
        var ranges: [(name: String, begin: Int, end: Int)] = []
        for info in infos {
            guard let offset = Int(exactly: info.offset), offset <= available, info.byteCount <= available - offset
            else {
                let begin = Int(clamping: info.offset)
                let end = begin.addingReportingOverflow(info.byteCount)
                throw failure(
                    .range(
                        tensor: info.name, begin: begin, end: end.overflow ? .max : end.partialValue, limit: available))
            }
            guard offset.isMultiple(of: alignment) else {
                throw failure(.alignment(tensor: info.name, offset: offset, alignment: alignment))
            }
            ranges.append((info.name, offset, offset + info.byteCount))
            tensors[info.name] = TensorData(
                name: info.name, elementType: info.type, shape: info.shape, file: file,
                range: start + offset..<start + offset + info.byteCount)
        }
        ranges.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
        for (last, next) in zip(ranges, ranges.dropFirst()) where next.begin < last.end {
            throw failure(.range(tensor: next.name, begin: next.begin, end: next.end, limit: available))
        }
        return tensors
    }
}
