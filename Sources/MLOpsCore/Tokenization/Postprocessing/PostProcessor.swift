/// The tokens put around a text.
enum PostProcessor: Sendable, Hashable {
    /// A part of a template.
    enum Part: Sendable, Hashable {
        case tokens([Int32])
        /// The first or the second of the texts.
        case text(Int)
    }

    /// Parts for one text, and for two.
    case template(single: [Part], pair: [Part])
    /// A token before and one after; `repeatsLast` says whether the last token stands before a second text, too.
    case around(first: Int32, last: Int32, repeatsLast: Bool)
    case sequence([PostProcessor])

    /// Changes the runs of tokens that a text has become so far; together they are its tokens.
    ///
    /// - Throws: ``TokenizerError`` when templates follow one another and a later one gets more than two runs.
    func process(_ runs: [[Token]], adding: Bool, end: Int) throws(TokenizerError) -> [[Token]] {
        func made(_ id: Int32, _ place: Int) -> Token { Token(id: id, range: place..<place) }
        switch self {
        case .sequence(let steps):
            var runs = runs
            for step in steps { runs = try step.process(runs, adding: adding, end: end) }
            return runs
        case .around(let first, let last, let repeatsLast):
            guard adding else { return runs }
            return runs.enumerated().map { index, run in
                let before = index == 0 ? [made(first, 0)] : repeatsLast ? [made(last, 0)] : []
                return before + run + [made(last, end)]
            }
        case .template(let single, let pair):
            guard runs.count == 1 || runs.count == 2 else {
                throw TokenizerError(
                    .unsupported,
                    "A post_processor that puts a template around \(runs.count) texts is not supported: they are one or two."
                )
            }
            var out: [[Token]] = []
            var hasText = false
            for part in runs.count == 1 ? single : pair {
                switch part {
                case .tokens(let ids): if adding { out.append(ids.map { made($0, hasText ? end : 0) }) }
                case .text(let index):
                    hasText = true
                    if runs.indices.contains(index) { out.append(runs[index]) }
                }
            }
            return out
        }
    }

    /// The ids before and after a text, when that is all there is to it; nil otherwise.
    var frame: (prefix: [Int32], suffix: [Int32])? {
        let text = Token(id: -1, range: 0..<0)
        guard let ids = try? process([[text]], adding: true, end: 0).joined().map(\.id),
            let place = ids.firstIndex(of: -1), ids.lastIndex(of: -1) == place,
            let alone = try? process([[text]], adding: false, end: 0).joined().map(\.id), alone == [-1]
        else { return nil }
        return (Array(ids[..<place]), Array(ids[(place + 1)...]))
    }

    /// A token before a text and one after, where there is one; nil without either.
    static func adding(_ first: Int32?, _ last: Int32?) -> PostProcessor? {
        guard first != nil || last != nil else { return nil }
        func part(_ id: Int32?) -> [Part] { id.map { [.tokens([$0])] } ?? [] }
        return .template(
            single: part(first) + [.text(0)] + part(last),
            pair: part(first) + [.text(0)] + part(last) + part(first) + [.text(1)] + part(last))
    }
}
