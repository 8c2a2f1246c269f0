import ArgumentParser
import MLOpsCore

/// Prints the version (`mlops version`).
struct Version: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try output.console.report(
            ["version": .string(PackageVersion.current), "swift": .string(SwiftCompiler.version)],
            text: "mlops \(PackageVersion.current)")
    }
}

/// The compiler that built this binary, as far as conditional compilation tells.
enum SwiftCompiler {
    static var version: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
