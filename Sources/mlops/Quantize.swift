import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsPublish
import OrderedCollections

/// Writes a GGUF file in another type (`mlops quantize`).
struct Quantize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a GGUF file's weights in another type: F32, F16, BF16 or Q8_0.")

    @Argument(help: "The GGUF file to read.")
    var input: String
    @Argument(help: "The GGUF file to write.")
    var result: String
    @Argument(help: "The matrices' type: F32, F16, BF16 or Q8_0.")
    var type: String
    @OptionGroup var options: OutputOptions

    func run() async throws {
        let type = try GGUFWeightType(named: type)
        try WholeFile.demandSeparate(URL(filePath: result), from: [input])
        let source = try GGUFFile(contentsOf: URL(filePath: input))
        let console = options.console
        try GGUFRequantisation(source, to: type).write(to: URL(filePath: result)) { done, count in
            console.detail("tensor \(done + 1) of \(count)")
        }
        try console.report(
            [
                "output": .string(result), "quant": .string(type.rawValue),
                "tensors": .integer(Int64(source.tensors.count)),
            ],
            text: "Wrote '\(result)' (\(type.rawValue), \(source.tensors.count) tensors).")
    }
}
