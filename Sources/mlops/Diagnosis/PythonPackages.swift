import Foundation

/// The Python the shell would start, and which of the tools we compare with it has.
struct PythonPackages {
    private let path: String

    /// Finds Python; nil where there is none.
    init?(environment: [String: String]) {
        guard let path = Diagnosis.program("python3", environment) else { return nil }
        self.path = path
    }

    /// Its version and those of the packages, from their metadata alone: importing them would take seconds.
    var versions: String? {
        let script = """
            import platform
            from importlib import metadata
            found = ["Python " + platform.python_version()]
            for name in ["torch", "transformers", "peft", "safetensors", "gguf", "tensorboard"]:
                try:
                    found.append(name + " " + metadata.version(name))
                except metadata.PackageNotFoundError:
                    pass
            print(", ".join(found))
            """
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-I", "-c", script]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }
}
