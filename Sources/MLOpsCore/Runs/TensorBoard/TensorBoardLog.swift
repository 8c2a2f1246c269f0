public import Foundation
internal import OrderedCollections
internal import Synchronization

/// A TensorBoard event file in a run's `logs`, one for each time the run is started or resumed.
///
/// It replays journal entries: what is in it can be made again from `events.jsonl`.
public final class TensorBoardLog: Sendable {
    /// The file.
    public let url: URL
    private let time: TimeSource
    private let descriptor: Mutex<Int32>

    /// Starts an event file in `directory`, which is created when missing.
    ///
    /// - Parameters:
    ///   - firstStep: the step the run goes on with; readers then drop what earlier files say from there on.
    ///   - time: where wall times come from.
    /// - Throws: ``RunError`` when the file system refuses.
    public init(in directory: URL, continuingAt firstStep: Int? = nil, time: TimeSource) throws(RunError) {
        self.time = time
        let names: [String]
        do {
            try WholeFile.createDirectory(directory)
            names = try FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))
        } catch let error as FileError {
            throw RunError(error)
        } catch {
            throw RunError(FileError(errno: EACCES, action: "list", path: directory.path(percentEncoded: false)))
        }
        // Readers take the files in the order of their names: a second a file, even when two start in one.
        let taken = names.compactMap { name in
            name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count).prefix { $0.isNumber }) : nil
        }
        let now = time.now().timeIntervalSince1970
        let second = max(Int(exactly: now.rounded(.down)) ?? 0, (taken.max() ?? -1) + 1)
        let digits = String(second)
        let host = ProcessInfo.processInfo.hostName.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
        url = directory.appending(
            path: Self.prefix + String(repeating: "0", count: max(0, 10 - digits.count)) + digits
                + ".\(host.isEmpty ? "localhost" : host).\(ProcessInfo.processInfo.processIdentifier).0")
        let path = url.path(percentEncoded: false)
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw RunError(FileError(errno: errno, action: "write", path: path)) }
        descriptor = Mutex(file)
        try write(TensorBoardRecord.version(wallTime: now))
        if let firstStep { try write(TensorBoardRecord.restart(step: firstStep, wallTime: now)) }
    }

    deinit {
        descriptor.withLock { _ = close($0) }
    }

    /// Adds what `entry` of a journal has to show, which may be nothing.
    ///
    /// - Throws: ``RunError`` when the device is full or fails.
    public func append(_ entry: JSONValue) throws(RunError) {
        let scalars = Self.scalars(of: entry)
        guard !scalars.isEmpty else { return }
        try write(
            TensorBoardRecord.scalars(
                scalars, step: entry["step"]?.int ?? 0, wallTime: time.now().timeIntervalSince1970))
    }

    /// Returns the values that `entry` of a journal has to show.
    package static func scalars(of entry: JSONValue) -> [(tag: String, value: Double)] {
        func named(_ pairs: [(String, String)]) -> [(tag: String, value: Double)] {
            pairs.compactMap { key, tag in entry[key]?.double.map { (tag, $0) } }
        }
        switch entry["event"]?.string {
        case "step":
            var scalars = named([
                ("loss", "train/loss"), ("grad_norm", "train/grad_norm"), ("lr", "train/lr"), ("epoch", "train/epoch"),
            ])
            if let tokens = entry["tokens"]?.double, let seconds = entry["seconds"]?.double, seconds > 0 {
                scalars.append(("train/tokens_per_second", tokens / seconds))
            }
            return scalars
        case "evaluated": return named([("loss", "eval/loss"), ("perplexity", "eval/perplexity")])
        case "metrics":
            return (entry["metrics"]?.object ?? [:]).compactMap { name, value in
                value.double.map { ("eval/" + name, $0) }
            }
        default: return []
        }
    }

    private static let prefix = "events.out.tfevents."

    private func write(_ bytes: [UInt8]) throws(RunError) {
        let failure: Int32 = descriptor.withLock { descriptor in
            var done = 0
            while done < bytes.count {
                let written = unsafe bytes.withUnsafeBytes {
                    unsafe Foundation.write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
                }
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                done += written
            }
            return 0
        }
        guard failure == 0 else {
            throw RunError(FileError(errno: failure, action: "write", path: url.path(percentEncoded: false)))
        }
    }
}
