import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsTraining

/// Measures how well a model predicts a text (`mlops perplexity`).
struct Perplexity: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how well a model predicts a text.",
        discussion: """
            nll is the mean negative log-likelihood of every token but the first, perplexity its exponential. A text longer \
            than the model's context is read in pieces of that length; --context makes them shorter.
            """)

    @OptionGroup var source: ModelOptions
    @Option(help: ArgumentHelp("The text, UTF-8; - reads standard input.", valueName: "file"))
    var file: String
    @Option(help: "The most tokens read together.")
    var context: Int?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let context, context < 2 { throw ValidationError("--context must be at least 2, but is \(context).") }
    }

    func run() async throws {
        let text = try InputFile.text(file)
        let score = try source.text(output.console).score(ofText: text, window: context)
        let nll = score.negativeLogLikelihood / Double(score.tokenCount)
        try output.console.report(
            ["tokens": .integer(Int64(score.tokenCount)), "nll": .number(nll), "perplexity": .number(exp(nll))],
            text: String(format: "perplexity %.4f, nll %.6f, %d tokens", exp(nll), nll, score.tokenCount))
    }
}
