import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A file of a header and data.
    private func file(_ header: String, data: Int = 0, length: UInt64? = nil) throws -> URL {
        let url = directory.url("x.safetensors")
        let length = length ?? UInt64(header.utf8.count)
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + Array(header.utf8)
        try Data(bytes + [UInt8](repeating: 7, count: data)).write(to: url)
        return url
    }

    private func defect(_ url: URL) -> TensorFileError.Defect? {
        do throws(TensorFileError) {
            _ = try SafetensorsFile(contentsOf: url)
            return nil
        } catch {
            #expect(error.message.contains("x.safetensors"))
            return error.defect
        }
    }

    @Test func readsWhatTheReferenceWrote() throws {
        let model = try SafetensorsFile(contentsOf: Fixture.tinyLlama.appending(path: "model.safetensors"))
        #expect(model.metadata == ["format": "pt"])
        let norm = try #require(model["model.norm.weight"])
        #expect(norm.elementType == .bf16 && norm.shape == [32] && norm.floats() == [Float](repeating: 1, count: 32))
    }

    @Test func acceptsAnEmptyFileOfTheFormat() throws {
        let empty = try SafetensorsFile(contentsOf: try file("{}"))
        #expect(empty.names.isEmpty)
        let scalar = try SafetensorsFile(
            contentsOf: try file(#"{"s":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}  "#, data: 1))
        #expect(scalar["s"]?.floats() == [7])
        let hollow = try SafetensorsFile(
            contentsOf: try file(#"{"e":{"dtype":"F32","shape":[0,4],"data_offsets":[0,0]}}"#))
        #expect(hollow["e"]?.floats() == [])
    }

    /// Malformed files and the defect each is refused for.
    enum Malformed: String, CaseIterable {
        case empty, shortLength, zeroLength, hugeLength, lengthBeyondTheFile, lengthBeyond64Bits, notJSON, notUTF8, list
        case duplicateName, deepJSON, metadataNotText, metadataNotAnObject, unknownType, quantisedType, noType
        case negativeDimension, fractionalDimension, overflowingShape, shapeAndSizeDiffer, oneOffset, textOffsets
        case offsetBeyondTheFile, reversedOffsets, negativeOffset, overlap, gap, dataLeftOver, dataMissing, trailingText

        /// The header, the bytes of data after it, and the claimed length where it lies.
        var content: (header: String, data: Int, length: UInt64?) {
            func tensor(_ shape: String, _ begin: String, _ end: String, _ type: String = "U8", name: String = "a")
                -> String
            {
                #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
            }
            return switch self {
            case .empty, .shortLength, .notUTF8: ("", 0, nil)
            case .zeroLength: ("", 0, 0)
            case .hugeLength: ("{}", 0, 100_000_001)
            case .lengthBeyondTheFile: ("{}", 0, 3)
            case .lengthBeyond64Bits: ("{}", 0, .max)
            case .notJSON: ("{'a'}", 0, nil)
            case .list: ("[1]", 0, nil)
            case .duplicateName: ("{\(tensor("[1]", "0", "1")),\(tensor("[1]", "0", "1"))}", 1, nil)
            case .deepJSON: (#"{"a":"# + String(repeating: "[", count: 100_000), 0, nil)
            case .metadataNotText: (#"{"__metadata__":{"a":1}}"#, 0, nil)
            case .metadataNotAnObject: (#"{"__metadata__":"a"}"#, 0, nil)
            case .unknownType: ("{\(tensor("[1]", "0", "1", "F7"))}", 1, nil)
            case .quantisedType: ("{\(tensor("[32]", "0", "34", "Q8_0"))}", 34, nil)
            case .noType: (#"{"a":{"shape":[1],"data_offsets":[0,1]}}"#, 1, nil)
            case .negativeDimension: ("{\(tensor("[-1]", "0", "1"))}", 1, nil)
            case .fractionalDimension: ("{\(tensor("[1.0]", "0", "1"))}", 1, nil)
            case .overflowingShape: ("{\(tensor("[4294967296,4294967296]", "0", "0", "F32"))}", 0, nil)
            case .shapeAndSizeDiffer: ("{\(tensor("[2]", "0", "4", "F32"))}", 4, nil)
            case .oneOffset: (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1, nil)
            case .textOffsets: ("{\(tensor("[1]", "\"0\"", "1"))}", 1, nil)
            case .offsetBeyondTheFile: ("{\(tensor("[8]", "0", "8"))}", 7, nil)
            case .reversedOffsets: ("{\(tensor("[1]", "2", "1"))}", 2, nil)
            case .negativeOffset: ("{\(tensor("[1]", "-1", "0"))}", 1, nil)
            case .overlap: ("{\(tensor("[2]", "0", "2")),\(tensor("[2]", "1", "3", name: "b"))}", 3, nil)
            case .gap: ("{\(tensor("[1]", "0", "1")),\(tensor("[1]", "2", "3", name: "b"))}", 3, nil)
            case .dataLeftOver: ("{\(tensor("[1]", "0", "1"))}", 2, nil)
            case .dataMissing: ("{\(tensor("[2]", "0", "2"))}", 1, nil)
            case .trailingText: ("{}x", 0, nil)
            }
        }

        func isExpected(_ defect: TensorFileError.Defect) -> Bool {
            switch (self, defect) {
            case (.empty, .truncated), (.shortLength, .truncated), (.lengthBeyondTheFile, .truncated),
                (.zeroLength, .headerLength(0)), (.hugeLength, .headerLength),
                (.lengthBeyond64Bits, .headerLength(.max)),
                (.notJSON, .header), (.notUTF8, .header), (.list, .header), (.duplicateName, .header),
                (.deepJSON, .header),
                (.metadataNotText, .header), (.metadataNotAnObject, .header), (.noType, .header), (.oneOffset, .header),
                (.textOffsets, .header), (.trailingText, .header), (.dataLeftOver, .header),
                (.unknownType, .elementType(tensor: "a", type: "F7")), (.quantisedType, .elementType),
                (.negativeDimension, .shape), (.fractionalDimension, .shape), (.overflowingShape, .shape),
                (.shapeAndSizeDiffer, .size(tensor: "a", expected: 8, found: 4)),
                (.offsetBeyondTheFile, .range(tensor: "a", begin: 0, end: 8, limit: 7)), (.reversedOffsets, .range),
                (.negativeOffset, .range), (.overlap, .range(tensor: "b", begin: 1, end: 3, limit: 3)),
                (.gap, .range(tensor: "b", begin: 2, end: 3, limit: 3)), (.dataMissing, .range):
                true
            default: false
            }
        }
    }

    @Test(arguments: Malformed.allCases) func aMalformedFileIsRefusedForItsDefect(_ malformed: Malformed) throws {
        let content = malformed.content
        let url = try file(content.header, data: content.data, length: content.length)
        if malformed == .empty { try Data().write(to: url) }
        if malformed == .shortLength { try Data([1, 0, 0]).write(to: url) }
        if malformed == .notUTF8 { try Data([5, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22, 0x7D]).write(to: url) }
        let found = try #require(defect(url))
        #expect(malformed.isExpected(found), "\(found)")
    }

    @Test func whatIsNotAFileIsRefused() throws {
        let missing = #expect(throws: TensorFileError.self) {
            try SafetensorsFile(contentsOf: directory.url("no.safetensors"))
        }
        #expect(missing?.exitStatus == .inputMissing)
        let folder = #expect(throws: TensorFileError.self) { try SafetensorsFile(contentsOf: directory.url) }
        #expect(folder?.defect == .notARegularFile && folder?.exitStatus == .invalidData)
        let pipe = directory.url("pipe")
        #expect(unsafe mkfifo(pipe.path, 0o600) == 0)
        #expect(throws: TensorFileError.self) { try SafetensorsFile(contentsOf: pipe) }
    }

    /// Every prefix of a good file is refused, and no changed byte does worse than that.
    @Test func noCutOrChangedByteCrashesTheReader() throws {
        let good = directory.url("good.safetensors")
        try SafetensorsWriter.write(
            [
                TensorToWrite(name: "a", shape: [2, 2], floats: [1, 2, 3, 4]),
                TensorToWrite(name: "b", elementType: .f16, shape: [3], floats: [1, 2, 3]),
            ], metadata: ["k": "v"], to: good)
        let bytes = [UInt8](try Data(contentsOf: good))
        let url = directory.url("x.safetensors")
        for length in 0..<bytes.count {
            try Data(bytes[..<length]).write(to: url)
            #expect(defect(url) != nil)
        }
        for position in bytes.indices {
            for value in [0, 0x7F, 0xFF, bytes[position] ^ 1, bytes[position] ^ 0x80] as [UInt8] {
                var changed = bytes
                changed[position] = value
                try Data(changed).write(to: url)
                if let file = try? SafetensorsFile(contentsOf: url) {
                    for name in file.names { _ = file[name]?.floats() }
                }
            }
        }
    }
}
