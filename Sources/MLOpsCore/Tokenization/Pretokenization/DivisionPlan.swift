/// The steps of a pre-tokenizer, laid out for being taken text after text by several threads.
///
/// Steps that are matched by hand are plain numbers: threads that take them count no references to what they share.
struct DivisionPlan: Sendable {
    private enum Step: Sendable, BitwiseCopyable {
        case known(KnownPattern)
        /// The place of a step among ``others``.
        case other(Int)
    }

    private var steps: [Step] = []
    private var others: [Pretokenizer] = []

    /// Lays out the steps of `pretokenizer`; without one, texts stay whole.
    init(_ pretokenizer: Pretokenizer?) {
        for step in pretokenizer?.flattened ?? [] {
            if let known = step.known {
                steps.append(.known(known))
            } else {
                steps.append(.other(others.count))
                others.append(step)
            }
        }
    }

    /// Divides `text` into pieces.
    ///
    /// - Parameters:
    ///   - pieces: gets the pieces, in order, none empty.
    ///   - spare: room that is used meanwhile.
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text.
    func divide(
        _ text: inout TracedText, into pieces: inout [Range<Int>], _ spare: inout [Range<Int>]
    ) throws(TokenizerError) {
        pieces.removeAll(keepingCapacity: true)
        pieces.append(text.bytes.indices)
        for index in steps.indices {
            switch steps[index] {
            case .known(let pattern):
                spare.removeAll(keepingCapacity: true)
                for piece in pieces { pattern.divide(text.bytes, piece, into: &spare) }
                swap(&pieces, &spare)
            case .other(let place): try others[place].divide(&text, &pieces)
            }
        }
    }
}
