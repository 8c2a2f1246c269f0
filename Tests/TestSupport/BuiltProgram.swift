public import Foundation

/// A program of this package, as the build that runs the tests left it.
public struct BuiltProgram: Sendable {
    /// The file that is run.
    public let url: URL

    /// The command line tool.
    public static let mlops = BuiltProgram(named: "mlops")

    /// The program at `url`, of this package or not.
    public init(url: URL) { self.url = url }

    /// Finds the program `name` beside the test bundle.
    public init(named name: String) {
        // On macOS programs lie beside the test bundle, elsewhere beside the test program.
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        let folder = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
        url = folder.appending(path: name)
    }

    /// What a run of a program left behind.
    public struct Result: Sendable {
        /// The exit status; minus the signal's number when a signal ended it.
        public let status: Int32
        /// What it wrote on standard output.
        public let output: String
        /// What it wrote on standard error.
        public let complaint: String
    }

    /// A program that did not end in time, and what it had said by then.
    public struct TookTooLong: Error, CustomStringConvertible {
        /// The command line and the end of what it said.
        public let description: String
    }

    /// Runs the program with `arguments` to its end.
    ///
    /// The environment is the caller's `PATH` and little else, so that what a developer's shell holds changes no result.
    ///
    /// - Parameters:
    ///   - directory: the working directory, and the home.
    ///   - input: what standard input holds.
    ///   - environment: variables set in addition.
    ///   - timeout: seconds after which the program is killed.
    /// - Throws: ``TookTooLong``, and what `Process` throws when the program is not there.
    public func run(
        _ arguments: [String], in directory: URL, input: String = "", environment: [String: String] = [:],
        timeout: Double = 120
    ) async throws -> Result {
        // Files instead of pipes: a program that writes much never waits for us.
        let streams = try TemporaryDirectory()
        try streams.write(input, to: "in")
        for name in ["out", "err"] { try streams.write("", to: name) }
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.environment = ["HOME": directory.path, "TMPDIR": streams.url.path]
            .merging(
                ProcessInfo.processInfo.environment.filter {
                    ["PATH", "LD_LIBRARY_PATH", "OPENBLAS_NUM_THREADS"].contains($0.key)
                }
            ) { first, _ in first }
            .merging(environment) { _, last in last }
        process.standardInput = try FileHandle(forReadingFrom: streams.url("in"))
        process.standardOutput = try FileHandle(forWritingTo: streams.url("out"))
        process.standardError = try FileHandle(forWritingTo: streams.url("err"))

        let ended = AsyncStream<Void> { continuation in
            process.terminationHandler = { _ in continuation.finish() }
        }
        try process.run()
        let identifier = process.processIdentifier
        let inTime = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in ended {}
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(timeout))
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        if !inTime {
            kill(identifier, SIGKILL)
            process.waitUntilExit()
        }
        let output = String(decoding: try Data(contentsOf: streams.url("out")), as: UTF8.self)
        let complaint = String(decoding: try Data(contentsOf: streams.url("err")), as: UTF8.self)
        guard inTime else {
            let line = ([url.lastPathComponent] + arguments).joined(separator: " ")
            throw TookTooLong(
                description:
                    "'\(line)' ran longer than \(timeout) s.\n\(output.suffix(1000))\n\(complaint.suffix(1000))")
        }
        let status = process.terminationStatus
        return Result(
            status: process.terminationReason == .exit ? status : -status, output: output, complaint: complaint)
    }
}
