public import Foundation
public import MLOpsCore
internal import OrderedCollections

/// A point a run can go on from: parameters, optimizer moments, and where in the run it is.
///
/// ```
/// checkpoints/step-000200/
/// ├── adapter_config.json, adapter_model.safetensors   the parameters, as the model writes them
/// ├── optimizer.safetensors                            exp_avg, exp_avg_sq
/// ├── trainer_state.json                               step, sampler, settings, digests of data
/// └── digests.json                                     SHA-256 of each of the others
/// ```
/// It is written in a hidden directory beside its place, synced, and renamed: what has its name is whole. Its digests are
/// checked when it is opened, so damage is found, not trained on.
public struct Checkpoint: Sendable {
    /// The directory.
    public let url: URL
    /// Where in the run it is.
    public let state: TrainingState

    /// Opens the checkpoint at `url`, checking every file against its digest.
    ///
    /// - Throws: ``TrainingError`` that says which file is missing or damaged.
    public init(contentsOf url: URL) throws(TrainingError) {
        func damaged(_ reason: String) -> TrainingError {
            TrainingError(
                .unusableCheckpoint, "The checkpoint '\(url.path(percentEncoded: false))' is damaged: \(reason).")
        }
        func json(_ name: String) throws(TrainingError) -> JSONValue {
            do {
                return try JSONValue(
                    parsing: WholeFile.read(url.appending(path: name), limit: 1 << 24), maximumDepth: 16)
            } catch let error as any ReportableError {
                throw damaged("\(name): \(error.message)")
            } catch {
                throw damaged("\(name): \(error)")
            }
        }
        guard let digests = try json(Self.digestsName).object, digests[Self.stateName] != nil,
            digests[Self.momentsName] != nil
        else { throw damaged("\(Self.digestsName) does not name its files") }
        for (name, digest) in digests {
            guard !name.contains("/"), name != "..", let digest = digest.string else {
                throw damaged("\(Self.digestsName) names '\(name)'")
            }
            let found: String
            do {
                found = try Digest.sha256(contentsOf: url.appending(path: name))
            } catch {
                throw damaged("\(name): \(error.message)")
            }
            guard found == digest else { throw damaged("\(name) is not what was written") }
        }
        guard let state = try TrainingState(json(Self.stateName)) else {
            throw damaged("\(Self.stateName) is not of a layout this version reads")
        }
        self.url = url
        self.state = state
    }

    /// Returns the optimizer's moments.
    ///
    /// - Parameter count: how many parameters there are.
    /// - Throws: ``TrainingError`` when the file holds something else, or `TensorFileError`.
    public func moments(count: Int) throws -> AdamW.State {
        let file = try SafetensorsFile(contentsOf: url.appending(path: Self.momentsName))
        func moment(_ name: String) throws -> [Float] {
            guard let tensor = file[name], tensor.elementType == .f32, tensor.elementCount == count
            else {
                throw TrainingError(
                    .unusableCheckpoint,
                    "'\(name)' of '\(url.path(percentEncoded: false))' does not fit the \(count) parameters trained here."
                )
            }
            return tensor.floats()
        }
        return AdamW.State(
            step: state.updates, firstMoments: try moment("exp_avg"), secondMoments: try moment("exp_avg_sq"))
    }

    /// Returns the newest checkpoint of `run` that is whole, nil when there is none.
    ///
    /// - Parameter skipped: is told of newer ones that are damaged, and why.
    public static func latest(in run: RunDirectory, skipped: (URL, TrainingError) -> Void = { _, _ in }) -> Checkpoint?
    {
        for (_, url) in all(in: run).reversed() {
            do throws(TrainingError) {
                return try Checkpoint(contentsOf: url)
            } catch {
                skipped(url, error)
            }
        }
        return nil
    }

    /// Returns the checkpoints of `run` by their steps, oldest first, without opening them.
    public static func all(in run: RunDirectory) -> [(step: Int, url: URL)] {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path(percentEncoded: false))) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("step-"), let step = Int(name.dropFirst("step-".count)), step >= 0 else { return nil }
            return (step, run.checkpoints.appending(path: name, directoryHint: .isDirectory))
        }.sorted { $0.step < $1.step }
    }

    /// Returns the name of the checkpoint after `step` steps.
    static func name(of step: Int) -> String {
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    static let stateName = "trainer_state.json"
    static let momentsName = "optimizer.safetensors"
    static let digestsName = "digests.json"
}
