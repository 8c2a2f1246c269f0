public import Foundation
internal import OrderedCollections

/// Writing of safetensors files: the layout is planned first, then written in one pass.
///
/// Equal tensors and metadata give equal bytes, and the order is that of the reference writer: wide element types first
/// (so that every tensor is aligned to its elements), then by name.
public enum SafetensorsWriter {
    /// Writes `tensors` and `metadata` to `url`, whole or not at all.
    ///
    /// A cancelled task writes too: what ends a training run is a checkpoint.
    ///
    /// - Parameter progress: called before each tensor with its place in the file's order and the count.
    /// - Precondition: no two tensors share a name, none is called `__metadata__`, none is quantised.
    /// - Throws: ``FileError``, and what making a tensor's bytes throws.
    public static func write(
        _ tensors: [TensorToWrite], metadata: [String: String] = [:], to url: URL,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        let plan = layout(of: tensors, metadata: metadata)
        let writer = try WholeFileWriter(to: url)
        try writer.append(plan.header)
        for (index, tensor) in plan.order.enumerated() {
            progress(index, plan.order.count)
            try tensor.withBytes { try writer.append($0) }
        }
        try writer.commit()
    }

    /// Returns the bytes before the data (length and header) and the order of the tensors in it.
    static func layout(of tensors: [TensorToWrite], metadata: [String: String]) -> (
        header: [UInt8], order: [TensorToWrite]
    ) {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors share a name")
        let order = tensors.sorted { ($1.elementType.bytesPerBlock, $0.name) < ($0.elementType.bytesPerBlock, $1.name) }
        var members: JSONObject = [:]
        if !metadata.isEmpty {
            let entries = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            members["__metadata__"] = .object(JSONObject(uniqueKeysWithValues: entries))
        }
        var position = 0
        for tensor in order {
            precondition(
                tensor.name != "__metadata__" && !tensor.elementType.isQuantised, "'\(tensor.name)' has no place here")
            members[tensor.name] = [
                "dtype": .string(tensor.elementType.rawValue),
                "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(position)), .integer(Int64(position + tensor.byteCount))],
            ]
            position += tensor.byteCount
        }
        var text = Array(JSONValue.object(members).text().utf8)
        text += repeatElement(0x20, count: (8 - text.count % 8) % 8)  // the data begins at a multiple of 8
        let length = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(text.count) >> (8 * UInt64($0))) }
        return (length + text, order)
    }
}
