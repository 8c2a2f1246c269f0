public import Foundation

/// Reading a run's journal, whatever state a crash left it in.
public enum JournalReader {
    /// The largest journal read, in bytes: some five million steps.
    package static let limit = 1 << 30
    /// The longest line accepted, in bytes.
    package static let lineLimit = 1 << 20

    /// A whole line of a journal.
    public struct Line: Sendable, Hashable {
        /// The event.
        public let entry: JSONValue
        /// The byte behind the line's end.
        public let end: Int
    }

    /// Returns the events of the journal at `url`, in order.
    ///
    /// A last line without its line end is what a crash in the middle of a write leaves; it is not an event. A line
    /// elsewhere that does not parse is damage, and an error.
    ///
    /// - Throws: ``RunError`` that names the line.
    public static func lines(of url: URL) throws(RunError) -> [Line] {
        let data: Data
        do {
            data = try WholeFile.read(url, limit: limit)
        } catch {
            throw RunError(error)
        }
        var lines: [Line] = []
        var number = 1
        var start = data.startIndex
        while let end = data[start...].firstIndex(of: 0x0A) {
            let entry: JSONValue
            do {
                guard end - start <= lineLimit else {
                    throw RunError(
                        .notARun, "'\(url.path(percentEncoded: false))':\(number) is longer than a journal's lines are."
                    )
                }
                entry = try JSONValue(parsing: data[start..<end], maximumDepth: 32)
            } catch let error as RunError {
                throw error
            } catch {
                throw RunError(
                    .notARun,
                    "The journal '\(url.path(percentEncoded: false))' is damaged at line \(number). Restore it from a copy, or start a new run."
                )
            }
            lines.append(Line(entry: entry, end: data.distance(from: data.startIndex, to: end) + 1))
            number += 1
            start = data.index(after: end)
        }
        return lines
    }

    /// Returns the last whole line that is an event, or nil when there is none.
    package static func lastEntry(of url: URL) -> JSONValue? {
        guard let data = try? WholeFile.read(url, limit: limit) else { return nil }
        var end = data.lastIndex(of: 0x0A)
        while let stop = end {
            let previous = data[..<stop].lastIndex(of: 0x0A)
            let start = previous.map { data.index(after: $0) } ?? data.startIndex
            if stop - start <= lineLimit, let entry = try? JSONValue(parsing: data[start..<stop], maximumDepth: 32) {
                return entry
            }
            end = previous
        }
        return nil
    }

    /// Returns the first line, or nil when there is none.
    package static func firstEntry(of url: URL) -> JSONValue? {
        guard let data = try? WholeFile.read(url, limit: limit), let end = data.firstIndex(of: 0x0A), end <= lineLimit
        else { return nil }
        return try? JSONValue(parsing: data[..<end], maximumDepth: 32)
    }
}
