import ArgumentParser
import MLOpsCore

/// `mlops plan`: what a training run will take, before it begins.
struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predict the memory, time and disk a training run will take, and refuse what cannot fit.",
        discussion: """
            Reads the configuration, the model and the rows as `mlops train` does, and writes nothing. Memory is counted from the \
            buffers of the largest batches; time is measured on three steps. Ends with 78, naming the key to change, when the run \
            would need more memory or disk than is free.
            """)

    @Option(name: .long, help: "The configuration's name.")
    var configName = "train"
    @Flag(name: .long, help: "Predict no time: make no steps.")
    var noProbe = false
    @Option(
        help: ArgumentHelp(
            "Plan for this much free memory, such as 2GiB; by default what is free now.", valueName: "size"))
    var memory: ByteCount?
    @OptionGroup var composition: CompositionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let start = ResidentMemory.current
        let sources = try composition.sources()
        let request = TrainingRequest(
            sources: sources, configName: configName, resume: nil, commandLine: CommandLine.arguments)
        let job = try request.job(overrides: composition.overrides, console: output.console)
        let plan = try TrainingForecast(
            TrainingInputs(job.configuration, console: output.console), programMemory: start,
            availableMemory: memory?.value)
        try plan.demandRoom()
        let report = noProbe ? plan : try plan.probed()
        try output.console.report(report.json, text: report.text)
    }
}

/// A number of bytes on the command line: `512MiB`, `2GiB`, `1.5G`, `1000000`.
struct ByteCount: ExpressibleByArgument {
    let value: UInt64

    init?(argument: String) {
        let digits = argument.prefix { $0.isNumber || $0 == "." }
        let units: [String: Double] = [
            "": 1, "k": 1024, "kib": 1024, "m": 1_048_576, "mib": 1_048_576, "g": 1_073_741_824, "gib": 1_073_741_824,
        ]
        guard let number = Double(digits), let unit = units[argument.dropFirst(digits.count).lowercased()],
            (0...1e18).contains(number * unit)
        else { return nil }
        value = UInt64(number * unit)
    }
}
