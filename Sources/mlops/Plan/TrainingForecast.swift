import Foundation
import MLOpsCore
import MLOpsTraining
import OrderedCollections

/// What a run will take, and what the machine has.
struct TrainingForecast {
    private let inputs: TrainingInputs
    private let training: any PlannedTraining
    private let process: Int
    let memory: MemoryForecast
    let work: WorkForecast
    private(set) var time: TimeForecast?
    /// Bytes that checkpoints and the result will take.
    let disk: Int
    /// Memory a new process could take, and free space where runs lie; nil when unknown.
    let availableMemory, freeSpace: UInt64?

    /// - Parameters:
    ///   - programMemory: what the process had in use when the program began.
    ///   - availableMemory: what to plan for; nil: what the machine has free.
    init(_ inputs: TrainingInputs, programMemory: ResidentMemory?, availableMemory: UInt64?) throws {
        self.inputs = inputs
        let now = ResidentMemory.current
        // What is mapped of the model is counted with its weights.
        process = now.map { $0.anonymous + (programMemory?.files ?? 0) } ?? PeakMemory.bytes
        training = try Self.training(inputs, inputs.configuration)
        memory = try Self.memory(inputs, training, inputs.configuration, process: process)
        let configuration = TrainingConfiguration(inputs.configuration)
        work = try training.workForecast(
            examples: inputs.training.examples, validation: inputs.validation, configuration: configuration)
        disk = Self.disk(training, configuration, steps: work.steps)
        // This process makes room for the one that trains.
        self.availableMemory =
            availableMemory ?? Machine.current.availableMemory.map { $0 + UInt64(now?.anonymous ?? 0) }
        var directory = URL(filePath: inputs.configuration.outputDirectory, directoryHint: .isDirectory)
        while !FileManager.default.fileExists(atPath: directory.path(percentEncoded: false)),
            directory.pathComponents.count > 1
        {
            directory = directory.deletingLastPathComponent()
        }
        freeSpace = Machine.freeSpace(at: directory)
    }

    private static func training(
        _ inputs: TrainingInputs, _ configuration: RunConfiguration
    ) throws -> any PlannedTraining {
        let recomputes = configuration.optimization.gradientCheckpointing
        if var training = inputs.trainee as? FullTraining {
            training.recomputesActivations = recomputes
            training.precision = configuration.precision
            return training
        }
        guard var training = inputs.trainee as? AdapterTraining else {
            throw TrainingError(
                .invalidConfiguration, "mlops plan cannot predict what trains \(type(of: inputs.trainee)).")
        }
        let options = ComputeOptions(
            precision: configuration.precision,
            packedWeights: recomputes ? .keptInPlaceOfStored : .keptButQuantisedHead)
        // An adapter that began with a part of the weights has a model of its own beside it.
        if options == training.model.options || training.adapter.configuration.initialization.movesBaseWeights {
            training.recomputesActivations = recomputes
            return training
        }
        return try AdapterTraining(
            model: DecoderModel(inputs.model.files, options: options), adapter: training.adapter,
            recomputesActivations: recomputes)
    }

    private static func memory(
        _ inputs: TrainingInputs, _ training: any PlannedTraining, _ configuration: RunConfiguration, process: Int
    ) throws -> MemoryForecast {
        let length = configuration.data.maximumLength
        func cut(_ rows: [TokenizedExample]) -> [TokenizedExample] {
            rows.map { row in
                guard row.ids.count > length else { return row }
                return TokenizedExample(
                    ids: Array(row.ids.prefix(length)), isSupervised: Array(row.isSupervised.prefix(length)),
                    origin: row.origin)
            }
        }
        var answers: PlannedAnswers?
        if let encoder = inputs.encoder, !inputs.questions.isEmpty {
            answers = PlannedAnswers(
                prompts: try inputs.questions.map { try encoder.prompt(Array($0.prompt)) },
                batchSize: configuration.evaluation.batchSize, maximumTokens: configuration.generation.maximumTokens)
        }
        return try training.memoryForecast(
            examples: cut(inputs.training.examples), validation: cut(inputs.validation),
            configuration: TrainingConfiguration(configuration), answers: answers, process: process)
    }

    /// What is trained and its moments a checkpoint, once more as the result.
    private static func disk(
        _ training: any PlannedTraining, _ configuration: TrainingConfiguration, steps: Int
    ) -> Int {
        let trained = 4 * training.parameters.count
        let saves = configuration.recording.saveSteps.map { (steps - 1) / $0 + 1 } ?? 1
        // One more is on disk while the oldest is removed.
        let kept = min(Double(max(1, saves)), Double(configuration.recording.saveTotalLimit ?? saves) + 1)
        let companions = training.companions.values.reduce(0) { $0 + $1.count }
        return Int(saturating: kept * 3 * Double(trained) + Double(trained + companions) + Double(steps) * 400)
    }

    /// Throws when the run cannot fit, naming the keys that would make it.
    func demandRoom() throws {
        if let availableMemory, UInt64(memory.peak) > availableMemory {
            let advice = try smaller(than: availableMemory)
            let last = memory.evaluation > memory.training ? "generation.max_new_tokens" : "lora_r"
            throw TrainingError(
                .invalidConfiguration,
                "The run would need \(Diagnosis.size(UInt64(memory.peak))) of memory, and \(Diagnosis.size(availableMemory)) "
                    + "is free (batch_size \(inputs.configuration.optimization.batchSize), max_length "
                    + "\(inputs.configuration.data.maximumLength), precision \(inputs.configuration.precision.rawValue)). "
                    + (advice.isEmpty
                        ? "Even gradient_checkpointing=true with batch_size=1 would not fit: use a smaller model or \(last)."
                        : "It would fit with " + advice.joined(separator: ", or with ") + "."))
        }
        if let freeSpace, UInt64(disk) > freeSpace {
            throw TrainingError(
                .invalidConfiguration,
                "The run would write \(Diagnosis.size(UInt64(disk))) to '\(inputs.configuration.outputDirectory)', and "
                    + "\(Diagnosis.size(freeSpace)) is free. Lower epochs, save_total_limit or lora_r, or name another output_dir."
            )
        }
    }

    /// The changes of one key, or of two, that make the run fit into `limit` bytes.
    private func smaller(than limit: UInt64) throws -> [String] {
        let own = inputs.configuration
        func attempt(_ change: (inout RunConfiguration) -> Void) throws -> String? {
            var other = own
            change(&other)
            guard other != own else { return nil }
            let forecast = try Self.memory(inputs, Self.training(inputs, other), other, process: process)
            guard UInt64(forecast.peak) <= limit else { return nil }
            var changes: [String] = []
            if other.optimization.gradientCheckpointing != own.optimization.gradientCheckpointing {
                changes.append("gradient_checkpointing=true")
            }
            if other.precision != own.precision { changes.append("precision=\(other.precision.rawValue)") }
            for (key, now, before) in [
                ("batch_size", other.optimization.batchSize, own.optimization.batchSize),
                ("max_length", other.data.maximumLength, own.data.maximumLength),
                ("eval.batch_size", other.evaluation.batchSize, own.evaluation.batchSize),
            ] where now != before { changes.append("\(key)=\(now)") }
            return changes.joined(separator: " ") + " (\(Diagnosis.size(UInt64(forecast.peak))))"
        }
        var found: [String] = []
        func add(_ change: (inout RunConfiguration) -> Void) throws -> Bool {
            guard let text = try attempt(change), !found.contains(text) else { return false }
            found.append(text)
            return true
        }
        _ = try add { $0.optimization.gradientCheckpointing = true }
        for size in Self.halves(of: own.optimization.batchSize) where try add({ $0.optimization.batchSize = size }) {
            break
        }
        for size in Self.halves(of: own.evaluation.batchSize) where try add({ $0.evaluation.batchSize = size }) {
            break
        }
        _ = try add { $0.precision = .f32 }
        for length in Self.halves(of: own.data.maximumLength)
        where try length >= 32 && add({ $0.data.maximumLength = length }) { break }
        if found.isEmpty {
            _ = try add {
                $0.optimization.gradientCheckpointing = true
                $0.optimization.batchSize = 1
                $0.evaluation.batchSize = 1
            }
        }
        return found
    }

    private static func halves(of value: Int) -> [Int] {
        Array(sequence(first: value / 2) { $0 > 1 ? $0 / 2 : nil }).filter { $0 >= 1 }
    }

    /// The forecast with the time, which some steps are made for.
    func probed() throws -> TrainingForecast {
        var copy = self
        copy.time = try training.timeForecast(
            examples: inputs.training.examples, validation: inputs.validation,
            configuration: TrainingConfiguration(inputs.configuration))
        return copy
    }

    var json: JSONValue {
        func bytes(_ value: UInt64?) -> JSONValue { value.map { .integer(Int64(clamping: $0)) } ?? .null }
        return [
            "work": work.json, "memory": memory.json, "time": time?.json ?? .null,
            "disk_bytes": .integer(Int64(disk)), "available_memory_bytes": bytes(availableMemory),
            "free_disk_bytes": bytes(freeSpace),
        ]
    }

    var text: String {
        func size(_ bytes: Int) -> String { Diagnosis.size(UInt64(bytes)) }
        func known(_ bytes: UInt64?) -> String { bytes.map { Diagnosis.size($0) } ?? "unknown" }
        var rows = [
            ["steps", "\(work.steps)"],
            ["tokens", "\(work.tokens), of which \(work.supervisedTokens) are learned"],
            ["shared", "\(work.sharedTokens) tokens are computed once for rows that begin alike"],
            ["memory", "\(size(memory.peak)) at most; \(known(availableMemory)) free"],
            ["  program, rows", size(memory.process)], ["  weights", size(memory.weights)],
            ["  packed weights", size(memory.packedWeights)], ["  activations", size(memory.activations)],
            [
                training.trainedAdapter == nil ? "  gradients, optimizer" : "  adapter, optimizer",
                size(memory.trained),
            ],
        ]
        if memory.generation > 0 {
            rows.append(["  evaluation", "\(size(memory.generation)) for answers; \(size(memory.evaluation)) in all"])
        }
        rows.append(["disk", "\(size(disk)); \(known(freeSpace)) free"])
        if let time {
            let probe = time.probe.map { String(format: "%.2f s", $0) }.joined(separator: ", ")
            rows.append(["time", "\(Self.duration(time.seconds)) for all steps (probe: \(probe))"])
        }
        return TextTable([["forecast", ""]] + rows).text
    }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded())
        if whole < 120 { return String(format: "%.1f s", seconds) }
        return whole < 7200 ? "\(whole / 60) min" : String(format: "%.1f h", seconds / 3600)
    }
}
