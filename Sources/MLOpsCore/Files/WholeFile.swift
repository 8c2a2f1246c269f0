public import Foundation

/// Reading and writing of files that appear whole or not at all.
///
/// Writing goes to a neighbour with a name of its own, which is synced and then renamed over the target,
/// so that a reader never sees half a file and a mapped file is never truncated under its reader.
public enum WholeFile {
    /// Returns the bytes of the file at `url`.
    ///
    /// - Parameter limit: the largest size accepted, in bytes.
    /// A pipe that has a name would be waited for, perhaps for ever, and is refused; one that the shell made (`<(…)`) is read.
    ///
    /// - Throws: ``FileError`` when the file is missing, refused, larger than `limit`, a directory, or a pipe with a name.
    public static func read(_ url: URL, limit: Int = 1 << 30) throws(FileError) -> Data {
        let path = url.path(percentEncoded: false)
        try demandNoNamedPipe(path)
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(errno: errno, action: "read", path: path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileError(errno: errno, action: "read", path: path) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError(errno: EISDIR, action: "read", path: path) }
        guard status.st_size <= limit else {
            throw FileError(.tooLarge, "'\(path)' has \(status.st_size) bytes; at most \(limit) are accepted here.")
        }
        var data = Data(capacity: Int(status.st_size))
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Foundation.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(errno: errno, action: "read", path: path)
            }
            if count == 0 { return data }
            guard data.count + count <= limit else {
                throw FileError(.tooLarge, "'\(path)' has more than \(limit) bytes, the most accepted here.")
            }
            data.append(contentsOf: buffer[..<count])
        }
    }

    /// Writes `data` to `url`, replacing what is there.
    ///
    /// - Throws: ``FileError``; the old file, if any, is then untouched.
    public static func write(_ data: Data, to url: URL) throws(FileError) {
        let writer = try WholeFileWriter(to: url)
        try writer.append(data)
        try writer.commit()
    }

    /// Writes `text` as UTF-8 to `url`, replacing what is there.
    ///
    /// - Throws: ``FileError``; the old file, if any, is then untouched.
    public static func write(_ text: String, to url: URL) throws(FileError) {
        try write(Data(text.utf8), to: url)
    }

    /// Creates the directory at `url` and those above it; one that exists is fine.
    ///
    /// - Throws: ``FileError``.
    public static func createDirectory(_ url: URL) throws(FileError) {
        let url = url.absoluteURL
        let path = url.path(percentEncoded: false)
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw fileInTheWay(path) }
            return
        }
        let parent = url.deletingLastPathComponent()
        if parent.path(percentEncoded: false).utf8.count < path.utf8.count { try createDirectory(parent) }
        guard unsafe mkdir(path, 0o777) != 0 else { return }
        let number = errno
        // Somebody else may have made it meanwhile.
        if number == EEXIST { return }
        throw number == ENOTDIR
            ? fileInTheWay(path) : FileError(errno: number, action: "create the directory", path: path)
    }

    /// A file in the way is the caller's mistake to mend, not a missing input.
    private static func fileInTheWay(_ path: String) -> FileError {
        FileError(.inputOutput, "Cannot create the directory '\(path)': a file is in the way.")
    }

    /// Throws when a file at `output` would take the place of one of `inputs`, whatever the names by which they are reached.
    ///
    /// What is made of a file may hold less than the file does: other keys, fewer rows, coarser numbers.
    ///
    /// - Throws: ``FileError`` with exit status 64.
    package static func demandSeparate(_ output: URL, from inputs: [String]) throws(FileError) {
        let path = output.path(percentEncoded: false)
        var (written, read) = (stat(), stat())
        guard unsafe stat(path, &written) == 0 else { return }
        for input in inputs {
            guard unsafe stat(input, &read) == 0, read.st_dev == written.st_dev, read.st_ino == written.st_ino else {
                continue
            }
            throw FileError(.inTheWay, "'\(path)' is what is being read. Name another file to write.")
        }
    }

    /// Throws when `path` is a pipe with a name of its own: nobody may ever write to it.
    static func demandNoNamedPipe(_ path: String) throws(FileError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO,
            !["/dev/", "/proc/"].contains(where: path.hasPrefix)
        else { return }
        throw FileError(
            .notRegular, "'\(path)' is a pipe, not a regular file. Write what comes out of it to a file first.")
    }

    /// Throws when a device, a pipe or a socket is at `url`, which a file must not take the place of.
    static func demandReplaceable(_ url: URL) throws(FileError) {
        let path = url.path(percentEncoded: false)
        var status = stat()
        // /dev/stdout leads to whatever standard output is, and is a name of the system all the same.
        let parent = url.deletingLastPathComponent().path(percentEncoded: false)
        let isSystem = ["/dev/", "/dev/fd/", "/proc/self/fd/"].contains(parent)
        guard unsafe stat(path, &status) == 0 else { return }
        guard isSystem || ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else { return }
        throw FileError(
            .inTheWay, "'\(path)' is no regular file, and cannot be replaced by one. Name another file to write.")
    }

    /// Makes the names in the directory at `url` durable (`fsync` of the directory itself).
    package static func synchronizeDirectory(_ url: URL) throws(FileError) {
        let path = url.path(percentEncoded: false)
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(errno: errno, action: "sync", path: path) }
        defer { close(descriptor) }
        // Some file systems refuse fsync on directories; the rename is still atomic there.
        if fsync(descriptor) != 0, errno != EINVAL { throw FileError(errno: errno, action: "sync", path: path) }
    }
}
