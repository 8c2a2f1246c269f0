import Foundation
import MLOpsCore

/// A file of messages: a list of `{"role", "content"}`, or an object with such a list as `messages`.
enum MessageFile {
    /// Reads the messages of the file at `path`; `-` is standard input.
    ///
    /// - Throws: `FileError`, ``MessageFileError`` naming the place or the message that is not one.
    static func messages(_ path: String) throws -> [ChatMessage] {
        let data = try InputFile.data(path)
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: data)
        } catch {
            throw MessageFileError(path: path, problem: "line \(error.line), column \(error.column): \(error.reason)")
        }
        guard let list = (json.array ?? json["messages"]?.array), !list.isEmpty else {
            throw MessageFileError(path: path, problem: "it is no list of messages")
        }
        return try list.enumerated().map { index, value in
            guard let role = value["role"]?.string, let content = value["content"]?.string else {
                throw MessageFileError(
                    path: path, problem: "message \(index + 1) has no \"role\" and \"content\" of text")
            }
            return ChatMessage(role: role, content: content)
        }
    }
}

/// A file of messages that is not one.
struct MessageFileError: ReportableError {
    let path: String
    let problem: String

    var message: String { "'\(path)': \(problem). Write [{\"role\": \"user\", \"content\": \"…\"}]." }
    var exitStatus: ExitStatus { .invalidData }
}
