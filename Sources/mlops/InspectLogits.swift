import ArgumentParser
import MLOpsCore
import MLOpsTraining
import OrderedCollections

/// Prints a model's logits for given ids (`mlops inspect logits`).
struct InspectLogits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logits",
        abstract: "Print the logits after given token ids, and the ids' mean negative log-likelihood.",
        discussion:
            "Computed in f32. Always prints one JSON value: {\"last_logits\": […]} or {\"top\": [[id, logit], …]}, with \"nll\"."
    )

    @OptionGroup var source: ModelOptions
    @Option(help: ArgumentHelp("The ids, separated by commas.", valueName: "1,2,3"))
    var ids: TokenIDs
    @Option(help: ArgumentHelp("Print the most likely tokens only.", valueName: "count"))
    var top: Int?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top must be at least 1.") }
    }

    func run() async throws {
        let (model, adapter) = try source.load(output.console)
        let (last, nll) = try model.logits(of: ids.values, adapter: adapter)
        // JSON has no word for such numbers, and an order of them means nothing.
        guard last.allSatisfy(\.isFinite), nll?.isFinite ?? true else {
            throw ModelError(
                .notFinite,
                "The model's output is not finite: a logit, or the likelihood of the ids, is no number or too large. Its "
                    + "weights or its config.json (rope_theta, norms) are damaged, or its training diverged.")
        }
        let logits: (String, JSONValue)
        if let top {
            let order = last.indices.sorted { last[$0] != last[$1] ? last[$0] > last[$1] : $0 < $1 }
            logits = (
                "top", .array(order.prefix(top).map { [.integer(Int64($0)), .number(Double(last[$0]))] })
            )
        } else {
            logits = ("last_logits", .array(last.map { .number(Double($0)) }))
        }
        let value: JSONValue = .object([logits.0: logits.1, "nll": nll.map { .number($0) } ?? .null])
        try output.console.line(value.text())
    }
}

/// Token ids on the command line.
struct TokenIDs: ExpressibleByArgument {
    let values: [Int32]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Int32($0.filter { $0 != " " }) }
        guard !values.isEmpty, values.count == parts.count else { return nil }
    }
}
