/// Conversion of stored elements to binary32.
///
/// The loops are plain so that they vectorise; half precision is converted by integer arithmetic, because the
/// compiler turns `Float(Float16)` into a library call on x86.
enum ElementDecoding {
    /// Converts all of `bytes` into `out`.
    ///
    /// - Precondition: `bytes` are whole blocks of `type`, exactly as many as `out` has room for.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, as type: ElementType, into out: UnsafeMutableBufferPointer<Float>
    ) {
        let blocks = out.count / type.elementsPerBlock
        precondition(
            out.count.isMultiple(of: type.elementsPerBlock) && bytes.count == blocks * type.bytesPerBlock,
            "\(bytes.count) bytes of \(type) for \(out.count) numbers")
        // Every loop below reads block i at i × bytesPerBlock and writes elementsPerBlock numbers at
        // i × elementsPerBlock, for i < blocks: in bounds on both sides by the check above.
        guard blocks > 0, let source = bytes.baseAddress, let target = out.baseAddress else { return }
        switch type {
        case .f32: unsafe UnsafeMutableRawBufferPointer(out).copyMemory(from: bytes)
        case .bf16: unsafe plain(source, target, blocks) { (x: UInt16) in Float(bitPattern: UInt32(x) << 16) }
        case .f16: unsafe plain(source, target, blocks, HalfPrecision.float)
        case .f64: unsafe plain(source, target, blocks) { (x: UInt64) in Float(Double(bitPattern: x)) }
        case .f8E4M3: unsafe plain(source, target, blocks, EighthPrecision.floatE4M3)
        case .f8E5M2: unsafe plain(source, target, blocks) { (x: UInt8) in HalfPrecision.float(UInt16(x) << 8) }
        case .i64: unsafe plain(source, target, blocks) { (x: Int64) in Float(x) }
        case .i32: unsafe plain(source, target, blocks) { (x: Int32) in Float(x) }
        case .i16: unsafe plain(source, target, blocks) { (x: Int16) in Float(x) }
        case .i8: unsafe plain(source, target, blocks) { (x: Int8) in Float(x) }
        case .u64: unsafe plain(source, target, blocks) { (x: UInt64) in Float(x) }
        case .u32: unsafe plain(source, target, blocks) { (x: UInt32) in Float(x) }
        case .u16: unsafe plain(source, target, blocks) { (x: UInt16) in Float(x) }
        case .u8: unsafe plain(source, target, blocks) { (x: UInt8) in Float(x) }
        case .bool: unsafe plain(source, target, blocks) { (x: UInt8) in x == 0 ? 0 : 1 }
        case .q4_0: unsafe LegacyBlocks.decodeQ4_0(source, target, blocks)
        case .q4_1: unsafe LegacyBlocks.decodeQ4_1(source, target, blocks)
        case .q5_0: unsafe LegacyBlocks.decodeQ5_0(source, target, blocks)
        case .q5_1: unsafe LegacyBlocks.decodeQ5_1(source, target, blocks)
        case .q8_0: unsafe LegacyBlocks.decodeQ8_0(source, target, blocks)
        case .q2_K: unsafe SuperBlocks.decodeQ2_K(source, target, blocks)
        case .q3_K: unsafe SuperBlocks.decodeQ3_K(source, target, blocks)
        case .q4_K: unsafe SuperBlocks.decodeQ4_K(source, target, blocks)
        case .q5_K: unsafe SuperBlocks.decodeQ5_K(source, target, blocks)
        case .q6_K: unsafe SuperBlocks.decodeQ6_K(source, target, blocks)
        case .q8_K: unsafe SuperBlocks.decodeQ8_K(source, target, blocks)
        }
    }

    @inline(__always)
    private static func plain<Stored: FixedWidthInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ convert: (Stored) -> Float
    ) {
        let size = MemoryLayout<Stored>.size
        for index in 0..<count {
            let stored = unsafe source.loadUnaligned(fromByteOffset: index * size, as: Stored.self)
            unsafe target[index] = convert(stored)
        }
    }
}

/// IEEE 754 binary16 as bits.
enum HalfPrecision {
    /// Returns the number whose binary16 bits are `half`.
    ///
    /// The exponent field is moved into place and re-biased by a multiplication, which also normalises subnormals.
    @inline(__always)
    static func float(_ half: UInt16) -> Float {
        let scaled = Float(bitPattern: UInt32(half & 0x7FFF) << 13) * Float(bitPattern: 0x7780_0000)  // 2^112
        let special: UInt32 = scaled >= 65536 ? 0x7F80_0000 : 0  // infinity and NaN keep a full exponent
        return Float(bitPattern: scaled.bitPattern | special | UInt32(half & 0x8000) << 16)
    }

    /// Returns the bits of the binary16 nearest to `value`, ties to even; NaN stays NaN.
    @inline(__always)
    static func bits(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16 & 0x8000)
        let magnitude = value.bitPattern & 0x7FFF_FFFF
        if magnitude >= 0x4780_0000 {  // 65536 and up, infinity, NaN
            let payload = 0x7E00 | UInt16(truncatingIfNeeded: magnitude >> 13 & 0x1FF)
            return sign | (magnitude > 0x7F80_0000 ? payload : 0x7C00)
        }
        if magnitude < 0x3880_0000 {  // below 2^-14: adding 0.5 lets the adder round to multiples of 2^-24
            let sum = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: sum.bitPattern &- 0x3F00_0000)
        }
        let odd = magnitude >> 13 & 1
        let rounded = magnitude &- 0x3800_0000 &+ 0xFFF &+ odd  // re-bias by 112, then half of the last place
        return sign | UInt16(truncatingIfNeeded: rounded >> 13)
    }
}

/// The upper half of a binary32 as bits.
enum BrainPrecision {
    /// Returns the bits of the bfloat16 nearest to `value`, ties to even; NaN stays NaN (quiet).
    @inline(__always)
    static func bits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if bits & 0x7FFF_FFFF > 0x7F80_0000 { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}

/// Eight-bit floating point.
enum EighthPrecision {
    /// Returns the number whose E4M3 bits (bias 7, no infinities, NaN = all ones) are `byte`.
    static func floatE4M3(_ byte: UInt8) -> Float {
        let exponent = Int(byte >> 3 & 15)
        let fraction = Float(byte & 7)
        let magnitude: Float
        if byte & 0x7F == 0x7F {
            magnitude = .nan
        } else if exponent == 0 {
            magnitude = fraction * 0x1p-9
        } else {
            magnitude = (8 + fraction) * Float(sign: .plus, exponent: exponent - 10, significand: 1)
        }
        return byte & 0x80 == 0 ? magnitude : -magnitude
    }
}
