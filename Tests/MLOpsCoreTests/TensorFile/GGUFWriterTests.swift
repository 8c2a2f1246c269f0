import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

@Suite struct GGUFWriterTests {
    /// Golden: the bytes that gguf 0.19.0 wrote, by Tests/Fixtures/Scripts/make_tensor_files.py.
    @Test func writesTheBytesTheReferenceWrites() throws {
        let url = Fixture.url("TensorFile/tiny-llama.gguf")
        let original = try GGUFFile(contentsOf: url)
        let directory = try TemporaryDirectory()
        let copy = directory.url("copy.gguf")
        try GGUFWriter.write(
            metadata: original.metadata, tensors: original.tensors.values.map { TensorToWrite($0) }, to: copy)
        #expect(try Data(contentsOf: copy) == Data(contentsOf: url))
    }

    @Test func everyTypeOfMetadataReadsBack() throws {
        let metadata: OrderedDictionary<String, GGUFValue> = [
            "u8": .uint8(.max), "i8": .int8(.min), "u16": .uint16(.max), "i16": .int16(.min), "u32": .uint32(.max),
            "i32": .int32(.min), "f32": .float32(-0.1), "bool": .bool(true), "text": .string("ü\n"),
            "u64": .uint64(.max),
            "i64": .int64(.min), "f64": .float64(0.1),
            "lists": .array(
                .array([
                    .uint8([1]), .int8([-1]), .uint16([]), .int16([1, 2]), .uint32([3]), .int32([-3]), .float32([0.5]),
                    .bool([true, false]), .string(["", "x"]), .array([.bool([])]), .uint64([4]), .int64([-4]),
                    .float64([2]),
                ])),
        ]
        let directory = try TemporaryDirectory()
        let url = directory.url("x.gguf")
        let tensors = [
            TensorToWrite(name: "a", shape: [3], floats: [1, 2, 3]),
            TensorToWrite(name: "b", elementType: .q8_0, shape: [2, 32], floats: (0..<64).map(Float.init)),
            TensorToWrite(name: "c", elementType: .bf16, shape: [1, 2, 1, 2], floats: [1, 2, 3, 4]),
        ]
        try GGUFWriter.write(metadata: metadata, tensors: tensors, to: url)
        let file = try GGUFFile(contentsOf: url)
        #expect(file.metadata == metadata)
        #expect(file.tensors["a"]?.floats() == [1, 2, 3])
        #expect(file.tensors["b"]?.shape == [2, 32] && file.tensors["b"]?.elementType == .q8_0)
        #expect(file.tensors["c"]?.shape == [1, 2, 1, 2] && file.tensors["c"]?.floats() == [1, 2, 3, 4])
        let layout = GGUFLayout(metadata: metadata, tensors: tensors)
        #expect(try Data(contentsOf: url).count == layout.byteCount)
        #expect(layout.header.count.isMultiple(of: 32) && layout.offsets == [0, 32, 128])
    }
}
