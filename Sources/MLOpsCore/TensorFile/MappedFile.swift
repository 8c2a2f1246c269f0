package import Foundation

/// A file's bytes, mapped read-only into memory.
///
/// Pages come from the disk when they are read, so opening costs nothing. Writers in this package replace
/// files by renaming (``WholeFile``), so a mapped file keeps its bytes however often its name is written again.
//
// Sendable, unchecked: `base` and `count` never change after `init`, the mapping is PROT_READ and private, and it
// lives exactly as long as the object, which every closure that sees the bytes keeps alive. `@safe`: for the same reasons.
@safe package final class MappedFile: @unchecked Sendable {
    private let base: UnsafeRawPointer?
    /// The file's path, for messages.
    package let path: String
    /// The file's size in bytes.
    package let count: Int

    /// Maps the regular file at `url`.
    ///
    /// - Throws: ``TensorFileError`` when it is missing, refused, or not a regular file.
    package init(_ url: URL) throws(TensorFileError) {
        let path = url.path(percentEncoded: false)
        self.path = path
        // O_NONBLOCK: opening a pipe without a writer must not wait; it is refused just below.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw TensorFileError(file: path, .unreadable(FileError(errno: errno, action: "read", path: path)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw TensorFileError(file: path, .unreadable(FileError(errno: errno, action: "read", path: path)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw TensorFileError(file: path, .notARegularFile) }
        count = Int(status.st_size)
        guard count > 0 else {
            unsafe base = nil
            return
        }
        let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw TensorFileError(file: path, .unreadable(FileError(errno: errno, action: "map", path: path)))
        }
        unsafe base = UnsafeRawPointer(address)
    }

    deinit {
        if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// Tells the system that the pages inside `range` need not stay in memory; they are read again when they are used.
    package func releasePages(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
        let page = Int(getpagesize())
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard start < end, let base = unsafe base else { return }
        // Whole pages inside the mapping, which is private, read-only and backed by the file: nothing is lost.
        _ = unsafe madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    /// Calls `body` with the bytes in `range`.
    ///
    /// - Precondition: `range` lies within the file.
    package func withBytes<R, E: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
        // In bounds by the check above; `self` is alive until `body` returns.
        let whole = unsafe UnsafeRawBufferPointer(start: base, count: count)
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(UnsafeRawBufferPointer(rebasing: whole[range]))
    }
}
