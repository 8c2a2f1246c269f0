/// Conversion of binary32 to stored elements, rounding to nearest, ties to even.
public enum ElementEncoding {
    /// Whether numbers can be written as `type`: F32, F16, BF16 and Q8_0.
    public static func canEncode(_ type: ElementType) -> Bool {
        switch type {
        case .f32, .f16, .bf16, .q8_0: true
        default: false
        }
    }

    /// Returns `floats` stored as `type`.
    ///
    /// Q8_0 follows ggml: d = max|x| / 127 per block of 32, q = x / d rounded half away from zero, d kept as binary16.
    ///
    /// - Precondition: ``canEncode(_:)`` holds for `type`, and `floats` are whole blocks.
    /// - Complexity: O(count).
    public static func bytes(_ floats: [Float], as type: ElementType) -> [UInt8] {
        precondition(canEncode(type), "numbers cannot be written as \(type)")
        precondition(floats.count.isMultiple(of: type.elementsPerBlock), "\(floats.count) numbers in blocks of \(type)")
        let count = floats.count / type.elementsPerBlock * type.bytesPerBlock
        return unsafe floats.withUnsafeBufferPointer { floats in
            unsafe [UInt8](unsafeUninitializedCapacity: count) { out, initialised in
                initialised = count
                // Block i of `out` is written from block i of `floats`: in bounds by the counts above.
                guard count > 0, let source = floats.baseAddress, let base = out.baseAddress else { return }
                let target = UnsafeMutableRawPointer(base)
                switch type {
                case .f16:
                    for i in 0..<floats.count {
                        unsafe target.storeBytes(
                            of: HalfPrecision.bits(source[i]), toByteOffset: 2 * i, as: UInt16.self)
                    }
                case .bf16:
                    for i in 0..<floats.count {
                        unsafe target.storeBytes(
                            of: BrainPrecision.bits(source[i]), toByteOffset: 2 * i, as: UInt16.self)
                    }
                case .q8_0: unsafe encodeQ8_0(source, target, floats.count / 32)
                default: unsafe target.copyMemory(from: source, byteCount: count)
                }
            }
        }
    }

    private static func encodeQ8_0(_ source: UnsafePointer<Float>, _ target: UnsafeMutableRawPointer, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 32
            let to = unsafe target + block * 34
            var largest: Float = 0
            for j in 0..<32 { unsafe largest = max(largest, abs(from[j])) }
            let d = largest / 127
            let inverse = d == 0 ? 0 : 1 / d
            unsafe to.storeBytes(of: HalfPrecision.bits(d), as: UInt16.self)
            for j in 0..<32 {
                let scaled = unsafe from[j] * inverse
                let magnitude = abs(scaled)
                let floor = magnitude.rounded(.down)
                let rounded = floor + (2 * (magnitude - floor)).rounded(.down)
                // At most 127 when d is a normal number; NaN and infinity have no 8-bit form and become 0 and ±127.
                let limited = rounded.isNaN ? 0 : min(rounded, 127)
                unsafe to.storeBytes(of: Int8(scaled < 0 ? -limited : limited), toByteOffset: 2 + j, as: Int8.self)
            }
        }
    }
}
