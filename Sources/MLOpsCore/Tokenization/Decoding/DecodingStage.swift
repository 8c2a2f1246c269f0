/// A step of decoding at work on pieces that arrive in parts.
///
/// Parts hold whole characters. A step that changes a piece as a whole waits for its end; the others pass on what later parts
/// cannot change.
struct DecodingStage: Sendable {
    /// What a stage passes on.
    enum Event: Sendable {
        case part([UInt8])
        case end
    }

    private let step: DecodingStep
    /// What waits for later parts.
    private var waiting: [UInt8] = []
    /// How many pieces have ended.
    private var count = 0
    /// Where the piece has begun already: a start that was looked at, a part that was passed on.
    private var isInside = false
    /// How many of the character at the piece's start have gone.
    private var stripped = 0
    /// The piece before this one.
    private var previous: [UInt8]?

    init(_ step: DecodingStep) { self.step = step }

    /// Takes an event, calling `emit` with those that follow from it.
    mutating func take(_ event: Event, _ emit: (Event) -> Void) {
        switch step {
        case .fuse: if case .part = event { emit(event) }
        case .strip(let mark, let start, let stop): strip(event, mark, start, stop, emit)
        case .metaspace(let mark, let dropsFirst): metaspace(event, mark, dropsFirst, emit)
        case .englishSpacing:
            guard case .part(let bytes) = event else { return }
            waiting += bytes
            guard let end = EnglishSpacing.division(of: waiting) else { return }
            emit(.part(EnglishSpacing.cleaned(Array(waiting[..<end]), contracts: false)))
            waiting.removeFirst(end)
        default:
            switch event {
            case .part(let bytes): waiting += bytes
            case .end:
                let piece = waiting
                waiting = []
                take(piece: piece, emit)
                count += 1
            }
        }
    }

    /// Takes a whole piece.
    private mutating func take(
        piece: [UInt8], _ emit: (Event) -> Void
    ) {
        switch step {
        case .spaced: send(count == 0 ? piece : [0x20] + piece, emit)
        case .byteLevel:
            pending += ByteAlphabet.bytes(ofUTF8: piece) ?? piece
            let whole = pending.count - UTF8Tail.incompleteSuffix(of: pending)
            if whole > 0 { emit(.part(Array(String(decoding: pending[..<whole], as: UTF8.self).utf8))) }
            pending.removeFirst(whole)
        case .byteFallback:
            if let byte = ByteTokens.byte(of: piece) { return pending.append(byte) }
            flushBytes(emit)
            send(piece, emit)
        case .replace(let target, let new):
            send(piece.replacing(target.everyMatch(in: piece), with: new), emit)
        case .wordPiece(let prefix, let cleansUp):
            var piece = piece
            if count > 0 {
                piece = piece.starts(with: prefix) ? Array(piece[prefix.count...]) : [0x20] + piece
            }
            send(cleansUp ? EnglishSpacing.cleaned(piece) : piece, emit)
        case .endOfWord(let mark):
            // Whether it is the last one shows when the next one comes.
            if let previous { send(replacing(mark, in: previous, with: [0x20]), emit) }
            previous = piece
        case .ctc(let padding, let delimiter, let cleansUp):
            defer { previous = piece }
            guard piece != previous else { return }
            var piece = replacing(padding, in: piece, with: [])
            if cleansUp { piece = replacing(delimiter, in: EnglishSpacing.cleaned(piece), with: [0x20]) }
            if !piece.isEmpty { send(piece, emit) }
        case .fuse, .strip, .metaspace, .englishSpacing: break
        }
    }

    /// Bytes that form no whole character, or whose run has not ended.
    private var pending: [UInt8] = []

    /// Takes the end of all pieces.
    mutating func finish(_ emit: (Event) -> Void) {
        switch step {
        case .fuse: emit(.end)
        case .byteLevel:
            if !pending.isEmpty { emit(.part(Array(String(decoding: pending, as: UTF8.self).utf8))) }
            emit(.end)
        case .byteFallback: flushBytes(emit)
        case .englishSpacing: send(EnglishSpacing.cleaned(waiting, contracts: false), emit)
        case .endOfWord(let mark): if let previous { send(replacing(mark, in: previous, with: []), emit) }
        default: break
        }
        self = DecodingStage(step)
    }

    private func send(_ piece: [UInt8], _ emit: (Event) -> Void) {
        if !piece.isEmpty { emit(.part(piece)) }
        emit(.end)
    }

    private func replacing(_ old: [UInt8], in piece: [UInt8], with new: [UInt8]) -> [UInt8] {
        guard !old.isEmpty else {
            // Nothing stands before every character and at the end.
            return String(decoding: piece, as: UTF8.self).unicodeScalars.reduce(into: new) { out, scalar in
                out += Array(String(Character(scalar)).utf8) + new
            }
        }
        return piece.replacing(piece.occurrences(of: old, in: piece.indices), with: new)
    }

    private mutating func flushBytes(_ emit: (Event) -> Void) {
        guard !pending.isEmpty else { return }
        let bytes = pending
        pending = []
        if String(validating: bytes, as: UTF8.self) != nil { return send(bytes, emit) }
        for _ in bytes { send(Array("\u{FFFD}".utf8), emit) }
    }

    /// Marks at the piece's start go at once; those at what may be its end wait.
    private mutating func strip(
        _ event: Event, _ mark: [UInt8], _ start: Int, _ stop: Int,
        _ emit: (Event) -> Void
    ) {
        switch event {
        case .part(let bytes):
            waiting += bytes
            var gone = 0
            while !isInside, stripped < start, !mark.isEmpty, waiting.holds(mark, at: gone, before: waiting.count) {
                gone += mark.count
                stripped += 1
            }
            waiting.removeFirst(gone)
            guard !waiting.isEmpty else { return }
            isInside = true
            let end = waiting.count - trailing(mark, atMost: stop)
            if end > 0 { emit(.part(Array(waiting[..<end]))) }
            waiting.removeFirst(end)
        case .end:
            let kept = waiting.count - trailing(mark, atMost: stop)
            if kept > 0 { emit(.part(Array(waiting[..<kept]))) }
            emit(.end)
            waiting = []
            isInside = false
            stripped = 0
        }
    }

    /// How many bytes at the end of what waits are marks, counting at most `limit` of them.
    private func trailing(_ mark: [UInt8], atMost limit: Int) -> Int {
        var end = waiting.count
        var left = limit
        while left > 0, end >= mark.count, !mark.isEmpty, waiting[..<end].suffix(mark.count).elementsEqual(mark) {
            end -= mark.count
            left -= 1
        }
        return waiting.count - end
    }

    private mutating func metaspace(
        _ event: Event, _ mark: [UInt8], _ dropsFirst: Bool, _ emit: (Event) -> Void
    ) {
        switch event {
        case .part(let bytes):
            let new: [UInt8] = dropsFirst && count == 0 ? [] : [0x20]
            let changed = replacing(mark, in: bytes, with: new)
            if !changed.isEmpty { emit(.part(changed)) }
        case .end:
            count += 1
            emit(.end)
        }
    }
}
