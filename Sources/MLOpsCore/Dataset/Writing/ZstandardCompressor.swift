internal import CZstd

/// The making of one Zstandard frame (RFC 8878) with a checksum, piece by piece.
///
/// Safe: the stream is made in `init`, freed in `deinit`, and never leaves this object.
@safe package final class ZstandardCompressor {
    private let stream: OpaquePointer

    /// Starts a frame; nil when there is no memory for one.
    package init?(level: Int) {
        guard let stream = unsafe ZSTD_createCStream() else { return nil }
        unsafe self.stream = stream
        _ = unsafe ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, Int32(level))
        _ = unsafe ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
    }

    deinit { unsafe _ = ZSTD_freeCStream(stream) }

    /// Returns what `bytes` become; with `isEnd`, everything that was held back and the end of the frame.
    package func compress(_ bytes: [UInt8], isEnd: Bool) -> [UInt8] {
        var output: [UInt8] = []
        var position = 0
        while true {
            var remaining = 0
            // Both buffers outlive the call, which reads and writes within the sizes given with them.
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 17) { target, count in
                unsafe bytes.withUnsafeBytes { input in
                    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: position)
                    var sink = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    remaining = unsafe ZSTD_compressStream2(
                        stream, &sink, &source, isEnd ? ZSTD_e_end : ZSTD_e_continue)
                    position = unsafe source.pos
                    count = unsafe sink.pos
                }
            }
            // The call fails only when it is called out of order or given an impossible parameter.
            precondition(ZSTD_isError(remaining) == 0, "compression failed")
            output += piece
            if isEnd ? remaining == 0 : position == bytes.count { return output }
        }
    }
}
