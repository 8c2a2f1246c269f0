public import Foundation
internal import Synchronization

/// A file being written beside its final name, until `commit` puts it there.
///
/// A writer that is dropped without `commit` removes what it wrote.
public final class WholeFileWriter {
    private let target: URL
    private let partial: String
    private var descriptor: Int32
    /// Among the files of this process.
    private let number: Int

    /// The files that this process writes: two that are to have the same name are written apart.
    private struct Begun {
        var last = 0
        var open: Set<Int> = []
    }
    private static let begun = Mutex(Begun())

    /// Bytes written so far.
    public private(set) var count = 0

    /// Starts a file that will appear at `url`.
    ///
    /// - Throws: ``FileError`` when the directory is missing, refused or full, or a device or a pipe has that name.
    public init(to url: URL) throws(FileError) {
        try WholeFile.demandReplaceable(url)
        target = url
        number = Self.begun.withLock { begun in
            begun.last += 1
            begun.open.insert(begun.last)
            return begun.last
        }
        Self.sweep(besides: url)
        let name = ".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)-\(number).partial"
        partial = url.deletingLastPathComponent().appending(path: name).path(percentEncoded: false)
        descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw FileError(errno: errno, action: "write", path: url.path(percentEncoded: false))
        }
        // Held for as long as this is written, so that another host's sweep can tell, too; where locks are not
        // there, the number of the process has to do.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    /// Removes what processes that were killed left beside `url` when they wrote it.
    private static func sweep(besides url: URL) {
        let directory = url.deletingLastPathComponent()
        let start = ".\(url.lastPathComponent)."
        let path = directory.path(percentEncoded: false)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            guard name.hasPrefix(start), name.hasSuffix(".partial"),
                isLeft(name.dropFirst(start.count).dropLast(".partial".count))
            else { continue }
            let leftover = directory.appending(path: name).path(percentEncoded: false)
            let descriptor = unsafe open(leftover, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { continue }
            // On a file system that hosts share, the process may live elsewhere.
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unsafe unlink(leftover) }
            close(descriptor)
        }
    }

    /// Whether a file's mark, a process and a number, is that of nobody who writes. In a container, processes that follow each other may have
    /// the same number.
    private static func isLeft(_ mark: Substring) -> Bool {
        let parts = mark.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let process = pid_t(parts[0]), process > 0 else { return false }
        guard process == ProcessInfo.processInfo.processIdentifier else {
            return kill(process, 0) != 0 && errno == ESRCH
        }
        let number = parts.count > 1 ? Int(parts[1]) : nil
        return begun.withLock { begun in number.map { !begun.open.contains($0) } ?? true }
    }

    deinit {
        defer { _ = Self.begun.withLock { $0.open.remove(number) } }
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
