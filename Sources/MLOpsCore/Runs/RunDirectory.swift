public import Foundation

/// The one place a run writes to.
///
/// A run is a folder. Every stage reads what the stage before it wrote and adds files of its own, so a run can be
/// inspected, copied, resumed or judged with nothing but a shell.
///
/// ```
/// 2026-11-23_14-30-45/
/// ├── config_used.yaml     the resolved configuration
/// ├── events.jsonl         the journal: what happened, a line an event
/// ├── checkpoints/         step-000200/ …
/// ├── model/               the trained adapter, once training is complete
/// ├── metrics.json, eval/  how well it answers
/// ├── logs/                TensorBoard's event files
/// └── artifacts/           data_stats.json, training_log.txt, environment.json
/// ```
public struct RunDirectory: Sendable, Hashable {
    /// The folder.
    public let url: URL

    /// Names `url` as a run without looking at it.
    package init(unchecked url: URL) {
        self.url = url
    }

    /// Opens the run at `url`.
    ///
    /// - Throws: ``RunError``, `missing` when nothing is there and `notARun` when it has no journal.
    public init(contentsOf url: URL) throws(RunError) {
        let path = url.path(percentEncoded: false)
        var isDirectory: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw RunError(.missing, "There is no run at '\(path)'. List the runs with `mlops runs list`.")
        }
        self.init(unchecked: url.standardizedFileURL.resolvingSymlinksInPath())
        guard isDirectory.boolValue, hasJournal else {
            throw RunError(
                .notARun, "'\(path)' is not a run: it has no events.jsonl. Name a directory that `mlops train` made.")
        }
    }

    /// Opens the run at `url` to go on with it: also one whose process ended before the journal began, which has nothing but its
    /// configuration and starts over.
    ///
    /// - Throws: as ``init(contentsOf:)``.
    public init(continuing url: URL) throws(RunError) {
        let begun = RunDirectory(unchecked: url.standardizedFileURL.resolvingSymlinksInPath())
        if begun.canContinue { self = begun } else { try self.init(contentsOf: url) }
    }

    /// Creates a run called `name` in `parent`, which is created when missing.
    ///
    /// - Throws: ``RunError``, `nameTaken` when something of that name exists.
    public static func create(named name: String, in parent: URL) throws(RunError) -> RunDirectory {
        guard let run = try claim(name, in: parent) else {
            throw RunError(
                .nameTaken,
                "Run '\(name)' already exists in '\(parent.path(percentEncoded: false))'. Choose another name, or continue it with `mlops train --resume`."
            )
        }
        return run
    }

    /// Creates a run in `parent` named after `date`: `yyyy-MM-dd_HH-mm-ss`, with `-2`, `-3` … when the second is taken.
    ///
    /// The name is claimed by the system call that makes the directory, so two processes never share one.
    ///
    /// - Throws: ``RunError`` when the file system refuses.
    public static func create(in parent: URL, at date: Date, timeZone: TimeZone = .current) throws(RunError)
        -> RunDirectory
    {
        let name = timestamp(date, timeZone: timeZone)
        for number in 1...10_000 {
            if let run = try claim(number == 1 ? name : "\(name)-\(number)", in: parent) { return run }
        }
        throw RunError(.nameTaken, "Ten thousand runs were started at \(name). Wait a second and start again.")
    }

    /// The journal, `events.jsonl`.
    public var journal: URL { url.appending(path: "events.jsonl") }
    /// The resolved configuration, `config_used.yaml`.
    public var configuration: URL { url.appending(path: "config_used.yaml") }
    /// The trained adapter with its tokenizer files.
    public var model: URL { url.appending(path: "model", directoryHint: .isDirectory) }
    /// The results of the evaluation, `metrics.json`.
    public var metrics: URL { url.appending(path: "metrics.json") }
    /// Predictions of the tuned and of the base model.
    public var evaluation: URL { url.appending(path: "eval", directoryHint: .isDirectory) }
    /// The points the run can continue from.
    public var checkpoints: URL { url.appending(path: "checkpoints", directoryHint: .isDirectory) }
    /// TensorBoard's event files.
    public var logs: URL { url.appending(path: "logs", directoryHint: .isDirectory) }
    /// Statistics of the data, the environment, the log as text.
    public var artifacts: URL { url.appending(path: "artifacts", directoryHint: .isDirectory) }
    /// The run's name: its folder's.
    public var name: String { url.lastPathComponent }

    /// Whether a run was begun here: its journal is there.
    package var hasJournal: Bool { FileManager.default.fileExists(atPath: journal.path(percentEncoded: false)) }

    /// Whether there is enough to go on with: a run without a journal begins anew with its configuration.
    var canContinue: Bool {
        hasJournal || FileManager.default.fileExists(atPath: configuration.path(percentEncoded: false))
    }

    private static func claim(_ name: String, in parent: URL) throws(RunError) -> RunDirectory? {
        do {
            try WholeFile.createDirectory(parent)
        } catch {
            throw RunError(error)
        }
        let url = parent.appending(path: name, directoryHint: .isDirectory)
        let path = url.path(percentEncoded: false)
        guard unsafe mkdir(path, 0o755) == 0 else {
            if errno == EEXIST { return nil }
            throw RunError(FileError(errno: errno, action: "create the run", path: path))
        }
        return RunDirectory(unchecked: url)
    }

    /// Returns `date` as a run's name.
    package static func timestamp(_ date: Date, timeZone: TimeZone) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func digits(_ value: Int?, _ count: Int) -> String {
            let text = String(value ?? 0)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return digits(parts.year, 4) + "-" + digits(parts.month, 2) + "-" + digits(parts.day, 2) + "_"
            + digits(parts.hour, 2)
            + "-" + digits(parts.minute, 2) + "-" + digits(parts.second, 2)
    }
}
