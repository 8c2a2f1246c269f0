internal import Foundation
internal import OrderedCollections

/// The journal as text for people, `artifacts/training_log.txt`.
public enum TrainingLog {
    /// Writes the text of `run`'s journal to its artifacts, whole or not at all.
    ///
    /// - Throws: ``RunError`` when the journal is damaged or the file system refuses.
    public static func write(for run: RunDirectory) throws(RunError) {
        let text = try JournalReader.lines(of: run.journal).map { line(for: $0.entry) + "\n" }.joined()
        do {
            try WholeFile.createDirectory(run.artifacts)
            try WholeFile.write(text, to: run.artifacts.appending(path: "training_log.txt"))
        } catch {
            throw RunError(error)
        }
    }

    /// Returns `entry` of a journal as a line for people, without line end.
    public static func line(for entry: JSONValue) -> String {
        func number(_ key: String, _ digits: Int = 4) -> String {
            guard let value = entry[key]?.double else { return entry[key]?.string ?? "?" }
            return String(format: "%.\(digits)f", value)
        }
        let event = entry["event"]?.string ?? "event"
        let step = entry["step"]?.int.map { "step \($0)" } ?? event
        switch event {
        case "step":
            let rate = (entry["lr"]?.double).map { String(format: "%.3g", $0) } ?? "?"
            let tokens = entry["tokens"]?.double ?? 0
            let seconds = entry["seconds"]?.double ?? 0
            let speed = seconds > 0 ? String(format: ", %.0f tokens/s", tokens / seconds) : ""
            return
                "\(step): epoch \(number("epoch", 2)), loss \(number("loss")), gradient norm \(number("grad_norm")), "
                + "learning rate \(rate)\(speed)"
        case "evaluated": return "\(step): validation loss \(number("loss")), perplexity \(number("perplexity", 2))"
        case "checkpoint": return "\(step): checkpoint \(entry["path"]?.string ?? "")"
        case "health":
            return
                "\(step): \(entry["action"]?.string ?? "warn"): \(entry["message"]?.string ?? entry["rule"]?.string ?? "")"
        default:
            let rest = (entry.object ?? [:]).filter { $0.key != "event" }
                .map { "\($0.key) \($0.value.string ?? $0.value.text())" }
            return rest.isEmpty ? event : "\(event): " + rest.joined(separator: ", ")
        }
    }
}
