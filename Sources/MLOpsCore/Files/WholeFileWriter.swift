public import Foundation

/// A file being written beside its final name, until `commit` puts it there.
///
/// A writer that is dropped without `commit` removes what it wrote.
public final class WholeFileWriter {
    private let target: URL
    private let partial: String
    private var descriptor: Int32
    /// Bytes written so far.
    public private(set) var count = 0

    /// Starts a file that will appear at `url`.
    ///
    /// - Throws: ``FileError`` when the directory is missing, refused or full, or a device or a pipe has that name.
    public init(to url: URL) throws(FileError) {
        try WholeFile.demandReplaceable(url)
        target = url
        let name = ".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).partial"
        partial = url.deletingLastPathComponent().appending(path: name).path(percentEncoded: false)
        descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw FileError(errno: errno, action: "write", path: url.path(percentEncoded: false))
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unsafe unlink(partial)
    }

    /// Appends `bytes`.
    ///
    /// - Throws: ``FileError`` when the device is full or fails.
    public func append(_ bytes: some ContiguousBytes) throws(FileError) {
        let failure: Int32 = unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let written = unsafe Foundation.write(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                done += written
            }
            count += done
            return 0
        }
        guard failure == 0 else {
            throw FileError(errno: failure, action: "write", path: target.path(percentEncoded: false))
        }
    }

    /// Syncs the bytes to the device and gives the file its name.
    ///
    /// - Throws: ``FileError``; what was at the name before is then untouched.
    public func commit() throws(FileError) {
        precondition(descriptor >= 0, "commit() was called twice")
        let path = target.path(percentEncoded: false)
        guard fsync(descriptor) == 0 else { throw FileError(errno: errno, action: "write", path: path) }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, unsafe rename(partial, path) == 0 else {
            let number = errno
            unsafe unlink(partial)
            throw FileError(errno: number, action: "write", path: path)
        }
        try WholeFile.synchronizeDirectory(target.deletingLastPathComponent())
    }
}
