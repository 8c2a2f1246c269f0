public import Foundation
internal import MLOpsCore

extension LoRAAdapter {
    /// Writes `adapter_config.json` and `adapter_model.safetensors` as PEFT reads them, each whole or not at all.
    ///
    /// Equal adapters give equal bytes. The directory is created when it is missing.
    ///
    /// - Parameter baseModel: the name or path of the base model, for PEFT's `base_model_name_or_path`.
    /// - Throws: ``FileError`` or ``TensorFileError`` when the files cannot be written.
    public func write(to directory: URL, baseModel: String? = nil) throws {
        try WholeFile.createDirectory(directory)
        var tensors: [TensorToWrite] = []
        for module in layout.modules {
            for (name, range, shape) in module.tensors {
                // Made when it is written, so that the adapter is not in memory twice.
                tensors.append(
                    TensorToWrite(name: name, elementType: .f32, shape: shape) { [parameters] in
                        ElementEncoding.bytes(Array(parameters[range]), as: .f32)
                    })
            }
        }
        for saved in layout.savedTensors {
            for name in saved.tensorNames {
                tensors.append(
                    TensorToWrite(name: name, elementType: .f32, shape: saved.shape) { [parameters] in
                        ElementEncoding.bytes(Array(parameters[saved.range]), as: .f32)
                    })
            }
        }
        try SafetensorsWriter.write(
            tensors, metadata: ["format": "pt"], to: directory.appending(path: "adapter_model.safetensors"))
        try WholeFile.write(
            AdapterConfigurationFile.text(configuration, family: layout.family, baseModel: baseModel),
            to: directory.appending(path: AdapterConfigurationFile.name))
    }
}
