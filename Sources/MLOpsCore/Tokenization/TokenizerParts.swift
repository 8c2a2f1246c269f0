/// What a tokenizer is made of, whichever file described it.
struct TokenizerParts {
    /// The vocabulary: spelling and id.
    var vocabulary: [(text: String, id: Int32)] = []
    /// Pairs to merge, the first one first.
    var merges: [(left: String, right: String)] = []
    /// Tokens outside the vocabulary's division of text.
    var added: [AddedToken] = []
    /// See ``BytePairModel``.
    var unknown: String?
    /// See ``BytePairModel``.
    var fusesUnknown = false
    /// See ``BytePairModel``.
    var ignoresMerges = false
    /// Applied before division.
    var normalizer: Normalizer?
    /// Divides text into pieces.
    var pretokenizer: Pretokenizer?
    /// Ids before a text.
    var prefix: [Int32] = []
    /// Ids after a text.
    var suffix: [Int32] = []
    /// Ids with a role.
    var special = SpecialTokenIDs()
    /// What is described, for messages: a file.
    var origin: String
}

/// Ids of the tokens that have a role of their own.
public struct SpecialTokenIDs: Sendable, Hashable {
    /// The token that begins a text.
    public var bos: Int32?
    /// The token that ends a text.
    public var eos: Int32?
    /// The token that fills unused places.
    public var pad: Int32?
    /// The token that stands for what the vocabulary cannot express.
    public var unknown: Int32?

    /// Creates a set of roles.
    public init(bos: Int32? = nil, eos: Int32? = nil, pad: Int32? = nil, unknown: Int32? = nil) {
        self.bos = bos
        self.eos = eos
        self.pad = pad
        self.unknown = unknown
    }
}

extension BPETokenizer {
    /// The most ids a vocabulary may have: far more than any has, few enough that a table of them fits in memory.
    static let maximumVocabulary: Int32 = 1 << 22

    /// Builds the tokenizer of `parts`.
    ///
    /// - Throws: ``TokenizerError`` when they contradict each other.
    init(_ parts: TokenizerParts) throws(TokenizerError) {
        var size: Int32 = 0
        for id in parts.vocabulary.lazy.map(\.id) + parts.added.lazy.map(\.id) {
            guard id >= 0, id < Self.maximumVocabulary else {
                throw TokenizerError(
                    .malformed,
                    "\(parts.origin): the token id \(id) is out of range (0 to \(Self.maximumVocabulary - 1)).")
            }
            size = max(size, id + 1)
        }
        vocabularySize = Int(size)
        var table = TokenTable(count: Int(size))
        var unusual: [Int32: String] = [:]
        for (text, id) in parts.vocabulary {
            if let bytes = ByteAlphabet.bytes(of: text), !bytes.isEmpty {
                table.insert(bytes, id: id)
            } else {
                unusual[id] = text
            }
        }
        let controlIDs = Set(parts.added.filter(\.isSpecial).map(\.id))
        let merges = try Self.merges(parts, table, excluding: controlIDs)
        var model = BytePairModel(table: table, merges: merges, symbols: .bytes)
        model.fusesUnknown = parts.fusesUnknown
        model.ignoresMerges = parts.ignoresMerges
        model.controlIDs = controlIDs
        if let unknown = parts.unknown {
            guard
                let id = parts.added.first(where: { $0.content == unknown })?.id
                    ?? parts.vocabulary.first(where: { $0.text == unknown })?.id
            else {
                throw TokenizerError(
                    .malformed, "\(parts.origin): the unknown token \"\(unknown)\" is not in the vocabulary.")
            }
            model.unknownID = id
        }
        self.model = model
        self.unusual = unusual
        normalizer = parts.normalizer
        pretokenizer = parts.pretokenizer
        prefix = parts.prefix
        suffix = parts.suffix
        // A token that is looked for in normalised text is spelt normalised, too, when it is written out.
        let spellings = parts.added.map { token in
            let text = PieceText(token.content.unicodeScalars, base: 0)
            return (token.isNormalized ? parts.normalizer?.normalized(text) ?? text : text).scalars
        }
        added = Dictionary(
            zip(parts.added, spellings).map { token, spelling in
                var token = token
                var text = String.UnicodeScalarView()
                text.append(contentsOf: spelling)
                token.content = String(text)
                return (token.id, token)
            }
        ) { _, last in last }
        // Both spellings name it: the file's, and the normalised one that `token(_:)` gives.
        let names = parts.added.map { (Array($0.content.utf8), $0.id) }
        addedIDs = Dictionary(names + added.map { (Array($1.content.utf8), $0) }) { first, _ in first }
        func finder(_ isNormalized: Bool) -> AddedTokenFinder {
            AddedTokenFinder(
                zip(parts.added, spellings).filter { $0.0.isNormalized == isNormalized }.map {
                    (token: $0, spelling: $1)
                })
        }
        rawFinder = finder(false)
        normalizedFinder = finder(true)
        bosID = parts.special.bos
        eosID = parts.special.eos
        padID = parts.special.pad
    }

    private static func merges(
        _ parts: TokenizerParts, _ table: TokenTable, excluding controlIDs: Set<Int32>
    ) throws(TokenizerError) -> [UInt64: BytePairModel.Merge] {
        var merges: [UInt64: BytePairModel.Merge] = [:]
        merges.reserveCapacity(parts.merges.count)
        for (rank, pair) in parts.merges.enumerated() {
            guard let left = ByteAlphabet.bytes(of: pair.left), let right = ByteAlphabet.bytes(of: pair.right) else {
                throw failure("is not written in the byte alphabet")
            }
            let joined = left + right
            guard let leftID = table.id(of: joined, 0..<left.count),
                let rightID = table.id(of: joined, left.count..<joined.count),
                let id = table.id(of: joined, joined.indices)
            else { throw failure("names or makes a token that is not in the vocabulary") }
            // Text never becomes a control token, not even by merging.
            if controlIDs.contains(id) { continue }
            merges[BytePairModel.key(leftID, rightID)] = BytePairModel.Merge(rank: Int32(rank), id: id)
            func failure(_ what: String) -> TokenizerError {
                TokenizerError(
                    .malformed,
                    "\(parts.origin): merge \(rank + 1) (\"\(pair.left.prefix(60)) \(pair.right.prefix(60))\") \(what)."
                )
            }
        }
        return merges
    }
}
