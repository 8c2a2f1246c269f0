/// A protocol-buffers message being written: just the wire types that TensorBoard's events need.
struct ProtobufMessage {
    /// The message's bytes so far.
    private(set) var bytes: [UInt8] = []

    /// Adds field `number` as a 64-bit float (wire type 1).
    mutating func add(_ number: UInt8, _ value: Double) {
        bytes.append(number << 3 | 1)
        appendLittleEndian(value.bitPattern)
    }

    /// Adds field `number` as a 32-bit float (wire type 5).
    mutating func add(_ number: UInt8, _ value: Float) {
        bytes.append(number << 3 | 5)
        appendLittleEndian(value.bitPattern)
    }

    /// Adds field `number` as a variable-length integer (wire type 0).
    mutating func add(_ number: UInt8, _ value: Int) {
        bytes.append(number << 3)
        appendVarint(UInt64(bitPattern: Int64(value)))
    }

    /// Adds field `number` as bytes with their count before them (wire type 2): text or a message.
    mutating func add(_ number: UInt8, _ value: some Collection<UInt8>) {
        bytes.append(number << 3 | 2)
        appendVarint(UInt64(value.count))
        bytes += value
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
