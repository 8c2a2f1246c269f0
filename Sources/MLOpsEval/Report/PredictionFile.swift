public import Foundation
public import MLOpsCore
internal import OrderedCollections

/// Answers beside what was expected, a JSON object a line: what `mlops metrics` reads and an evaluation writes.
///
/// ```
/// {"prediction": "Paris", "reference": "Paris"}
/// {"prediction": "Paris.", "references": ["Paris", "In Paris."], "seconds": 0.4}
/// ```
public enum PredictionFile {
    /// An answer and what was expected.
    public struct Row: Sendable, Hashable {
        /// The answer.
        public var prediction: String
        /// Right answers, at least one.
        public var references: [String]
        /// How long the answer took, when the file says so.
        public var seconds: Double?

        /// Creates a row.
        public init(prediction: String, references: [String], seconds: Double? = nil) {
            self.prediction = prediction
            self.references = references
            self.seconds = seconds
        }
    }

    /// Reads the file at `url`; members it does not need are ignored, and so are lines of white space.
    ///
    /// - Throws: `FileError` when it cannot be read, ``EvaluationError`` naming each wrong line (the first 20).
    public static func read(_ url: URL) throws -> [Row] {
        try lines(of: url).map(\.row)
    }

    /// Reads back what ``write(_:to:)`` wrote: the examples of a report, as far as the file tells.
    ///
    /// - Throws: as ``read(_:)``.
    public static func examples(_ url: URL) throws -> [EvaluationReport.Example] {
        try lines(of: url).map { example(from: $0.json, $0.row) }
    }

    /// Writes the examples of `report` to `url`: prompt, reference, prediction, metrics, tokens and seconds of each.
    ///
    /// - Throws: `FileError`; the old file, if any, is then untouched.
    public static func write(_ report: EvaluationReport, to url: URL) throws(FileError) {
        try WholeFile.write(report.examples.map { json(of: $0).text() + "\n" }.joined(), to: url)
    }

    private static func lines(of url: URL) throws -> [(row: Row, json: JSONValue)] {
        let path = url.path(percentEncoded: false)
        let data = try WholeFile.read(url)
        var rows: [(Row, JSONValue)] = []
        var problems: [String] = []
        for (index, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do {
                let json = try JSONValue(parsing: line)
                rows.append((try row(from: json), json))
            } catch let error as JSONError {
                problems.append("\(path):\(index + 1): \(error.reason) (column \(error.column)).")
            } catch let defect as Defect {
                problems.append("\(path):\(index + 1): \(defect.text)")
            }
        }
        guard problems.isEmpty else {
            let more = problems.count > 20 ? ["… and \(problems.count - 20) more lines."] : []
            throw EvaluationError(.unusableRow, (problems.prefix(20) + more).joined(separator: "\n"))
        }
        guard !rows.isEmpty else {
            throw EvaluationError(.noRows, "'\(path)' holds no rows. A row is {\"prediction\": …, \"reference\": …}.")
        }
        return rows
    }

    /// The cost of comparing two texts grows with the product of their lengths.
    private static let longestText = 1 << 20

    private struct Defect: Error {
        let text: String
    }

    private static func row(from json: JSONValue) throws(Defect) -> Row {
        guard json.object != nil else { throw Defect(text: "the line is not an object.") }
        guard let prediction = json["prediction"]?.string else {
            throw Defect(text: "\"prediction\" is \(json["prediction"] == nil ? "missing" : "not text").")
        }
        var seconds: Double?
        if let time = json["seconds"], !time.isNull {
            guard let value = time.double, value >= 0 else {
                throw Defect(text: "\"seconds\" is not a number of at least 0.")
            }
            seconds = value
        }
        let references = try references(in: json)
        guard ([prediction] + references).allSatisfy({ $0.utf8.count <= longestText }) else {
            throw Defect(text: "a text has more than \(longestText) bytes, the most accepted here.")
        }
        return Row(prediction: prediction, references: references, seconds: seconds)
    }

    private static func references(in json: JSONValue) throws(Defect) -> [String] {
        switch (json["reference"], json["references"]) {
        case (let single?, nil):
            guard let text = single.string else { throw Defect(text: "\"reference\" is not text.") }
            return [text]
        case (nil, let several?):
            guard let texts = several.array?.map(\.string), !texts.isEmpty, !texts.contains(nil) else {
                throw Defect(text: "\"references\" is not a list of at least one text.")
            }
            return texts.compactMap(\.self)
        case (nil, nil): throw Defect(text: "\"reference\" (or \"references\") is missing.")
        default: throw Defect(text: "\"reference\" and \"references\" exclude each other.")
        }
    }

    private static func example(from json: JSONValue, _ row: Row) -> EvaluationReport.Example {
        let turns = json["prompt"]?.array?.map {
            ChatMessage(role: $0["role"]?.string ?? "", content: $0["content"]?.string ?? "")
        }
        let question = json["prompt"]?.string ?? ""
        var score: TokenScore?
        if let likelihood = json["reference_nll"]?.double, let tokens = json["reference_tokens"]?.int {
            score = TokenScore(negativeLogLikelihood: likelihood, tokenCount: tokens)
        }
        return EvaluationReport.Example(
            row: EvaluationRow(
                prompt: .messages(turns ?? [ChatMessage(role: "user", content: question)]), references: row.references),
            completion: Completion(
                text: row.prediction, tokenCount: json["tokens"]?.int ?? 0,
                promptTokenCount: json["prompt_tokens"]?.int ?? 0, seconds: row.seconds ?? 0,
                finishReason: json["finish_reason"]?.string.flatMap(Completion.FinishReason.init(rawValue:)) ?? .stop),
            metrics: json["metrics"]?.object?.compactMapValues(\.double) ?? [:], score: score)
    }

    private static func json(of example: EvaluationReport.Example) -> JSONValue {
        let row = example.row
        var members: JSONObject = [:]
        members["prompt"] = json(of: row.prompt)
        if row.references.count == 1 {
            members["reference"] = .string(row.references[0])
        } else {
            members["references"] = .array(row.references.map(JSONValue.string))
        }
        members["prediction"] = .string(example.completion.text)
        members["metrics"] = .object(example.metrics.mapValues(JSONValue.number))
        members["tokens"] = .integer(Int64(example.completion.tokenCount))
        members["prompt_tokens"] = .integer(Int64(example.completion.promptTokenCount))
        members["seconds"] = .number(example.completion.seconds)
        members["finish_reason"] = .string(example.completion.finishReason.rawValue)
        if let score = example.score {
            members["reference_nll"] = .number(score.negativeLogLikelihood)
            members["reference_tokens"] = .integer(Int64(score.tokenCount))
        }
        if !row.origin.file.isEmpty { members["origin"] = .string("\(row.origin)") }
        return .object(members)
    }

    /// Plain text for a plain prompt and for a single question, else the turns.
    private static func json(of prompt: Prompt) -> JSONValue {
        switch prompt {
        case .text(let text): .string(text)
        case .messages(let turns) where turns.count == 1 && turns[0].role == "user": .string(turns[0].content)
        case .messages(let turns):
            .array(turns.map { ["role": .string($0.role), "content": .string($0.content)] })
        }
    }
}
