/// Blocks of 256 elements whose groups have scales of their own, as ggml stores them ("K-quants").
///
/// ```
/// Q2_K  scales:16 ┬ qs:64 ┬ d:f16 ┬ dmin:f16             16 groups of 16; scale = low nibble, minimum = high nibble
/// Q3_K  hmask:32 ┬ qs:64 ┬ scales:12 ┬ d:f16             16 groups of 16; 6-bit scales around 32
/// Q4_K  d:f16 ┬ dmin:f16 ┬ scales:12 ┬ qs:128            8 groups of 32; 6-bit scales and minima
/// Q5_K  d:f16 ┬ dmin:f16 ┬ scales:12 ┬ qh:32 ┬ qs:128    as Q4_K, the fifth bits in qh
/// Q6_K  ql:128 ┬ qh:64 ┬ scales:16 × i8 ┬ d:f16          16 groups of 16; numbers around 32
/// Q8_K  d:f32 ┬ qs:256 × i8 ┬ sums:16 × i16              one group
/// ```
///
/// The caller guarantees room: `blocks` whole blocks at `source`, 256 × `blocks` numbers at `target`.
enum SuperBlocks {
    static func decodeQ2_K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 84
            let to = unsafe target + block * 256
            let d = unsafe half(from, 80)
            let dmin = unsafe half(from, 82)
            for group in 0..<16 {
                let scale = unsafe byte(from, group)
                let dl = d * Float(scale & 15)
                let ml = dmin * Float(scale >> 4)
                // Groups go through the two halves of 32 bytes, two bits at a time.
                let bytes = 16 + group / 8 * 32 + group % 2 * 16
                let shift = UInt8(truncatingIfNeeded: group % 8 / 2 * 2)
                for l in 0..<16 {
                    unsafe to[group * 16 + l] = dl * Float(byte(from, bytes + l) &>> shift & 3) - ml
                }
            }
        }
    }

    static func decodeQ3_K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 110
            let to = unsafe target + block * 256
            let d = unsafe half(from, 108)
            for group in 0..<16 {
                let low = unsafe byte(from, 96 + group % 8) >> (group < 8 ? 0 : 4) & 15
                let high = unsafe byte(from, 104 + group % 4) >> UInt8(truncatingIfNeeded: group / 4 * 2) & 3
                let dl = d * Float(Int32(low | high << 4) - 32)
                let bytes = 32 + group / 8 * 32 + group % 2 * 16
                let shift = UInt8(truncatingIfNeeded: group % 8 / 2 * 2)
                // A clear bit in the mask subtracts 4; each pair of groups has its own bit of the 32 bytes.
                let bit = UInt8(truncatingIfNeeded: group / 2)
                for l in 0..<16 {
                    let mask = unsafe byte(from, group % 2 * 16 + l) &>> bit & 1
                    let q = Int32(unsafe byte(from, bytes + l) &>> shift & 3) - 4 + Int32(mask) * 4
                    unsafe to[group * 16 + l] = dl * Float(q)
                }
            }
        }
    }

    static func decodeQ4_K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 144
            let to = unsafe target + block * 256
            let d = unsafe half(from, 0)
            let dmin = unsafe half(from, 2)
            for group in 0..<8 {
                let (scale, minimum) = unsafe scaleAndMinimum(from + 4, group)
                let dl = d * scale
                let ml = dmin * minimum
                let bytes = 16 + group / 2 * 32
                let shift = UInt8(truncatingIfNeeded: group % 2 * 4)
                for l in 0..<32 {
                    unsafe to[group * 32 + l] = dl * Float(byte(from, bytes + l) &>> shift & 15) - ml
                }
            }
        }
    }

    static func decodeQ5_K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 176
            let to = unsafe target + block * 256
            let d = unsafe half(from, 0)
            let dmin = unsafe half(from, 2)
            for group in 0..<8 {
                let (scale, minimum) = unsafe scaleAndMinimum(from + 4, group)
                let dl = d * scale
                let ml = dmin * minimum
                let bytes = 48 + group / 2 * 32
                let shift = UInt8(truncatingIfNeeded: group % 2 * 4)
                let bit = UInt8(truncatingIfNeeded: group)
                for l in 0..<32 {
                    let high = unsafe byte(from, 16 + l) &>> bit & 1
                    let q = unsafe byte(from, bytes + l) &>> shift & 15 | high << 4
                    unsafe to[group * 32 + l] = dl * Float(q) - ml
                }
            }
        }
    }

    static func decodeQ6_K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 210
            let to = unsafe target + block * 256
            let d = unsafe half(from, 208)
            for group in 0..<16 {
                let dl = d * Float(unsafe from.load(fromByteOffset: 192 + group, as: Int8.self))
                // In each half of 128: four runs of 32 share 64 bytes of low nibbles and 32 bytes of high pairs.
                let run = group % 8 / 2
                let lows = group / 8 * 64 + run % 2 * 32 + group % 2 * 16
                let highs = 128 + group / 8 * 32 + group % 2 * 16
                let lowShift = UInt8(truncatingIfNeeded: run / 2 * 4)
                let highShift = UInt8(truncatingIfNeeded: run * 2)
                for l in 0..<16 {
                    let low = unsafe byte(from, lows + l) &>> lowShift & 15
                    let high = unsafe byte(from, highs + l) &>> highShift & 3
                    unsafe to[group * 16 + l] = dl * Float(Int32(low | high << 4) - 32)
                }
            }
        }
    }

    static func decodeQ8_K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ blocks: Int) {
        for block in 0..<blocks {
            let from = unsafe source + block * 292
            let to = unsafe target + block * 256
            let d = unsafe from.loadUnaligned(as: Float.self)
            for l in 0..<256 { unsafe to[l] = d * Float(from.load(fromByteOffset: 4 + l, as: Int8.self)) }
        }
    }

    /// Returns the 6-bit scale and minimum of a group from their 12 packed bytes: the first four are the low six
    /// bits of bytes 0–3 and 4–7, the last four are nibbles of bytes 8–11 topped up from the spare bits of 0–7.
    @inline(__always)
    private static func scaleAndMinimum(_ packed: UnsafeRawPointer, _ group: Int) -> (Float, Float) {
        if group < 4 {
            return unsafe (Float(byte(packed, group) & 63), Float(byte(packed, group + 4) & 63))
        }
        let nibbles = unsafe byte(packed, group + 4)
        let scale = unsafe nibbles & 15 | (byte(packed, group - 4) >> 6) << 4
        let minimum = unsafe nibbles >> 4 | (byte(packed, group) >> 6) << 4
        return (Float(scale), Float(minimum))
    }

    @inline(__always)
    private static func half(_ from: UnsafeRawPointer, _ offset: Int) -> Float {
        unsafe LegacyBlocks.half(from, offset)
    }

    @inline(__always)
    private static func byte(_ from: UnsafeRawPointer, _ offset: Int) -> UInt8 {
        unsafe LegacyBlocks.byte(from, offset)
    }
}
