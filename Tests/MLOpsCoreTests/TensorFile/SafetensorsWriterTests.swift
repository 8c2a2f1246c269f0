import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

@Suite struct SafetensorsWriterTests {
    /// The reference writer's own bytes: same order, same header, same padding.
    @Test(arguments: ["TinyLlama/model.safetensors", "TensorFile/blocks.safetensors"])
    func writesTheBytesTheReferenceWrites(path: String) throws {
        let original = try SafetensorsFile(contentsOf: Fixture.url(path))
        let directory = try TemporaryDirectory()
        let copy = directory.url("copy.safetensors")
        let tensors = original.names.reversed().compactMap { original[$0] }.map { TensorToWrite($0) }
        try SafetensorsWriter.write(tensors, metadata: original.metadata, to: copy)
        #expect(try Data(contentsOf: copy) == Data(contentsOf: Fixture.url(path)))
    }

    @Test(arguments: [[], [1], [0], [3, 5], [2, 0, 3], [1, 1, 1, 1, 2]] as [[Int]])
    func whatIsWrittenReadsBack(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let values = (0..<count).map { Float($0) - 2.5 }
        let url = try TemporaryDirectory().url
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        let file = url.appending(path: "x.safetensors")
        let written = [
            TensorToWrite(name: "ü\"\n", shape: shape, floats: values),
            TensorToWrite(name: "h", elementType: .bf16, shape: [3], floats: [1, 2, 3]),
        ]
        try SafetensorsWriter.write(written, metadata: ["z": "1", "a": "ö"], to: file)
        let read = try SafetensorsFile(contentsOf: file)
        #expect(read.metadata == ["z": "1", "a": "ö"])
        #expect(read.names == ["ü\"\n", "h"])
        #expect(read["ü\"\n"]?.shape == shape && read["ü\"\n"]?.floats() == values)
        #expect(read["h"]?.floats() == [1, 2, 3])
    }

    /// More numbers than are encoded at a time, and some of an array.
    @Test(arguments: [ElementType.f32, .bf16]) func numbersInPiecesAreAllThere(type: ElementType) throws {
        let values = (0..<(1 << 21) + 70).map { Float($0 % 251) }
        let directory = try TemporaryDirectory()
        let file = directory.url("x.safetensors")
        let range = 3..<(1 << 21) + 9
        try SafetensorsWriter.write(
            [
                TensorToWrite(name: "all", elementType: type, shape: [2, values.count / 2], floats: values),
                TensorToWrite(name: "some", elementType: type, shape: [range.count], floats: values, range: range),
            ], to: file)
        let read = try SafetensorsFile(contentsOf: file)
        #expect(read["all"]?.floats() == values && read["some"]?.floats() == Array(values[range]))
    }

    @Test func theDataBeginsAtAMultipleOfEight() {
        for length in 1..<20 {
            let name = String(repeating: "n", count: length)
            let plan = SafetensorsWriter.layout(of: [TensorToWrite(name: name, shape: [1], floats: [0])], metadata: [:])
            #expect(plan.header.count.isMultiple(of: 8))
        }
    }

    @Test func aFullDeviceIsAnErrorAndLeavesNothing() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: FileError.self) {
            try SafetensorsWriter.write([], to: directory.url("no/such/folder.safetensors"))
        }
        #expect(error?.code == .missing)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path).isEmpty)
    }
}
