internal import MLOpsCore
internal import OrderedCollections

/// Which rows of embedding or head an adapter holds copies of: PEFT's `trainable_token_indices`.
struct TokenVectors: Sendable, Hashable {
    /// The tokens, each once.
    let ids: [Int32]
    /// The tensor of the model that the rows are of.
    let source: String
    /// Whether they take the place of the embedding's.
    let isInEmbedding: Bool
    /// Whether they take the place of the head's.
    let isInHead: Bool

    /// The rows of `tensor`, [tokens, hidden].
    func vectors(of tensor: TensorData) -> Matrix {
        let rows = Matrix(rows: ids.count, columns: tensor.shape.last ?? 1)
        Kernels.gatherRows(ids, of: tensor, into: rows)
        return rows
    }
}

extension LoRAConfiguration {
    /// The vectors of tokens that are trained beside the matrices.
    ///
    /// As in PEFT, a head that is the embedding matrix follows the embedding's, unless it has tokens of its own that are others; with
    /// tokens of its own alone, it is a matrix of its own.
    ///
    /// - Throws: ``AdapterError`` naming what is not there or cannot be trained.
    func tokenVectors(
        of architecture: DecoderArchitecture, beside saved: [SavedTensor]
    ) throws(AdapterError) -> [SavedTensor] {
        guard let trainableTokens else { return [] }
        let family = architecture.family
        func refused(_ reason: String) -> AdapterError {
            AdapterError(.invalidConfiguration, "trainable_token_indices \(reason)")
        }
        let found = try TokenChoice(trainableTokens, architecture)
        guard found.embedding != nil || found.head != nil else { throw refused("names no tokens.") }
        let isFollowed =
            architecture.tiedHead && found.embedding != nil && found.head ?? found.embedding == found.embedding
        if keepsTiedHead, architecture.tiedHead, !isFollowed, found.embedding != nil {
            throw refused(
                "names other tokens for the head than for the embedding, which ensure_weight_tying is to keep one matrix."
            )
        }
        let (embedding, head) = (family.embeddingPath + ".weight", family.headPath + ".weight")
        let isHeadTaken = saved.contains { $0.name == head || $0.isTiedHead }
        guard found.embedding == nil || !saved.contains(where: { $0.name == embedding }),
            (found.head == nil && !isFollowed) || !isHeadTaken
        else {
            throw refused("and modules_to_save name the same matrix. Leave one of them out.")
        }
        guard !architecture.headBias || (found.head == nil && !isFollowed) else {
            throw refused(
                "would train rows of a head with a bias, which PEFT then leaves out of the logits. It is not supported here."
            )
        }
        func tensor(_ path: String, _ ids: [Int32], _ source: String, inEmbedding: Bool, inHead: Bool) -> SavedTensor {
            let name = path + AdapterFiles.tokenVectorsEnd
            return SavedTensor(
                name: name, shape: [ids.count, architecture.hiddenSize],
                tokens: TokenVectors(ids: ids, source: source, isInEmbedding: inEmbedding, isInHead: inHead),
                names: [name])
        }
        var tensors: [SavedTensor] = []
        if let ids = found.embedding {
            tensors.append(tensor(family.embeddingPath, ids, embedding, inEmbedding: true, inHead: isFollowed))
        }
        if let ids = found.head, !isFollowed {
            tensors.append(tensor(family.headModule, ids, head, inEmbedding: false, inHead: true))
        }
        return tensors
    }
}

/// The tokens that are named for embedding and head.
private struct TokenChoice {
    var embedding: [Int32]?
    var head: [Int32]?

    init(_ tokens: TrainableTokens, _ architecture: DecoderArchitecture) throws(AdapterError) {
        let (path, headModule) = (architecture.family.embeddingPath, architecture.family.headModule)
        switch tokens {
        case .embedding(let ids): embedding = try Self.checked(ids, of: path, architecture)
        case .modules(let modules):
            for (name, ids) in modules {
                let isEmbedding = path == name || path.hasSuffix("." + name)
                guard isEmbedding || name == headModule else {
                    throw AdapterError(
                        .invalidConfiguration,
                        "trainable_token_indices names '\(name)'; tokens have vectors in '\(path)' and '\(headModule)' alone here."
                    )
                }
                guard isEmbedding ? embedding == nil : head == nil else {
                    throw AdapterError(
                        .invalidConfiguration, "trainable_token_indices names '\(path)' twice. Leave one of them out.")
                }
                let checked = try Self.checked(ids, of: name, architecture)
                if isEmbedding { embedding = checked } else { head = checked }
            }
        }
    }

    private static func checked(
        _ ids: [Int], of name: String, _ architecture: DecoderArchitecture
    ) throws(AdapterError) -> [Int32] {
        func refused(_ reason: String) -> AdapterError {
            AdapterError(.invalidConfiguration, "trainable_token_indices of '\(name)' \(reason).")
        }
        guard !ids.isEmpty else { throw refused("is empty") }
        if let id = ids.first(where: { !(0..<architecture.vocabularySize).contains($0) }) {
            throw refused("names token \(id), but the vocabulary ends at \(architecture.vocabularySize - 1)")
        }
        var seen: Set<Int> = []
        if let id = ids.first(where: { !seen.insert($0).inserted }) { throw refused("names token \(id) twice") }
        return ids.map { Int32(clamping: $0) }
    }
}

/// Vectors of some tokens in the place of the embedding's.
struct ReplacedEmbeddings: Sendable {
    private let rows: [Int32: Int32]
    private let vectors: TensorData

    init(_ tokens: TokenVectors, _ vectors: TensorData) {
        rows = Dictionary(
            tokens.ids.enumerated().map { ($0.element, Int32(clamping: $0.offset)) },
            uniquingKeysWith: { first, _ in first })
        self.vectors = vectors
    }

    /// Puts them into the rows of x that are these tokens'.
    func replace(_ ids: [Int32], in x: Matrix) {
        for (place, id) in ids.enumerated() {
            guard let row = rows[id] else { continue }
            Kernels.gatherRows([row], of: vectors, into: x.rows(place..<place + 1))
        }
    }
}

/// What vectors of some tokens differ by from the head's, D.
///
/// ```
/// logits[tokens] += h·Dᵀ     dh += dlogits[tokens]·D
/// ```
/// While they are the head's, nothing changes in any bit.
struct ReplacedLogits: Sendable {
    let ids: [Int32]
    private let differences: [Float]

    init(_ tokens: TokenVectors, _ vectors: TensorData, of weight: TensorData) {
        ids = tokens.ids
        let rows = tokens.vectors(of: weight)
        let own = Matrix(vectors.floats(), rows: rows.rows, columns: rows.columns)
        Kernels.add(rows, scaled: -1, into: own)
        differences = own.elements()
    }

    private var matrix: Matrix {
        Matrix(differences, rows: ids.count, columns: differences.count / max(1, ids.count))
    }

    /// Adds what they change to the logits of h.
    func add(_ h: Matrix, to logits: Matrix) {
        let change = Matrix(rows: h.rows, columns: ids.count)
        MatrixProducts.multiplyTransposed(h, matrix, into: change)
        for row in 0..<h.rows {
            for (column, id) in ids.enumerated() { logits[row, Int(id)] += change[row, column] }
        }
    }

    /// Adds what they change to dh.
    func addGradient(_ dlogits: Matrix, to dh: Matrix) {
        MatrixProducts.multiply(Self.columns(ids, of: dlogits), matrix, into: dh, adding: true)
    }

    /// The columns of some tokens, [rows, tokens].
    static func columns(_ ids: [Int32], of logits: Matrix) -> Matrix {
        let columns = Matrix(rows: logits.rows, columns: ids.count)
        for row in 0..<logits.rows {
            for (column, id) in ids.enumerated() { columns[row, column] = logits[row, Int(id)] }
        }
        return columns
    }
}
