import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// A GGUF file written by hand, so that it can be wrong.
private struct Bytes {
    var bytes: [UInt8] = []

    init(version: UInt32 = 3, tensors: UInt64 = 0, entries: UInt64 = 0) {
        bytes = Array("GGUF".utf8)
        add(version)
        add(tensors)
        add(entries)
    }

    mutating func add(_ value: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes += Array($0) }
    }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += Array(text.utf8)
    }

    func adding(_ change: (inout Bytes) -> Void) -> [UInt8] {
        var copy = self
        change(&copy)
        return copy.bytes
    }

    /// A tensor's description, the padding after it, and `data` bytes.
    static func tensor(
        _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 0, count: UInt32? = nil,
        name: String = "t"
    ) -> [UInt8] {
        Bytes(tensors: 1).adding {
            $0.addTensor(name, dimensions, type: type, offset: offset, count: count)
            $0.pad(data)
        }
    }

    mutating func addTensor(
        _ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, count: UInt32? = nil
    ) {
        add(name)
        add(count ?? UInt32(dimensions.count))
        for dimension in dimensions { add(dimension) }
        add(type)
        add(offset)
    }

    mutating func pad(_ data: Int) {
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + data)
    }
}

@Suite struct MalformedGGUFTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    enum Malformed: String, CaseIterable {
        case empty, magic, version1, bigEndian, truncatedCounts, hugeTensorCount, hugeEntryCount, unknownValueType
        case keyLengthBeyondTheFile, keyNotUTF8, valueNotUTF8, duplicateKey, boolOfTwo, arrayBomb, stringArrayBomb
        case nestedBomb, deepArray, unknownArrayType, alignmentOfThree, alignmentOfZero, alignmentAsText
        case fiveDimensions, unknownType, iqType, overflowingShape, hugeDimension, partialBlock, offsetBeyondTheFile
        case overflowingOffset, unalignedOffset, overlap, duplicateTensor, dataMissing, infoCut

        var bytes: [UInt8] {
            func entry(key: String = "k", _ type: UInt32, _ add: (inout Bytes) -> Void = { _ in }) -> [UInt8] {
                Bytes(entries: 1).adding {
                    $0.add(key)
                    $0.add(type)
                    add(&$0)
                }
            }
            switch self {
            case .empty: return []
            case .magic: return Array("GGML".utf8) + [UInt8](repeating: 0, count: 20)
            case .version1: return Bytes(version: 1).bytes
            case .bigEndian: return Bytes(version: UInt32(3).byteSwapped).bytes
            case .truncatedCounts: return Array(Bytes().bytes.dropLast())
            case .hugeTensorCount: return Bytes(tensors: .max).bytes
            case .hugeEntryCount: return Bytes(entries: 1 << 40).bytes
            case .unknownValueType: return entry(13)
            case .keyLengthBeyondTheFile: return Bytes(entries: 1).adding { for _ in 0..<4 { $0.add(UInt64.max) } }
            case .keyNotUTF8:
                return Bytes(entries: 1).adding {
                    $0.add(UInt64(1))
                    $0.bytes += [0xFF]
                    $0.add(UInt32(4))
                    $0.add(UInt32(1))
                }
            case .valueNotUTF8:
                return entry(8) {
                    $0.add(UInt64(2))
                    $0.bytes += [0xC3, 0x28]
                }
            case .duplicateKey:
                return Bytes(entries: 2).adding {
                    for _ in 0..<2 {
                        $0.add("k")
                        $0.add(UInt32(4))
                        $0.add(UInt32(1))
                    }
                }
            case .boolOfTwo: return entry(7) { $0.add(UInt8(2)) }
            case .arrayBomb:
                return entry(9) {
                    $0.add(UInt32(10))
                    $0.add(UInt64.max / 8)
                }
            case .stringArrayBomb:
                return entry(9) {
                    $0.add(UInt32(8))
                    $0.add(UInt64(3))
                    $0.add(UInt64(0))
                }
            case .nestedBomb:
                return entry(9) {
                    $0.add(UInt32(9))
                    $0.add(UInt64(1) << 60)
                }
            case .deepArray:
                return entry(9) {
                    for _ in 0..<100 {
                        $0.add(UInt32(9))
                        $0.add(UInt64(1))
                    }
                }
            case .unknownArrayType:
                return entry(9) {
                    $0.add(UInt32(99))
                    $0.add(UInt64(0))
                }
            case .alignmentOfThree: return entry(key: "general.alignment", 4) { $0.add(UInt32(3)) }
            case .alignmentOfZero: return entry(key: "general.alignment", 4) { $0.add(UInt32(0)) }
            case .alignmentAsText: return entry(key: "general.alignment", 8) { $0.add("32") }
            case .fiveDimensions: return Bytes.tensor([1, 1, 1, 1, 1], data: 4)
            case .unknownType: return Bytes.tensor([1], type: 4, data: 4)
            case .iqType: return Bytes.tensor([256], type: 23, data: 136)
            case .overflowingShape: return Bytes.tensor([1 << 32, 1 << 32], data: 4)
            case .hugeDimension: return Bytes.tensor([.max], data: 4)
            case .partialBlock: return Bytes.tensor([33, 32], type: 8, data: 34 * 33)
            case .offsetBeyondTheFile: return Bytes.tensor([1], offset: 1 << 20, data: 4)
            case .overflowingOffset: return Bytes.tensor([1], offset: .max - 31, data: 4)
            case .unalignedOffset: return Bytes.tensor([1], offset: 4, data: 8)
            case .overlap:
                return Bytes(tensors: 2).adding {
                    $0.addTensor("a", [16])
                    $0.addTensor("b", [1], offset: 32)
                    $0.pad(64)
                }
            case .duplicateTensor:
                return Bytes(tensors: 2).adding {
                    $0.addTensor("a", [1])
                    $0.addTensor("a", [1], offset: 32)
                    $0.pad(64)
                }
            case .dataMissing: return Bytes.tensor([2], data: 7)
            case .infoCut: return Array(Bytes.tensor([1]).prefix(24 + 26))
            }
        }

        func isExpected(_ defect: TensorFileError.Defect) -> Bool {
            switch (self, defect) {
            case (.empty, .truncated), (.truncatedCounts, .truncated), (.infoCut, .truncated), (.magic, .magic),
                (.version1, .version(1)), (.bigEndian, .version(0x0300_0000)), (.hugeTensorCount, .count),
                (.hugeEntryCount, .count), (.unknownValueType, .valueType(key: "k", type: 13, offset: 33)),
                (.keyLengthBeyondTheFile, .count), (.keyNotUTF8, .text), (.valueNotUTF8, .text),
                (.duplicateKey, .duplicate(name: "k", offset: 41)), (.boolOfTwo, .value), (.arrayBomb, .count),
                (.stringArrayBomb, .count), (.nestedBomb, .count), (.deepArray, .depth),
                (.unknownArrayType, .valueType),
                (.alignmentOfThree, .value), (.alignmentOfZero, .value), (.alignmentAsText, .value),
                (.fiveDimensions, .count), (.unknownType, .elementType),
                (.iqType, .elementType(tensor: "t", type: "IQ4_XS (23)")), (.overflowingShape, .shape),
                (.hugeDimension, .shape), (.partialBlock, .shape), (.offsetBeyondTheFile, .range),
                (.overflowingOffset, .range),
                (.unalignedOffset, .alignment(tensor: "t", offset: 4, alignment: 32)),
                (.overlap, .range(tensor: "b", begin: 32, end: 36, limit: 64)),
                (.duplicateTensor, .duplicate(name: "a", offset: 57)), (.dataMissing, .range):
                true
            default: false
            }
        }
    }

    private func defect(_ bytes: some Sequence<UInt8>) throws -> TensorFileError.Defect? {
        let url = directory.url("x.gguf")
        try Data(bytes).write(to: url)
        do throws(TensorFileError) {
            for (_, tensor) in try GGUFFile(contentsOf: url).tensors { _ = tensor.floats() }
            return nil
        } catch {
            #expect(error.message.contains("x.gguf") && error.exitStatus == .invalidData)
            return error.defect
        }
    }

    @Test(arguments: Malformed.allCases) func aMalformedFileIsRefusedForItsDefect(_ malformed: Malformed) throws {
        let found = try #require(try defect(malformed.bytes))
        #expect(malformed.isExpected(found), "\(found)")
    }

    @Test func wholeFilesByHandAreAccepted() throws {
        #expect(try defect(Bytes().bytes) == nil)
        #expect(try defect(Bytes(version: 2).bytes) == nil)
        #expect(try defect(Bytes.tensor([2], data: 8)) == nil)
        #expect(try defect(Bytes.tensor([], data: 4)) == nil)
    }

    /// Every prefix of a good file is refused, and no changed byte does worse than that.
    @Test func noCutOrChangedByteCrashesTheReader() throws {
        let bytes = [UInt8](try Data(contentsOf: Fixture.url("TensorFile/metadata.gguf")))
        // gguf-py pads the last tensor, so its file may lose the padding and stay whole.
        for length in 0..<bytes.count - 64 { #expect(try defect(bytes[..<length]) != nil) }
        for position in bytes.indices {
            for value in [0xFF, bytes[position] ^ 1, bytes[position] ^ 0x80] as [UInt8] {
                var changed = bytes
                changed[position] = value
                _ = try defect(changed)
            }
        }
    }
}
