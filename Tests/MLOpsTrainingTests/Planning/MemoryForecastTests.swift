@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// What is planned is what passes ask for, to the byte.
@Suite struct MemoryForecastTests {
    static let options = [
        ComputeOptions(), .emulatingBF16(), .emulatingBF16(.perUse),
        .emulatingBF16(.keptInPlaceOfStored), .emulatingBF16(.keptUnlessQuantised),
        .emulatingBF16(.keptButQuantisedHead), .computing(.wholeNumbers), .computing(.wholeNumbers, .perUse),
        .computing(.wholeNumbers, .keptInPlaceOfStored),
    ]

    private func held(_ model: DecoderModel) -> Int { model.workspaces.withWorkspace { $0.heldBytes } }

    @Test(arguments: TinyModel.kinds + [.wide], Self.options) func buffersAreThoseOfThePasses(
        kind: TinyModel, options: ComputeOptions
    ) throws {
        let folder = try TemporaryDirectory()
        let files = try kind.load(in: folder).files
        let batches = [kind.rows([7, 1, 20, 33]), kind.rowsBeginningAlike([5, 9, 2], beginning: 12)]
        for checkpointing in [false, true] {
            for rows in batches {
                let model = try DecoderModel(files, options: options)
                let adapter = try kind.adapter(for: model, rank: 5, dropout: 0.1)
                _ = try model.lossAndGradients(
                    of: rows, adapter: adapter, dropout: DropoutKey(seed: 1, step: 0), checkpointing: checkpointing)
                let requests = PassRequests(model: model, adapter: adapter)
                for batch in model.batches(rows) { requests.train(batch, checkpointing: checkpointing) }
                expectAlmost(requests.bytes, held(model), options)

                let scoring = try DecoderModel(files, options: options)
                _ = try scoring.scores(of: rows, adapter: adapter)
                let scored = PassRequests(model: scoring, adapter: adapter)
                for batch in scoring.batches(rows) { scored.score(batch) }
                expectAlmost(scored.bytes, held(scoring), options)
            }
        }
    }

    /// Equal in f32; left sides of products in bf16 and whole numbers are made with an eighth to spare.
    private func expectAlmost(_ planned: Int, _ held: Int, _ options: ComputeOptions) {
        if options.arithmetic == .f32 {
            #expect(planned == held)
        } else {
            #expect(planned <= held && Double(held) <= 1.13 * Double(planned), "\(planned), \(held)")
        }
    }

    @Test func growingPassesHoldAnEighthMoreAtMost() throws {
        let kind = TinyModel.wide
        let model = try kind.load(in: TemporaryDirectory())
        let adapter = try kind.adapter(for: model, rank: 5)
        let requests = PassRequests(model: model, adapter: adapter)
        var largest = PassRequests.Largest()
        // Rows that begin alike take buffers of their own, and no others the places of those.
        let alike = [
            kind.rowsBeginningAlike([20, 30], beginning: 12), kind.rowsBeginningAlike([40, 70], beginning: 9),
        ]
        for rows in [
            kind.rows([5]), kind.rows([30, 41]), alike[0], kind.rows([100, 120, 80]), alike[1], kind.rows([64]),
        ] {
            _ = try model.lossAndGradients(of: rows, adapter: adapter)
            for batch in model.batches(rows) where largest.admits(batch) {
                requests.train(batch, checkpointing: false)
            }
        }
        #expect(requests.bytes <= held(model) && Double(held(model)) < 1.13 * Double(requests.bytes))
    }

    @Test func tokensAndStepsAreThoseOfTheJournal() async throws {
        let kind = TinyModel.wide
        let folder = try TemporaryDirectory()
        let model = try kind.load(in: folder)
        let training = try AdapterTraining(model: model, adapter: kind.adapter(for: model))
        let rows = kind.rowsBeginningAlike([5, 9, 2, 7, 7], beginning: 12) + kind.rows([30, 12])
        let configuration = TrainingConfiguration(
            optimization: .init(epochs: 2, batchSize: 3, gradientAccumulationSteps: 2, learningRate: 1e-3))
        let work = try training.workForecast(
            examples: rows, validation: kind.rows([10]), configuration: configuration)
        let run = try RunDirectory.create(named: "run", in: folder.url)
        var steps: [TrainingEvent.Step] = []
        for try await event in try Trainer(model: training, examples: rows, run: run, configuration: configuration)
            .events
        {
            if case .step(let step) = event { steps.append(step) }
        }
        #expect(work.steps == steps.count)
        #expect(work.tokens == steps.reduce(0) { $0 + $1.tokens })
        #expect(work.supervisedTokens == steps.reduce(0) { $0 + $1.supervisedTokens })
        #expect(work.computedTokens <= work.tokens - work.sharedTokens && work.work > 0 && work.validationWork > 0)
        let time = try training.timeForecast(examples: rows, configuration: configuration)
        #expect(time.probe.count == 3 && time.seconds > 0)
        // The probe trains a copy.
        #expect(try training.parameters == kind.adapter(for: model).parameters)
    }

    @Test func trainingAllWeightsIsPlannedToo() throws {
        let kind = TinyModel.wide
        let folder = try TemporaryDirectory()
        let training = try FullTraining(kind.load(in: folder).files)
        let rows = kind.rows([7, 12, 20, 9])
        let configuration = TrainingConfiguration(optimization: .init(epochs: 2, batchSize: 2, learningRate: 1e-4))
        let forecast = try training.memoryForecast(examples: rows, configuration: configuration, process: 1000)
        // The weights as they change, two moments and the sum of gradients; what the run began with is in the
        // process, and nothing is mapped.
        #expect(forecast.trained == 16 * training.parameters.count && forecast.weights == 0)
        #expect(forecast.packedWeights == 0 && forecast.peak == forecast.training)
        let model = try training.decoder()
        let adapted = try AdapterTraining(model: model, adapter: kind.adapter(for: model, rank: 4))
        #expect(
            try forecast.activations
                < adapted.memoryForecast(examples: rows, configuration: configuration).activations)
        let work = try training.workForecast(examples: rows, configuration: configuration)
        #expect(try work.work > adapted.workForecast(examples: rows, configuration: configuration).work)
        let time = try training.timeForecast(examples: rows, configuration: configuration, steps: 2)
        #expect(time.probe.count == 2 && time.seconds > 0)
        #expect(training.parameters == (try FullTraining(training.files).parameters))
    }

    @Test func moreOfEverythingTakesMore() throws {
        let kind = TinyModel.wide
        let folder = try TemporaryDirectory()
        let files = try kind.load(in: folder).files
        func forecast(
            batch: Int = 2, rank: Int = 4, checkpointing: Bool = false, options: ComputeOptions = ComputeOptions(),
            answers: PlannedAnswers? = nil
        ) throws -> MemoryForecast {
            let model = try DecoderModel(files, options: options)
            let training = try AdapterTraining(
                model: model, adapter: kind.adapter(for: model, rank: rank), recomputesActivations: checkpointing)
            return try training.memoryForecast(
                examples: kind.rows([40, 50, 60, 70]),
                configuration: TrainingConfiguration(optimization: .init(batchSize: batch, learningRate: 1)),
                answers: answers, process: 1000)
        }
        let plain = try forecast()
        #expect(plain.peak == plain.training && plain.process == 1000 && plain.packedWeights == 0)
        #expect(try forecast(batch: 4).activations > plain.activations)
        #expect(try forecast(checkpointing: true).activations < plain.activations)
        #expect(try forecast(rank: 40).trained > 5 * plain.trained)
        for arithmetic in [ComputeOptions.Arithmetic.bf16, .wholeNumbers] {
            #expect(try forecast(options: .computing(arithmetic)).packedWeights > 0)
            #expect(try forecast(options: .computing(arithmetic, .perUse)).packedWeights == 0)
        }
        let answers = PlannedAnswers(prompts: kind.rows([20, 30]).map(\.ids), batchSize: 2, maximumTokens: 4000)
        let evaluated = try forecast(answers: answers)
        #expect(evaluated.generation > 0 && evaluated.peak == evaluated.evaluation)
    }
}
