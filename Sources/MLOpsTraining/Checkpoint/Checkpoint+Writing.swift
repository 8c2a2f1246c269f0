internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

extension Checkpoint {
    /// Writes a checkpoint of `model` to `run`, whole or not at all; one of the same step is replaced.
    ///
    /// - Throws: `FileError`, or what the model throws; no checkpoint is then changed.
    static func write(
        _ model: some TrainableModel, moments: AdamW.State, state: TrainingState, to run: RunDirectory
    ) throws -> URL {
        try WholeFile.createDirectory(run.checkpoints)
        // An optimizer that has not moved yet has no moments; they are zero.
        let count = model.parameters.count
        func tensor(_ name: String, _ values: [Float]) -> TensorToWrite {
            TensorToWrite(
                name: name, shape: [count], floats: values.isEmpty ? [Float](repeating: 0, count: count) : values)
        }
        let name = name(of: state.step)
        let target = run.checkpoints.appending(path: name, directoryHint: .isDirectory)
        try WholeDirectory.write(to: target) { directory in
            try model.writeParameters(to: directory)
            try SafetensorsWriter.write(
                [tensor("exp_avg", moments.firstMoments), tensor("exp_avg_sq", moments.secondMoments)],
                to: directory.appending(path: momentsName))
            try WholeFile.write(state.json.text(.pretty) + "\n", to: directory.appending(path: stateName))
            var digests: JSONObject = [:]
            for file in try FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))
                .sorted()
            {
                digests[file] = .string(try Digest.sha256(contentsOf: directory.appending(path: file)))
            }
            try WholeFile.write(
                JSONValue.object(digests).text(.pretty) + "\n", to: directory.appending(path: digestsName))
        }
        return target
    }

    /// Removes the oldest checkpoints of `run` until `limit` are left, but not that of step `best`, and what interrupted writes left
    /// behind.
    static func prune(_ run: RunDirectory, keeping limit: Int?, sparing best: Int? = nil) {
        WholeDirectory.removeLeftovers(in: run.checkpoints)
        guard let limit else { return }
        for (step, url) in all(in: run).dropLast(limit) where step != best { WholeDirectory.remove(url) }
    }
}
