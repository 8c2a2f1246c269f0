public import Foundation
internal import Synchronization

/// The journal of a run being written: one JSON object a line, in the order things happened.
///
/// Every other log is a replay of it. A line is one `write` to a file opened for appending, so a crash leaves at most the
/// last line incomplete, and that line is dropped when the journal is opened again. While a journal is open, no other
/// process can open it: two processes never train the same run.
public final class Journal: Sendable {
    /// The file.
    public let url: URL
    private let state: Mutex<State>

    private struct State: Sendable {
        var descriptor: Int32
        var length: Int
    }

    /// Opens the journal at `url`, creating it when missing, and drops a last line that was not written to its end.
    ///
    /// - Parameter length: how many bytes to keep; nil keeps every whole line. What a run did after the point it continues
    ///   from is cut off this way.
    /// - Throws: ``RunError``, `busy` when another process has it open.
    public init(_ url: URL, keeping length: Int? = nil) throws(RunError) {
        self.url = url
        let path = url.path(percentEncoded: false)
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw RunError(FileError(errno: errno, action: "write", path: path)) }
        var isOpen = false
        defer { if !isOpen { Self.release(descriptor) } }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw RunError(
                .busy,
                "Another process is writing to the run of '\(path)'. Wait for it to end, or stop it with a signal.")
        }
        let whole: Int
        do {
            let data = try WholeFile.read(url, limit: JournalReader.limit)
            whole = data.lastIndex(of: 0x0A).map { data.distance(from: data.startIndex, to: $0) + 1 } ?? 0
        } catch {
            throw RunError(error)
        }
        let kept = min(length ?? whole, whole)
        guard ftruncate(descriptor, off_t(kept)) == 0 else {
            throw RunError(FileError(errno: errno, action: "write", path: path))
        }
        isOpen = true
        state = Mutex(State(descriptor: descriptor, length: kept))
    }

    deinit {
        state.withLock { state in
            if state.descriptor >= 0 { Self.release(state.descriptor) }
        }
    }

    /// Unlocks and closes the file. Closing alone would leave it locked while a process that this one is starting still has what it
    /// inherited.
    private static func release(_ descriptor: Int32) {
        flock(descriptor, LOCK_UN)
        Foundation.close(descriptor)
    }

    /// Appends `entry` as a line.
    ///
    /// - Throws: ``RunError``; the journal then ends where it ended before.
    public func append(_ entry: JSONValue) throws(RunError) {
        let bytes = Array((entry.text() + "\n").utf8)
        let path = url.path(percentEncoded: false)
        let failure: Int32 = state.withLock { state in
            guard state.descriptor >= 0 else { return EBADF }
            var done = 0
            while done < bytes.count {
                let written = unsafe bytes.withUnsafeBytes {
                    unsafe write(state.descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
                }
                if written < 0 {
                    if errno == EINTR { continue }
                    let number = errno
                    // A full device may have taken half a line: take it back.
                    _ = ftruncate(state.descriptor, off_t(state.length))
                    return number
                }
                done += written
            }
            state.length += bytes.count
            return 0
        }
        guard failure == 0 else { throw RunError(FileError(errno: failure, action: "write", path: path)) }
    }

    /// Makes everything appended so far durable.
    ///
    /// - Throws: ``RunError`` when the device fails.
    public func synchronize() throws(RunError) {
        let failure: Int32 = state.withLock { state in
            state.descriptor >= 0 && fsync(state.descriptor) == 0 ? 0 : errno
        }
        guard failure == 0 else {
            throw RunError(FileError(errno: failure, action: "write", path: url.path(percentEncoded: false)))
        }
    }

    /// Closes the file and lets others open it; a closed journal takes no more lines.
    public func close() {
        state.withLock { state in
            if state.descriptor >= 0 { Self.release(state.descriptor) }
            state.descriptor = -1
        }
    }
}
