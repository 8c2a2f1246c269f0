import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// Golden: gguf 0.19.0 and numpy, by Tests/Fixtures/Scripts/make_tensor_files.py.
@Suite struct ElementEncodingTests {
    @Test(arguments: [ElementType.q8_0, .bf16, .f16])
    func numbersAreStoredAsTheReferenceStoresThem(type: ElementType) throws {
        let golden = try SafetensorsFile(contentsOf: Fixture.url("TensorFile/blocks.safetensors"))
        let source = try #require(golden["Q8_0.source"])
        let expected = try #require(golden["\(type.rawValue).encoded"])
        #expect(ElementEncoding.bytes(source.floats(), as: type) == expected.bytes())
    }

    @Test func halvesRoundAsTheCompilersDo() {
        var bits: UInt32 = 1
        for _ in 0..<200_000 {
            bits = bits &* 1_664_525 &+ 1_013_904_223
            let value = Float(bitPattern: bits)
            let half = HalfPrecision.bits(value)
            if value.isNaN {
                #expect(Float16(bitPattern: half).isNaN)
            } else if half != Float16(value).bitPattern {
                Issue.record("\(value) became \(half), not \(Float16(value).bitPattern)")
            }
        }
        // Around the places where the method changes: overflow, the smallest normal, the smallest subnormal.
        for value: Float in [
            65504, 65519.99, 65520, 65536, 0x1p-14, 0x1.ffcp-15, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0, -0.0, .infinity,
        ] {
            #expect(HalfPrecision.bits(value) == Float16(value).bitPattern, "\(value)")
            #expect(HalfPrecision.bits(-value) == Float16(-value).bitPattern, "\(-value)")
        }
    }

    @Test func brainFloatsRoundToEven() {
        func rounded(_ bits: UInt32) -> UInt16 { BrainPrecision.bits(Float(bitPattern: bits)) }
        #expect(rounded(0x3F80_8000) == 0x3F80)  // tie, even below
        #expect(rounded(0x3F81_8000) == 0x3F82)  // tie, even above
        #expect(rounded(0x3F80_8001) == 0x3F81)
        #expect(rounded(0x7F7F_FFFF) == 0x7F80)  // beyond the largest: infinity
        #expect(rounded(0x7F80_0000) == 0x7F80)
        #expect(rounded(0x7F80_0001) == 0x7FC0)  // NaN stays NaN
    }

    @Test func whatIsStoredReadsBackWithinHalfAStep() {
        let values = (0..<64).map { Float($0 * $0 % 37) - 18.25 }
        let stored = TensorData(
            name: "x", elementType: .q8_0, shape: [2, 32], bytes: ElementEncoding.bytes(values, as: .q8_0))
        for (value, read) in zip(values, stored.floats()) { #expect(abs(value - read) <= 18.75 / 127 * 0.51) }
    }
}
