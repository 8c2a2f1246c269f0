import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Golden: gguf 0.19.0, by Tests/Fixtures/Scripts/make_tensor_files.py.
@Suite struct GGUFFileTests {
    @Test func readsEveryTypeOfMetadata() throws {
        let file = try GGUFFile(contentsOf: Fixture.url("TensorFile/metadata.gguf"))
        let expected: OrderedDictionary<String, GGUFValue> = [
            "general.architecture": .string("test"),
            "general.alignment": .uint32(64),
            "a.uint8": .uint8(200), "a.int8": .int8(-100), "a.uint16": .uint16(60000), "a.int16": .int16(-30000),
            "a.uint32": .uint32(4_000_000_000), "a.int32": .int32(-2_000_000_000), "a.uint64": .uint64(1 << 63 + 1),
            "a.int64": .int64(-(1 << 62)), "a.float32": .float32(0.1), "a.float64": .float64(0.1),
            "a.bool": .bool(true),
            "a.string": .string("größe 🤖"),
            "list.string": .array(.string(["a", "", "ü"])),
            "list.int32": .array(.int32([1, -2, 3])),
            "list.float32": .array(.float32([0.5, -0.25])),
            "list.bool": .array(.bool([true, false])),
            "list.list": .array(.array([.int32([1, 2]), .int32([3])])),
        ]
        #expect(file.version == 3 && file.alignment == 64)
        #expect(file.metadata == expected)
    }

    @Test func readsTensorsOutermostFirst() throws {
        let file = try GGUFFile(contentsOf: Fixture.url("TensorFile/metadata.gguf"))
        #expect(file.tensors.keys == ["f32", "f16", "i32", "q8_0"])
        #expect(file.tensors["f32"]?.shape == [2, 3] && file.tensors["f32"]?.floats() == [0, 1, 2, 3, 4, 5])
        #expect(file.tensors["f16"]?.floats() == [0, 1, 2, 3])
        #expect(file.tensors["i32"]?.floats() == [0, 1, 2])
        #expect(file.tensors["q8_0"]?.shape == [2, 64] && file.tensors["q8_0"]?.elementType == .q8_0)
    }

    @Test func valuesAnswerByKind() {
        #expect(GGUFValue.uint64(.max).int == nil && GGUFValue.int8(-1).int == -1 && GGUFValue.uint16(7).double == 7)
        #expect(GGUFValue.float32(0.5).double == 0.5 && GGUFValue.float32(0.5).int == nil)
        #expect(GGUFValue.array(.string(["a"])).strings == ["a"] && GGUFValue.array(.uint8([1])).ints == [1])
        #expect(GGUFValue.bool(true).bool == true && GGUFValue.string("x").bool == nil)
        #expect(GGUFArray.array([.bool([]), .int8([1])]).count == 2)
    }
}
