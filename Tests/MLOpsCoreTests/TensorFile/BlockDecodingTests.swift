import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// Golden: gguf 0.19.0 (`gguf.quants`), by Tests/Fixtures/Scripts/make_tensor_files.py.
@Suite struct BlockDecodingTests {
    private let golden = try? SafetensorsFile(contentsOf: Fixture.url("TensorFile/blocks.safetensors"))

    @Test(arguments: [
        ElementType.q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K,
    ])
    func blocksDecodeToTheReferencesBits(type: ElementType) throws {
        let stored = try #require(golden?["\(type.rawValue).bytes"])
        let expected = try #require(golden?["\(type.rawValue).values"])
        #expect(stored.shape[1] == type.bytesPerBlock)
        let tensor = TensorData(name: "x", elementType: type, shape: expected.shape, bytes: stored.bytes())
        let values = tensor.floats()
        #expect(values.map(\.bitPattern) == expected.floats().map(\.bitPattern))
        #expect(Set(values).count > 20)
        // A row alone is the same as the row of the whole.
        #expect(tensor.floats(rows: 1..<3) == Array(values[tensor.rowLength..<3 * tensor.rowLength]))
    }

    /// gguf.quants has no Q8_K; the format is d · q.
    @Test func q8KIsAScaleTimesBytes() {
        var bytes = unsafe withUnsafeBytes(of: Float(0.5)) { unsafe Array($0) }
        bytes += (0..<256).map { UInt8(bitPattern: Int8(truncatingIfNeeded: $0 - 128)) }
        bytes += [UInt8](repeating: 0xAA, count: 32)
        let tensor = TensorData(name: "x", elementType: .q8_K, shape: [256], bytes: bytes)
        #expect(tensor.floats() == (0..<256).map { Float($0 - 128) / 2 })
    }

    @Test func everyHalfBecomesItsNumber() {
        for bits in UInt16.min...UInt16.max {
            let expected = Float(Float16(bitPattern: bits))
            let value = HalfPrecision.float(bits)
            #expect(value.isNaN ? expected.isNaN : value.bitPattern == expected.bitPattern, "half \(bits)")
        }
    }

    @Test func bytesOfEightBitFloatsBecomeTheirNumbers() {
        // Values of the OCP 8-bit floating point specification: largest, smallest normal, smallest subnormal.
        #expect(EighthPrecision.floatE4M3(0x7E) == 448)
        #expect(EighthPrecision.floatE4M3(0x08) == 0x1p-6)
        #expect(EighthPrecision.floatE4M3(0x81) == -0x1p-9)
        #expect(EighthPrecision.floatE4M3(0x7F).isNaN)
        let e5m2 = TensorData(name: "x", elementType: .f8E5M2, shape: [3], bytes: [0x7B, 0x04, 0x01])
        #expect(e5m2.floats() == [57344, 0x1p-14, 0x1p-16])
    }

    @Test(arguments: [
        (ElementType.i8, [0xFF] as [UInt8], -1 as Float), (.u8, [0xFF], 255), (.bool, [1], 1),
        (.i16, [0, 0x80], -32768),
        (.u16, [0, 0x80], 32768), (.i32, [0, 0, 0, 0x80], -2_147_483_648), (.u32, [0, 0, 0, 0x80], 2_147_483_648),
        (.i64, [UInt8](repeating: 0xFF, count: 8), -1), (.u64, [2, 0, 0, 0, 0, 0, 0, 0], 2), (.bf16, [0x80, 0xBF], -1),
        (.f64, [0, 0, 0, 0, 0, 0, 0xE0, 0x3F], 0.5), (.f32, [0, 0, 0x80, 0x3F], 1),
    ])
    func plainElementsBecomeNumbers(type: ElementType, bytes: [UInt8], expected: Float) {
        #expect(TensorData(name: "x", elementType: type, shape: [], bytes: bytes).floats() == [expected])
    }
}
