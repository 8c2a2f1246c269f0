internal import Foundation

/// The records of a TensorBoard event file.
///
/// ```
/// ┌ length u64 ┬ masked crc32c of the length u32 ┬ Event, protobuf ┬ masked crc32c of the Event u32 ┐   little-endian
/// Event   { 1 wall_time: double, 2 step: int64, 3 file_version: string, 5 summary: Summary, 7 session_log, 10 source }
/// Summary { 1 value: repeated { 1 tag: string, 2 simple_value: float } }
/// ```
enum TensorBoardRecord {
    /// Returns the record every file starts with.
    static func version(wallTime: Double) -> [UInt8] {
        var source = ProtobufMessage()
        source.add(1, "mlops".utf8)
        var event = ProtobufMessage()
        event.add(1, wallTime)
        event.add(3, "brain.Event:2".utf8)
        event.add(10, source.bytes)
        return framed(event)
    }

    /// Returns a record that makes readers forget what earlier files say of `step` and later, as after a resume.
    static func restart(step: Int, wallTime: Double) -> [UInt8] {
        var log = ProtobufMessage()
        log.add(1, 1)  // SessionLog.status = START
        var event = ProtobufMessage()
        event.add(1, wallTime)
        event.add(2, step)
        event.add(7, log.bytes)
        return framed(event)
    }

    /// Returns a record with a value for each of `scalars` at `step`.
    static func scalars(_ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double) -> [UInt8] {
        var summary = ProtobufMessage()
        for scalar in scalars {
            var value = ProtobufMessage()
            value.add(1, scalar.tag.utf8)
            value.add(2, Float(scalar.value))
            summary.add(1, value.bytes)
        }
        var event = ProtobufMessage()
        event.add(1, wallTime)
        if step != 0 { event.add(2, step) }  // protobuf leaves zeros out
        event.add(5, summary.bytes)
        return framed(event)
    }

    private static func framed(_ event: ProtobufMessage) -> [UInt8] {
        let length = littleEndian(UInt64(event.bytes.count))
        return length + littleEndian(CRC32C.masked(length)) + event.bytes + littleEndian(CRC32C.masked(event.bytes))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
