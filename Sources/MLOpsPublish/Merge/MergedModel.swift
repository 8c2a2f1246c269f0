internal import Foundation
public import MLOpsCore
internal import OrderedCollections

/// A base model with an adapter added into its weights, computed tensor by tensor as they are asked for.
///
/// W' = W + scale · B · A, and of a DoRA adapter with magnitudes m: m ∘ W' / ‖W'‖ by rows, in binary32; each element's sum over the rank runs in order, so equal inputs give equal bytes.
public struct MergedModel: Sendable {
    /// The base model.
    public let base: ModelFiles
    /// What is added; nil leaves every weight as it is.
    public let adapter: AdapterFiles?
    /// What the merged model is made of: the base model's, except that an adapter may have embedding and head of its own.
    public let architecture: DecoderArchitecture

    /// The adapter's tensors that take the place of the base model's, by their names there.
    private let savedTensors: [String: TensorData]
    /// Vectors that take the place of some tokens' in these tensors.
    private let tokenVectors: [String: AdapterFiles.TokenVectors]

    /// Puts `adapter` on `base`.
    ///
    /// - Throws: ``PublishError`` naming a module that the base model does not have, or in another shape.
    public init(base: ModelFiles, adapter: AdapterFiles? = nil) throws(PublishError) {
        self.base = base
        self.adapter = adapter
        savedTensors = Self.savedTensors(adapter, base.architecture.family)
        tokenVectors = try Self.tokenVectors(adapter, base)
        architecture = try Self.architecture(of: base, savedTensors, tokenVectors)
        let shapes = base.architecture.tensorShapes
        for (name, module) in adapter?.modules ?? [:] {
            if name == base.architecture.family.headModule, base.architecture.tiedHead {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter changes '\(name)', which is the embedding matrix of this base model; "
                        + "merging would change both. Train without \(name).")
            }
            guard let shape = shapes[name + ".weight"], shape.count == 2 else {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter has matrices for '\(name)', but the base model '\(base.url.path(percentEncoded: false))' "
                        + "has no such linear layer. Name the base model the adapter was trained on.")
            }
            guard module.b.shape[0] == shape[0], module.a.shape[1] == shape[1] else {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter's '\(name)' is for a weight of [\(module.b.shape[0]), \(module.a.shape[1])], but the base "
                        + "model's is \(shape). Name the base model the adapter was trained on.")
            }
            guard module.bias == nil || shapes[name + ".bias"] != nil else {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter adds a bias to '\(name)' (lora_bias), and the base model has none there that it could be added to. "
                        + "Use the adapter beside the base model (--adapter), or train without lora_bias.")
            }
        }
    }

    /// The vectors of tokens, by the base model's tensors.
    private static func tokenVectors(
        _ adapter: AdapterFiles?, _ base: ModelFiles
    ) throws(PublishError) -> [String: AdapterFiles.TokenVectors] {
        let architecture = base.architecture
        let family = architecture.family
        var found: [String: AdapterFiles.TokenVectors] = [:]
        for (name, vectors) in adapter?.tokenVectors ?? [:] {
            let path = name == family.headModule ? family.headPath : name
            guard path == family.embeddingPath || path == family.headPath else {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter has vectors of tokens for '\(name)' (trainable_token_indices); they can be put into embedding "
                        + "and head alone.")
            }
            guard vectors.vectors.shape[1] == architecture.hiddenSize,
                vectors.tokens.allSatisfy((0..<architecture.vocabularySize).contains)
            else {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter's vectors of tokens for '\(name)' are \(vectors.vectors.shape), of tokens up to "
                        + "\(vectors.tokens.max() ?? 0), but the base model has \(architecture.vocabularySize) tokens of "
                        + "\(architecture.hiddenSize) numbers. Name the base model the adapter was trained on.")
            }
            found[path + ".weight"] = vectors
        }
        if case .modules(let modules)? = adapter?.trainableTokens {
            let (embedding, head) = (family.embeddingPath, family.headModule)
            for (name, tokens) in modules {
                let isThere = adapter?.tokenVectors.keys.contains { $0 == name || $0.hasSuffix("." + name) } ?? false
                // A head that is the embedding follows it where both have the same tokens.
                let follows = modules.contains { embedding.hasSuffix($0.key) && $0.value == tokens }
                guard isThere || (name == head && architecture.tiedHead && follows) else {
                    throw PublishError(
                        .adapterMismatch,
                        "The adapter has no vectors of tokens for '\(name)', though adapter_config.json names some "
                            + "(trainable_token_indices). Name the base model the adapter was trained on.")
                }
            }
        }
        return found
    }

    private static func savedTensors(
        _ adapter: AdapterFiles?, _ family: DecoderArchitecture.Family
    ) -> [String: TensorData] {
        var saved = adapter?.savedTensors ?? [:]
        // Transformers 5 calls GPT-NeoX's head as others do, and its files still have the old name.
        if family.headModule != family.headPath, let head = saved.removeValue(forKey: family.headModule + ".weight") {
            saved[family.headPath + ".weight"] = head
        }
        return saved
    }

    /// Puts an adapter's own embedding and head in the place of the base model's.
    private static func architecture(
        of base: ModelFiles, _ saved: [String: TensorData], _ tokens: [String: AdapterFiles.TokenVectors]
    ) throws(PublishError) -> DecoderArchitecture {
        var architecture = base.architecture
        let family = architecture.family
        let (embedding, head) = (family.embeddingPath + ".weight", family.headPath + ".weight")
        // A head that is the embedding matrix has no shape of its own there.
        let shapes = architecture.tensorShapes.merging([head: [architecture.vocabularySize, architecture.hiddenSize]]) {
            own, _ in own
        }
        for (name, tensor) in saved {
            guard let shape = shapes[name], shape.count == 1 || !architecture.isStoredTransposed(name) else {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter has its own '\(name)' (modules_to_save, bias), which cannot be put into this base model. Name the "
                        + "base model the adapter was trained on.")
            }
            guard tensor.shape == shape else {
                throw PublishError(
                    .adapterMismatch,
                    "The adapter's '\(name)' is \(tensor.shape), but the base model's is \(shape). Name the base model the "
                        + "adapter was trained on.")
            }
        }
        // A head whose tokens have vectors of their own is no longer the embedding.
        if tokens[head] != nil { architecture.tiedHead = false }
        guard saved[embedding] != nil || saved[head] != nil else { return architecture }
        let isSame = saved[embedding].map { $0.floats() == saved[head]?.floats() } ?? false
        architecture.tiedHead = architecture.tiedHead && isSame
        return architecture
    }

    /// The names of the tensors, in the order of the model: embedding, layers, norm, head.
    public var tensorNames: [String] { Array(architecture.tensorShapes.keys) }

    /// Returns the numbers of a tensor, with what the adapter adds.
    ///
    /// - Throws: ``ModelFileError`` when there is no such tensor, or a number of the adapter is not finite.
    public func floats(_ name: String) throws(ModelFileError) -> [Float] {
        let name = source(of: name)
        var weight: [Float]
        if let saved = savedTensors[name] {
            weight = try Self.finite(saved)
        } else {
            weight = try base.tensor(name).floats()
        }
        if let vectors = tokenVectors[name] { try Self.put(vectors, into: &weight) }
        if name.hasSuffix(".bias"), let module = adapter?.modules[String(name.dropLast(5))], let bias = module.bias {
            try module.requireFinite()
            for (i, number) in bias.floats().enumerated() { weight[i] += module.scale * number }
        }
        guard savedTensors[name] == nil, name.hasSuffix(".weight"),
            let module = adapter?.modules[String(name.dropLast(7))]
        else { return weight }
        try module.requireFinite()
        Self.add(module, to: &weight)
        if let magnitude = module.magnitude { Self.giveNorms(magnitude.floats(), to: &weight) }
        return weight
    }

    /// Returns the bytes of a tensor stored as `type`; one the adapter leaves alone keeps its own bytes when it can.
    ///
    /// - Precondition: numbers can be written as `type`.
    /// - Throws: ``ModelFileError`` when there is no such tensor, ``PublishError`` when `type` cannot hold a number of it.
    func bytes(_ name: String, as type: ElementType) throws -> [UInt8] {
        let name = source(of: name)
        let isChanged = savedTensors[name] != nil || tokenVectors[name] != nil
        guard !isChanged else { return try EncodedTensor.bytes(try floats(name), as: type, name: name) }
        let stored = try base.tensor(name)
        let hasBias = adapter?.modules[String(name.dropLast(5))]?.bias != nil
        if stored.elementType == type, !hasBias, adapter?.modules[String(name.dropLast(7))] == nil {
            return stored.bytes()
        }
        return try EncodedTensor.bytes(try floats(name), as: type, name: name)
    }

    /// The name of the tensor that one is made of: a head that is the embedding has nothing of its own.
    private func source(of name: String) -> String {
        let family = architecture.family
        let isHead = name == family.headPath + ".weight" && architecture.tiedHead
        return isHead && savedTensors[name] == nil ? family.embeddingPath + ".weight" : name
    }

    /// The numbers of a tensor of the adapter.
    private static func finite(_ tensor: TensorData) throws(ModelFileError) -> [Float] {
        let numbers = tensor.floats()
        guard numbers.allSatisfy(\.isFinite) else {
            throw ModelFileError(
                .invalid,
                "The adapter's tensor '\(tensor.name)' holds a number that is not finite. Its training diverged, or the file is "
                    + "damaged: use an earlier checkpoint.")
        }
        return numbers
    }

    /// Puts vectors in the places of their tokens.
    private static func put(
        _ vectors: AdapterFiles.TokenVectors, into weight: inout [Float]
    ) throws(ModelFileError) {
        let numbers = try finite(vectors.vectors)
        let width = vectors.vectors.shape[1]
        for (row, token) in vectors.tokens.enumerated() {
            weight.replaceSubrange(
                token * width..<(token + 1) * width, with: numbers[row * width..<(row + 1) * width])
        }
    }

    /// Scales each row of `weight` to the norm it is given.
    private static func giveNorms(_ norms: [Float], to weight: inout [Float]) {
        let columns = weight.count / max(1, norms.count)
        precondition(columns * norms.count == weight.count, "\(norms.count) norms for \(weight.count) numbers")
        for (row, norm) in norms.enumerated() {
            let range = row * columns..<(row + 1) * columns
            let square = weight[range].reduce(0) { $0 + Double($1) * Double($1) }
            let factor = norm / Float(square.squareRoot())
            for i in range { weight[i] *= factor }
        }
    }

    /// Adds scale · B · A: weight[o, i] += scale · Σ over r of b[o, r] · a[r, i].
    private static func add(_ module: AdapterFiles.Module, to weight: inout [Float]) {
        let (outputs, rank, inputs) = (module.b.shape[0], module.rank, module.a.shape[1])
        let a = module.a.floats()
        let b = module.b.floats()
        precondition(a.count == rank * inputs && b.count == outputs * rank && weight.count == outputs * inputs)
        var sums = [Float](repeating: 0, count: inputs)
        unsafe weight.withUnsafeMutableBufferPointer { weight in
            unsafe a.withUnsafeBufferPointer { a in
                unsafe sums.withUnsafeMutableBufferPointer { sums in
                    // Indices stay below outputs × inputs, rank × inputs and inputs: the counts checked above.
                    for output in 0..<outputs {
                        for i in 0..<inputs { unsafe sums[i] = 0 }
                        for r in 0..<rank {
                            let factor = b[output * rank + r]
                            let row = r * inputs
                            for i in 0..<inputs { unsafe sums[i] += factor * a[row + i] }
                        }
                        let row = output * inputs
                        for i in 0..<inputs { unsafe weight[row + i] += module.scale * sums[i] }
                    }
                }
            }
        }
    }
}

/// Encoding that refuses to turn a finite number into infinity.
enum EncodedTensor {
    /// Returns `floats` stored as `type`.
    ///
    /// - Throws: ``PublishError`` when a number is beyond what `type` can hold.
    static func bytes(_ floats: [Float], as type: ElementType, name: String) throws(PublishError) -> [UInt8] {
        if type == .f16 || type == .q8_0 {
            // 65520 and up round to infinity as binary16; a Q8_0 scale is a binary16 of the maximum over 127.
            let limit: Float = type == .f16 ? 65520 : 65520 * 127
            // A binary16 can be infinite or no number, and stays so; a block's scale would spoil all of its numbers.
            if let value = floats.first(where: { !(abs($0) < limit) && (type == .q8_0 || $0.isFinite) }) {
                throw PublishError(
                    .notExpressible,
                    "Tensor '\(name)' holds \(value), which \(type.rawValue) cannot. Choose BF16 or F32.")
            }
        }
        return ElementEncoding.bytes(floats, as: type)
    }
}
