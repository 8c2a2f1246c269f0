public import Foundation
public import MLOpsCore

/// A tiny model whose weights are hashes of their names and places, as `Scripts/make_families.py` makes them.
public enum HashedModel {
    /// The cases of `Training/families.json`, or those in the file that `MLOPS_FAMILY_CASES` names.
    public static func cases() throws -> [JSONValue] {
        let other = ProcessInfo.processInfo.environment["MLOPS_FAMILY_CASES"].flatMap { $0.isEmpty ? nil : $0 }
        let url = other.map { URL(filePath: $0) } ?? Fixture.url("Training/families.json")
        return try JSONValue(parsing: Data(contentsOf: url)).array ?? []
    }

    /// Numbers in −1…1: splitmix64 from the FNV-1a hash of the name.
    public static func numbers(_ name: String, count: Int) -> [Float] {
        let seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return (1...max(1, count)).map { i in
            var z = seed &+ UInt64(i) &* 0x9E37_79B9_7F4A_7C15
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            z ^= z >> 31
            return Float(Double(z >> 40) / 8_388_608 - 1)
        }
    }

    /// The weights of a tensor.
    public static func weights(_ name: String, shape: [Int], isGemma: Bool) -> [Float] {
        let numbers = numbers(name, count: shape.reduce(1, *))
        if name.contains("norm") || name.contains(".ln_") { return numbers.map { 0.3 * $0 + (isGemma ? 0 : 1) } }
        if name.hasSuffix(".bias") || name.contains("lora_B") { return numbers.map { 0.3 * $0 } }
        if name.contains("act_fn") { return numbers.map { 0.5 + 0.3 * $0 } }
        let scale = Float(1.7 / Double(shape[1]).squareRoot())
        return numbers.map { scale * $0 }
    }

    /// Writes the model of a configuration into `directory`.
    public static func write(_ config: JSONValue, to directory: URL) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(config.text(.pretty).utf8).write(to: directory.appending(path: "config.json"))
        let isGemma = config["model_type"]?.string?.contains("gemma") ?? false
        let tensors = try DecoderArchitecture(configJSON: config).tensorShapes.map { name, shape in
            TensorToWrite(name: name, shape: shape, floats: weights(name, shape: shape, isGemma: isGemma))
        }
        try SafetensorsWriter.write(tensors, to: directory.appending(path: "model.safetensors"))
    }
}
