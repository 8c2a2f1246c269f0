public import Foundation

/// What the machine is made of, as far as speed and reproducibility depend on it.
public struct Machine: Sendable, Hashable {
    /// Name and version of the operating system.
    public let operatingSystem: String
    /// Instruction set, as compilers name it.
    public let instructionSet: String
    /// The processor's own name.
    public let processor: String
    /// Those of the processor's features that matrix kernels ask for, such as `avx2` or `avx512f`.
    public let features: [String]
    /// Logical cores this process may use.
    public let coreCount: Int
    /// Physical memory, in bytes.
    public let memory: UInt64
    /// Memory that a new process could take without swapping, in bytes; nil where the system does not say.
    public let availableMemory: UInt64?

    /// Describes a machine.
    public init(
        operatingSystem: String, instructionSet: String, processor: String, features: [String], coreCount: Int,
        memory: UInt64, availableMemory: UInt64?
    ) {
        self.operatingSystem = operatingSystem
        self.instructionSet = instructionSet
        self.processor = processor
        self.features = features
        self.coreCount = coreCount
        self.memory = memory
        self.availableMemory = availableMemory
    }

    /// The machine this process runs on.
    public static var current: Machine {
        let cpu = text("/proc/cpuinfo")
        let flags = Set(
            (field("flags", of: cpu) ?? field("Features", of: cpu) ?? "").split(separator: " ").map(String.init))
        return Machine(
            operatingSystem: operatingSystemName,
            instructionSet: instructionSetName,
            processor: field("model name", of: cpu) ?? field("CPU part", of: cpu).map { "part \($0)" } ?? "unknown",
            features: interestingFeatures.filter(flags.contains),
            coreCount: ProcessInfo.processInfo.activeProcessorCount,
            memory: ProcessInfo.processInfo.physicalMemory,
            availableMemory: field("MemAvailable", of: text("/proc/meminfo"))
                .flatMap { $0.split(separator: " ").first }.flatMap { UInt64($0) }.map { $0 * 1024 }
        )
    }

    /// Bytes that an unprivileged process may still write on the file system of `url`; nil when unknown.
    public static func freeSpace(at url: URL) -> UInt64? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: url.path(percentEncoded: false))
        return (attributes?[.systemFreeSize] as? NSNumber)?.uint64Value
    }

    private static let interestingFeatures = [
        "sse4_2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16",
        "avx512_fp16",
        "avx_vnni", "amx_tile", "amx_int8", "amx_bf16", "asimd", "asimdhp", "asimddp", "bf16", "i8mm", "sve", "sve2",
    ]

    private static var operatingSystemName: String {
        let release = text("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return release.map { $0.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\""]) }
            ?? ProcessInfo.processInfo.operatingSystemVersionString
    }

    private static var instructionSetName: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "unknown"
        #endif
    }

    /// The text of a small system file, empty where there is none.
    private static func text(_ path: String) -> String {
        (try? WholeFile.read(URL(filePath: path), limit: 1 << 22)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The value of the first `name : value` line of `text`.
    private static func field(_ name: String, of text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else { continue }
            return parts[1].trimmingCharacters(in: .whitespaces)
        }
        return nil
    }
}
