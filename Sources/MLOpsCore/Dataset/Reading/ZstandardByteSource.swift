internal import CZstd

/// The bytes inside a Zstandard file (RFC 8878): one frame or several in a row.
///
/// The window is bounded by libzstd's default (128 MiB), and so is the growth: a small file that
/// turns into more than a data set can sensibly hold is refused instead of being read for hours.
/// Safe: the stream is made in `init`, freed in `deinit`, and never leaves this object.
@safe final class ZstandardByteSource: ByteSource {
    private let compressed: any ByteSource
    private let stream: OpaquePointer
    private let freeGrowth: Int
    private var input: [UInt8] = []
    private var position = 0
    private var isInsideFrame = false
    private var hasMoreOutput = false
    private var received = 0
    private var produced = 0

    private static let pieceSize = 1 << 18
    private static let maximumRatio = 1000

    /// Starts reading `compressed`.
    ///
    /// - Parameter freeGrowth: how many bytes may come out before their ratio to what went in is looked at.
    init(_ compressed: any ByteSource, freeGrowth: Int = 1 << 28) throws(ByteSourceError) {
        guard let stream = unsafe ZSTD_createDStream() else { throw .corrupt("there is no memory for decompression") }
        unsafe self.stream = stream
        self.compressed = compressed
        self.freeGrowth = freeGrowth
    }

    deinit { unsafe _ = ZSTD_freeDStream(stream) }

    func next() throws(ByteSourceError) -> [UInt8]? {
        while true {
            if position == input.count, !hasMoreOutput {
                guard let piece = try compressed.next() else {
                    guard !isInsideFrame, received > 0 else { throw .corrupt("the compressed data ends early") }
                    return nil
                }
                input = piece
                position = 0
                received += piece.count
            }
            let piece = try decompress()
            produced += piece.count
            if produced > freeGrowth, produced / Self.maximumRatio > received {
                throw .corrupt("it grows more than \(Self.maximumRatio)-fold when decompressed")
            }
            if !piece.isEmpty { return piece }
        }
    }

    /// Returns what one call of the library makes of the input that is left; may be empty.
    private func decompress() throws(ByteSourceError) -> [UInt8] {
        var consumed = 0
        var status = 0
        // Both buffers outlive the call, which reads and writes within the sizes given with them.
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { output, count in
            unsafe input.withUnsafeBytes { bytes in
                var source = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: position)
                var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                status = unsafe ZSTD_decompressStream(stream, &target, &source)
                consumed = unsafe source.pos
                count = unsafe target.pos
            }
        }
        guard ZSTD_isError(status) == 0 else {
            throw .corrupt(unsafe String(cString: ZSTD_getErrorName(status)))
        }
        let didNothing = consumed == position && piece.isEmpty
        position = consumed
        hasMoreOutput = piece.count == Self.pieceSize
        // Asked for output when none was left, the library says what the next frame would need.
        if !didNothing { isInsideFrame = status != 0 }
        return piece
    }
}
