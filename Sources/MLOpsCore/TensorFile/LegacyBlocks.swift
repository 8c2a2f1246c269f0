/// Blocks of 32 elements with one scale, as ggml stores them.
///
/// ```
/// Q4_0  d:f16 ┬ qs:16         element j (0..<16) = low nibble j, j + 16 = high nibble j;   x = d·(q − 8)
/// Q4_1  d:f16 ┬ m:f16 ┬ qs:16                                                              x = d·q + m
/// Q5_0  d:f16 ┬ qh:u32 ┬ qs:16   bit 4 of element j is bit j of qh;                        x = d·(q − 16)
/// Q5_1  d:f16 ┬ m:f16 ┬ qh:u32 ┬ qs:16                                                     x = d·q + m
/// Q8_0  d:f16 ┬ qs:32 × i8                                                                 x = d·q
/// ```
///
/// The caller guarantees room: `blocks` whole blocks at `source`, 32 × `blocks` numbers at `target`.
enum LegacyBlocks {
    static func decodeQ4_0(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 18
            let to = unsafe target + block * 32
            let d = unsafe half(from, 0)
            for j in 0..<16 {
                let q = unsafe byte(from, 2 + j)
                unsafe to[j] = d * Float(Int32(q & 15) - 8)
                unsafe to[j + 16] = d * Float(Int32(q >> 4) - 8)
            }
        }
    }

    static func decodeQ4_1(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 20
            let to = unsafe target + block * 32
            let d = unsafe half(from, 0)
            let m = unsafe half(from, 2)
            for j in 0..<16 {
                let q = unsafe byte(from, 4 + j)
                unsafe to[j] = d * Float(Int32(q & 15)) + m
                unsafe to[j + 16] = d * Float(Int32(q >> 4)) + m
            }
        }
    }

    static func decodeQ5_0(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 22
            let to = unsafe target + block * 32
            let d = unsafe half(from, 0)
            let high = unsafe from.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
            for j in 0..<16 {
                let q = UInt32(unsafe byte(from, 6 + j))
                let shift = UInt32(truncatingIfNeeded: j)
                let low = q & 15 | (high >> shift & 1) << 4
                let upper = q >> 4 | (high >> (shift + 16) & 1) << 4
                unsafe to[j] = d * Float(Int32(low) - 16)
                unsafe to[j + 16] = d * Float(Int32(upper) - 16)
            }
        }
    }

    static func decodeQ5_1(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 24
            let to = unsafe target + block * 32
            let d = unsafe half(from, 0)
            let m = unsafe half(from, 2)
            let high = unsafe from.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            for j in 0..<16 {
                let q = UInt32(unsafe byte(from, 8 + j))
                let shift = UInt32(truncatingIfNeeded: j)
                unsafe to[j] = d * Float(Int32(q & 15 | (high >> shift & 1) << 4)) + m
                unsafe to[j + 16] = d * Float(Int32(q >> 4 | (high >> (shift + 16) & 1) << 4)) + m
            }
        }
    }

    static func decodeQ8_0(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 34
            let to = unsafe target + block * 32
            let d = unsafe half(from, 0)
            for j in 0..<32 { unsafe to[j] = d * Float(from.loadUnaligned(fromByteOffset: 2 + j, as: Int8.self)) }
        }
    }

    @inline(__always)
    static func half(_ from: UnsafeRawPointer, _ offset: Int) -> Float {
        HalfPrecision.float(unsafe from.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inline(__always)
    static func byte(_ from: UnsafeRawPointer, _ offset: Int) -> UInt8 {
        unsafe from.load(fromByteOffset: offset, as: UInt8.self)
    }
}
