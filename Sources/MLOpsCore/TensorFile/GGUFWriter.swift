public import Foundation
public import OrderedCollections

/// Writing of GGUF files (version 3): the layout is planned first, then written in one pass.
public enum GGUFWriter {
    /// Writes `metadata` and `tensors` to `url`, whole or not at all; one tensor at a time is in memory.
    ///
    /// - Parameter progress: called before each tensor with its place in the file's order and the count.
    /// - Precondition: that of ``GGUFLayout/init(metadata:tensors:)``.
    /// - Throws: ``FileError``, what making a tensor's bytes throws, and `CancellationError`.
    public static func write(
        metadata: OrderedDictionary<String, GGUFValue>, tensors: [TensorToWrite], to url: URL,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        let layout = GGUFLayout(metadata: metadata, tensors: tensors)
        let writer = try WholeFileWriter(to: url)
        try writer.append(layout.header)
        for (index, tensor) in tensors.enumerated() {
            try Task.checkCancellation()
            progress(index, tensors.count)
            try tensor.withBytes { try writer.append($0) }
            try writer.append([UInt8](repeating: 0, count: GGUFLayout.padded(writer.count) - writer.count))
        }
        try writer.commit()
    }
}
