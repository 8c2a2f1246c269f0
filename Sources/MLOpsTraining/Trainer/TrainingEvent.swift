public import Foundation

/// Something that happened in training; the journal's lines are these, written down.
@nonexhaustive public enum TrainingEvent: Sendable, Hashable {
    /// Training begins, or goes on.
    case started(Start)
    /// A checkpoint could not be used; an older one, or the beginning, is taken instead.
    case checkpointSkipped(URL, reason: String)
    /// An optimizer step is done.
    case step(Step)
    /// A health rule began to be broken.
    case health(HealthFinding)
    /// The held-out rows were measured.
    case evaluated(Evaluation)
    /// A checkpoint is on disk.
    case checkpointed(step: Int, URL)
    /// The finished model was read back from the disk, and is what was trained.
    case verified(SavedModelCheck)
    /// A stop was asked for; the run can be continued from its last checkpoint. The last event of such a run.
    case interrupted(step: Int)
    /// A health rule ended the run after a checkpoint. The last event of such a run.
    case stopped(HealthFinding)
    /// Training is complete. The last event of such a run.
    case finished(Summary)

    /// What a run is going to do.
    public struct Start: Sendable, Hashable {
        /// The steps and rows.
        public var plan: TrainingPlan
        /// Steps done before, 0 for a new run.
        public var completedSteps: Int
        /// Held-out rows.
        public var validationCount: Int
        /// Numbers that are trained.
        public var parameterCount: Int

        /// Creates a description.
        public init(plan: TrainingPlan, completedSteps: Int, validationCount: Int, parameterCount: Int) {
            self.plan = plan
            self.completedSteps = completedSteps
            self.validationCount = validationCount
            self.parameterCount = parameterCount
        }
    }

    /// An optimizer step.
    public struct Step: Sendable, Hashable {
        /// The step, counted from 1.
        public var index: Int
        /// Epochs done after it.
        public var epoch: Double
        /// The mean negative log-likelihood of the step's learned tokens.
        public var loss: Double
        /// The gradient's norm before clipping.
        public var gradientNorm: Double
        /// The rate used.
        public var learningRate: Double
        /// Tokens of the step's rows.
        public var tokens: Int
        /// Those of them that were learned.
        public var supervisedTokens: Int
        /// Seconds it took.
        public var seconds: Double

        /// Creates a record.
        public init(
            index: Int, epoch: Double, loss: Double, gradientNorm: Double, learningRate: Double, tokens: Int,
            supervisedTokens: Int, seconds: Double
        ) {
            self.index = index
            self.epoch = epoch
            self.loss = loss
            self.gradientNorm = gradientNorm
            self.learningRate = learningRate
            self.tokens = tokens
            self.supervisedTokens = supervisedTokens
            self.seconds = seconds
        }
    }

    /// A measurement on the held-out rows.
    public struct Evaluation: Sendable, Hashable {
        /// Steps done before it.
        public var step: Int
        /// The mean negative log-likelihood of the learned tokens.
        public var loss: Double
        /// Learned tokens measured.
        public var tokens: Int
        /// Whether no earlier measurement was better.
        public var isBest: Bool

        /// Creates a record.
        public init(step: Int, loss: Double, tokens: Int, isBest: Bool) {
            self.step = step
            self.loss = loss
            self.tokens = tokens
            self.isBest = isBest
        }

        /// e to the loss.
        public var perplexity: Double { exp(loss) }
    }

    /// What came of a run, all its parts together when it was interrupted.
    public struct Summary: Sendable, Hashable {
        /// Optimizer steps done.
        public var steps: Int
        /// Epochs done.
        public var epochs: Double
        /// The first step's loss.
        public var firstLoss: Double
        /// The mean loss of the last tenth of the steps, of at least one.
        public var finalLoss: Double
        /// The last measurement on held-out rows.
        public var validationLoss: Double?
        /// The step whose model the run ends with; nil: the last.
        public var bestStep: Int?
        /// The measurement then.
        public var bestValidationLoss: Double?
        /// Tokens of all steps' rows.
        public var tokens: Int
        /// Seconds of all steps.
        public var seconds: Double
        /// Whether validation stopped getting better before the planned end.
        public var stoppedEarly: Bool
        /// The last checkpoint.
        public var checkpoint: URL
        /// The trained model as others read it.
        public var model: URL

        /// Creates a record.
        public init(
            steps: Int, epochs: Double, firstLoss: Double, finalLoss: Double, validationLoss: Double?,
            bestStep: Int? = nil, bestValidationLoss: Double? = nil, tokens: Int, seconds: Double, stoppedEarly: Bool,
            checkpoint: URL, model: URL
        ) {
            self.steps = steps
            self.epochs = epochs
            self.firstLoss = firstLoss
            self.finalLoss = finalLoss
            self.validationLoss = validationLoss
            self.bestStep = bestStep
            self.bestValidationLoss = bestValidationLoss
            self.tokens = tokens
            self.seconds = seconds
            self.stoppedEarly = stoppedEarly
            self.checkpoint = checkpoint
            self.model = model
        }
    }
}
