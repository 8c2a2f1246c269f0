// Writes tensors to a safetensors file and reads them back, mapped; then looks into a model.
//
//     swift run TensorFiles [MODEL]        MODEL: a Hugging Face directory or a GGUF file
import Foundation
import MLOpsCore

// A file of our own: one tensor in f32, one rounded to bf16 on its way to the disk.
let file = FileManager.default.temporaryDirectory.appending(
    path: "example-\(ProcessInfo.processInfo.processIdentifier).safetensors")
defer { try? FileManager.default.removeItem(at: file) }
let weights: [Float] = [0.5, -1.25, 3.141_592_7, 0, 1e-3, 65_504]
try SafetensorsWriter.write(
    [
        TensorToWrite(name: "exact", shape: [2, 3], floats: weights),
        TensorToWrite(name: "rounded", elementType: .bf16, shape: [2, 3], floats: weights),
    ],
    metadata: ["made_by": "TensorFiles"], to: file)

// Opening maps the file and proves its layout; values are read where they are asked for.
let tensors = try SafetensorsFile(contentsOf: file)
print("\(tensors.names.count) tensors, made by \(tensors.metadata["made_by", default: "?"])")
for name in tensors.names {
    let tensor = try tensors.tensor(name, in: file)
    print("  \(name): \(tensor.elementType.rawValue) \(tensor.shape), second row \(tensor.floats(rows: 1..<2))")
}

// A broken file is an error that says what and where, never a crash.
let bytes = try Data(contentsOf: file)
try bytes.dropLast(5).write(to: file)
do {
    _ = try SafetensorsFile(contentsOf: file)
} catch {
    print("a cut file: \(error.message.replacing(file.deletingLastPathComponent().path() + "/", with: ""))")
}

// A model of either format shows the same names.
let model = try ModelFiles(
    contentsOf: URL(filePath: CommandLine.arguments.dropFirst().first ?? "Tests/Fixtures/TinyLlama"))
let query = try model.tensor("model.layers.0.self_attn.q_proj.weight")
print("\(model.format.rawValue): \(model.tensorNames.count) tensors, \(model.architecture.layerCount) layers")
print("  \(query.name): \(query.elementType.rawValue) \(query.shape)")
