internal import Foundation

/// A file for what is too much for memory: it has no name, so that it is gone when it is let go of, however the program
/// ends. It lies in the directory for temporary files (`TMPDIR`).
final class ScratchFile: Sendable {
    private let descriptor: Int32
    private let directory: String

    /// Makes an empty file.
    ///
    /// - Throws: ``FileError`` when the directory is missing, refused or full.
    init() throws(FileError) {
        directory = FileManager.default.temporaryDirectory.path(percentEncoded: false)
        var path = Array((directory + "/mlops-scratch-XXXXXX").utf8CString)
        // `mkstemp` writes the name it chose over the six letters; the array ends with a zero and outlives the calls.
        descriptor = unsafe path.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return -1 }
            let descriptor = unsafe mkstemp(start)
            if descriptor >= 0 { unsafe unlink(start) }
            return descriptor
        }
        guard descriptor >= 0 else {
            throw FileError(errno: errno, action: "write temporary files in", path: directory)
        }
    }

    deinit { close(descriptor) }

    /// Writes `words` at the word `offset`.
    ///
    /// - Throws: ``FileError`` when the device is full or fails.
    func write(_ words: [UInt64], at offset: Int) throws(FileError) {
        // The buffer outlives the call, and no more than its rest is written.
        let failure: Int32 = unsafe words.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = unsafe pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset * 8 + done))
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                done += count
            }
            return 0
        }
        guard failure == 0 else {
            throw FileError(errno: failure, action: "write temporary files in", path: directory)
        }
    }

    /// Reads `count` words from the word `offset` on.
    ///
    /// - Throws: ``FileError`` when the device fails.
    func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt64] {
        var failure: Int32 = 0
        // The buffer has room for `count` words, and no more than its rest is read.
        let words = unsafe [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var done = 0
            while done < count * 8 {
                let received = unsafe pread(
                    descriptor, bytes.baseAddress?.advanced(by: done), count * 8 - done, off_t(offset * 8 + done))
                if received < 0, errno == EINTR { continue }
                guard received > 0 else {
                    failure = received < 0 ? errno : EIO
                    break
                }
                done += received
            }
            initialized = done / 8
        }
        guard failure == 0 else {
            throw FileError(errno: failure, action: "read temporary files in", path: directory)
        }
        return words
    }
}
