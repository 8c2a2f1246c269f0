import Foundation
import MLOpsCore
import MLOpsTraining

/// Looks at what this machine has for the work, and says how to get what it lacks.
struct Diagnosis: Sendable {
    /// Where runs would be written.
    let directory: URL
    let environment: [String: String]
    let machine: Machine

    var findings: [Finding] {
        [
            Finding(
                subject: "mlops", state: .fine,
                value: "\(PackageVersion.current), built with Swift \(SwiftCompiler.version)"),
            Finding(subject: "system", state: .fine, value: "\(machine.operatingSystem), \(machine.instructionSet)"),
            processor, memory, linearAlgebra, disk, modelCache, quickstartModel, python, ollama,
        ]
    }

    private var processor: Finding {
        let threads = ComputeThreads.count
        let cores =
            "\(machine.processor), \(machine.coreCount) core\(machine.coreCount == 1 ? "" : "s")"
            + ", \(threads) thread\(threads == 1 ? "" : "s")"
        let features = machine.features.joined(separator: " ")
        let vectors: Set<String> = ["avx2", "fma"]
        guard machine.instructionSet != "x86_64" || vectors.isSubset(of: machine.features) else {
            return Finding(
                subject: "processor", state: .limited, value: "\(cores): \(features)",
                remedy: "Without AVX2 and FMA everything works, several times slower; use a newer machine to train.")
        }
        return Finding(subject: "processor", state: .fine, value: features.isEmpty ? cores : "\(cores): \(features)")
    }

    private var memory: Finding {
        let total = Self.size(machine.memory)
        let value = machine.availableMemory.map { "\(total), \(Self.size($0)) free" } ?? total
        let free = machine.availableMemory ?? machine.memory
        guard free < 2 << 30 else { return Finding(subject: "memory", state: .fine, value: value) }
        return Finding(
            subject: "memory", state: .limited, value: value,
            remedy:
                "Training takes about 1 to 2 GiB for 135 million parameters; lower batch_size or max_length."
        )
    }

    private var linearAlgebra: Finding {
        let threads = LinearAlgebraLibrary.threadCount
        let value = "\(LinearAlgebraLibrary.description), \(threads) thread\(threads == 1 ? "" : "s")"
        return Finding(subject: "OpenBLAS", state: .fine, value: value)
    }

    private var disk: Finding {
        guard let free = Machine.freeSpace(at: directory) else {
            return Finding(
                subject: "disk", state: .limited, value: "unknown", remedy: "Check that the working directory exists.")
        }
        let writable = FileManager.default.isWritableFile(atPath: directory.path(percentEncoded: false))
        let value = "\(Self.size(free)) free in \(directory.path(percentEncoded: false))"
        if !writable {
            return Finding(
                subject: "disk", state: .limited, value: value + ", not writable",
                remedy: "Run from another directory, or set output_dir to one you may write.")
        }
        return free < 1 << 30
            ? Finding(
                subject: "disk", state: .limited, value: value,
                remedy: "A run with its merged model takes about 1 GiB; free some space.")
            : Finding(subject: "disk", state: .fine, value: value)
    }

    private var python: Finding {
        guard let versions = PythonPackages(environment: environment)?.versions else {
            return Finding(
                subject: "Python", state: .limited, value: "none",
                remedy:
                    "Tests/Interop and fetching the quickstart model need it: apt-get install python3-venv."
            )
        }
        return Finding(subject: "Python", state: .fine, value: versions + " (optional; only tests and scripts use it)")
    }

    private var ollama: Finding {
        Finding(
            subject: "Ollama", state: .fine,
            value: Self.program("ollama", environment)
                ?? "not installed (optional; `mlops publish ollama` writes files for it)")
    }

    /// The path of the program `name`, if the shell would find it.
    static func program(_ name: String, _ environment: [String: String]) -> String? {
        environment["PATH", default: ""].split(separator: ":").map { "\($0)/\(name)" }
            .first(where: FileManager.default.isExecutableFile(atPath:))
    }

    /// A number of bytes for people.
    static func size(_ bytes: UInt64) -> String {
        bytes < 1 << 30 ? "\(bytes >> 20) MiB" : String(format: "%.1f GiB", Double(bytes) / Double(1 << 30))
    }
}
