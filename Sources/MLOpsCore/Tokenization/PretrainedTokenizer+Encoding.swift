extension PretrainedTokenizer {
    /// Returns the tokens of `text`, each with the bytes of `text` it stands for.
    ///
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text, or the vocabulary cannot express it.
    public func tokens(of text: String, _ options: EncodingOptions) throws -> [Token] {
        let bytes = Array(text.utf8)
        let tokens = try workspaces.withWorkspace { workspace throws(TokenizerError) in
            var tokens: [Token] = []
            try encode(bytes, options, &workspace) { id, range in tokens.append(Token(id: id, range: range)) }
            return tokens
        }
        guard let postProcessor else { return tokens }
        return Array(
            try postProcessor.process([tokens], adding: options.addsSpecialTokens, end: bytes.count).joined())
    }

    /// Returns the ids of `text`: those of ``tokens(of:_:)``, for less work.
    ///
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text, or the vocabulary cannot express it.
    public func encode(_ text: String, _ options: EncodingOptions) throws -> [Int32] {
        try workspaces.withWorkspace { workspace in try encode(text, options, &workspace) }
    }

    func encode(
        _ text: String, _ options: EncodingOptions, _ workspace: inout EncodingWorkspace
    ) throws -> [Int32] {
        guard let frame else { return try tokens(of: text, options).map(\.id) }
        let bytes = Array(text.utf8)
        var ids: [Int32] = []
        ids.reserveCapacity(bytes.count / 3)
        if options.addsSpecialTokens { ids += frame.prefix }
        try encode(bytes, options, &workspace) { id, _ in ids.append(id) }
        if options.addsSpecialTokens { ids += frame.suffix }
        return ids
    }

    /// Returns how many tokens the text has.
    func count(
        _ text: String, _ options: EncodingOptions, _ workspace: inout EncodingWorkspace
    ) throws -> Int {
        guard let frame else { return try tokens(of: text, options).count }
        var count = options.addsSpecialTokens ? frame.prefix.count + frame.suffix.count : 0
        try encode(Array(text.utf8), options, &workspace) { _, _ in count += 1 }
        return count
    }

    /// Calls `emit` with each token of the text without those around it, and the bytes of the text it stands for.
    @inline(__always) private func encode(
        _ bytes: [UInt8], _ options: EncodingOptions, _ workspace: inout EncodingWorkspace,
        _ emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        let text = TracedText(bytes)
        let mayHoldAdded =
            rawFinder.mayFind(in: bytes)
            || (normalizer == nil ? normalizedFinder.mayFind(in: bytes) : !normalizedFinder.isEmpty)
        guard options.recognisesAddedTokens, mayHoldAdded else {
            return try encode(normalizer?.normalized(text) ?? text, options, &workspace, emit)
        }
        for part in divide(text, rawFinder, options) {
            if let id = part.id {
                emit(id, part.text.origin(of: part.text.bytes.indices))
                continue
            }
            let text = try normalizer?.normalized(part.text) ?? part.text
            for part in divide(text, normalizedFinder, options) {
                if let id = part.id {
                    emit(id, part.text.origin(of: part.text.bytes.indices))
                } else {
                    try encode(part.text, options, &workspace, emit)
                }
            }
        }
    }

    private func divide(
        _ text: TracedText, _ finder: AddedTokenFinder, _ options: EncodingOptions
    ) -> [(text: TracedText, id: Int32?)] {
        guard options.recognisesAddedTokens, finder.mayFind(in: text.bytes) else { return [(text, nil)] }
        return finder.split(text.bytes, isPlain: text.marks(of: options.plainRanges)).map { range, token in
            (text.slice(range), token?.id)
        }
    }

    @inline(__always) private func encode(
        _ text: TracedText, _ options: EncodingOptions, _ workspace: inout EncodingWorkspace,
        _ emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        guard !text.bytes.isEmpty else { return }
        var text = text
        try division.divide(&text, into: &workspace.pieces, &workspace.spare)
        // What may not spell an added token may not be merged into one either.
        let isPlain = !options.recognisesAddedTokens || !options.plainRanges.isEmpty
        let avoidsControl = isPlain && model.makesControl
        for index in workspace.pieces.indices {
            let piece = workspace.pieces[index]
            guard piece.count <= WordCache.maximumLength, !avoidsControl else {
                try model.encode(text.bytes, piece, avoidsControl: avoidsControl, &workspace.room) { id, range in
                    emit(id, text.origin(of: range))
                }
                continue
            }
            let key = WordCache.key(text.bytes, piece)
            if let entry = workspace.words.entry(key.low, key.high, length: piece.count) {
                var start = piece.lowerBound
                for index in 0..<Int(entry.count) {
                    let end = piece.lowerBound + Int(entry.ends[index])
                    emit(entry.ids[index], text.origin(of: start..<end))
                    start = end
                }
                continue
            }
            try encode(text, piece, key, &workspace, emit)
        }
    }

    /// Encodes a word that the cache does not know, and keeps it if its tokens follow one another.
    private func encode(
        _ text: TracedText, _ piece: Range<Int>, _ key: (low: UInt64, high: UInt64),
        _ workspace: inout EncodingWorkspace, _ emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        var entry = WordCache.Entry(low: key.low, high: key.high, length: UInt8(piece.count))
        var count = 0
        var end = piece.lowerBound
        var isPlain = true
        try model.encode(text.bytes, piece, avoidsControl: false, &workspace.room) { id, range in
            emit(id, text.origin(of: range))
            isPlain = isPlain && range.lowerBound == end && count < WordCache.maximumCount
            if isPlain {
                entry.ids[count] = id
                entry.ends[count] = UInt8(range.upperBound - piece.lowerBound)
            }
            count += 1
            end = range.upperBound
        }
        guard isPlain else { return }
        entry.count = UInt8(count)
        workspace.words.keep(entry)
    }
}
