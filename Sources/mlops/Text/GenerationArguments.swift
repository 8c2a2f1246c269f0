import ArgumentParser
import Foundation
import MLOpsCore

/// How answers are drawn: `@OptionGroup var generation: GenerationArguments`.
struct GenerationArguments: ParsableArguments {
    @Option(help: "The most tokens an answer may have.")
    var maxNewTokens = 256
    @Option(help: "0 takes the most likely token each time; higher values draw more freely.")
    var temperature = 0.0
    @Option(help: "Draw from the smallest set of tokens whose probabilities reach this sum.")
    var topP = 1.0
    @Option(help: "Draw from this many most likely tokens; 0 keeps all.")
    var topK = 0
    @Option(help: "Equal seeds give equal answers.")
    var seed: UInt64 = 42

    func validate() throws {
        if maxNewTokens < 1 { throw ValidationError("--max-new-tokens must be at least 1, but is \(maxNewTokens).") }
        if !temperature.isFinite || temperature < 0 {
            throw ValidationError("--temperature must be 0 or more, but is \(temperature).")
        }
        if !(topP > 0 && topP <= 1) {
            throw ValidationError("--top-p must be above 0 and at most 1, but is \(topP).")
        }
        if topK < 0 { throw ValidationError("--top-k must not be negative, but is \(topK).") }
    }

    /// The options as the library takes them.
    var options: GenerationOptions {
        GenerationOptions(maximumTokens: maxNewTokens, temperature: temperature, topP: topP, topK: topK, seed: seed)
    }
}
