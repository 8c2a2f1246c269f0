public import Foundation
public import MLOpsCore

/// What training asks of a model: how wrong it is on some rows, and in which direction it would be less so.
///
/// A decoder with an adapter is one; three lines of arithmetic in a test are another.
public protocol TrainableModel: Sendable {
    /// The numbers that are trained, in one buffer whose count never changes.
    var parameters: [Float] { get }

    /// Lets `body` change the parameters in place.
    mutating func withParameters(_ body: (inout [Float]) throws -> Void) rethrows

    /// Parts of the parameters that have rates of their own; together they are all parameters, and none is in two.
    var parameterGroups: [ParameterGroup] { get }

    /// Returns the summed negative log-likelihood of the learned tokens of `examples`, and adds `weight` times its gradient to
    /// `gradients`, which has a number for each parameter.
    ///
    /// - Parameters:
    ///   - examples: the rows of one micro-batch.
    ///   - dropout: names the random numbers of this micro-batch; equal keys give equal results.
    ///   - weight: what the gradient is multiplied by, such as 1/tokens for that of a mean.
    func addGradients(
        of examples: [TokenizedExample], dropout: DropoutKey, weight: Float, to gradients: inout [Float]
    ) throws -> TokenScore

    /// Returns the summed negative log-likelihood of the learned tokens of `examples`, with nothing random in it.
    func score(of examples: [TokenizedExample]) throws -> TokenScore

    /// Writes the parameters, exactly, as files in the existing `directory`.
    func writeParameters(to directory: URL) throws

    /// Takes the parameters from files that ``writeParameters(to:)`` made.
    mutating func readParameters(from directory: URL) throws

    /// Writes what others need to use the result, parameters included, to the existing `directory`.
    func writeModel(to directory: URL) throws

    /// Reads back what ``writeModel(to:)`` wrote, and checks that it is what was trained and of use.
    ///
    /// - Parameter example: a row that the saved model may be tried on.
    /// - Throws: ``TrainingError`` that says what is wrong.
    func checkSaved(in directory: URL, on example: TokenizedExample?) throws -> SavedModelCheck

    /// What the parts that are not trained are, in a few words; a run is only continued with the same.
    var identity: String { get }
}

/// Parameters that follow each other and that optimizers treat alike.
public struct ParameterGroup: Sendable, Hashable {
    /// What the parameters are, as far as optimizers ask.
    public enum Role: Sendable, Hashable {
        /// Matrices.
        case matrix
        /// The output side of an adapter, B and magnitudes, whose rate LoRA+ raises.
        case adapterOutput
        /// Norms and biases, which weight decay leaves alone, as in transformers.
        case vector
        /// Norms and biases beside an adapter, whose rate LoRA+ raises too.
        case adapterVector
        /// The same of norms that are none of torch's own: with LoRA+, PEFT lets their weights decay.
        case adapterNorm
    }

    /// Their places among all parameters.
    public var range: Range<Int>
    /// What they are.
    public var role: Role

    /// Creates a group.
    public init(range: Range<Int>, role: Role) {
        self.range = range
        self.role = role
    }
}

extension TrainableModel {
    /// One group of matrices.
    public var parameterGroups: [ParameterGroup] { [ParameterGroup(range: 0..<parameters.count, role: .matrix)] }

    /// The parameters alone.
    public func writeModel(to directory: URL) throws { try writeParameters(to: directory) }

    /// Nothing.
    public var identity: String { "" }
}
