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

    private func encode(
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

    /// Returns the ids of each of `texts`, computed on several threads.
    ///
    /// - Parameter tasks: how many texts are worked on at once, at most.
    /// - Throws: ``TokenizerError`` of the first text that cannot be encoded; `CancellationError`.
    public func encodeBatch(
        _ texts: [String], _ options: EncodingOptions = EncodingOptions(), tasks: Int
    ) async throws -> [[Int32]] {
        let runs = Self.runs(of: texts, atLeast: 8 * max(tasks, 1))
        return try await withThrowingTaskGroup(of: (Int, [[Int32]]).self) { group in
            var results = [[[Int32]]](repeating: [], count: runs.count)
            func begin(_ index: Int) {
                guard index < runs.count else { return }
                let run = runs[index]
                group.addTask { @concurrent in
                    try Task.checkCancellation()
                    let ids = try workspaces.withWorkspace { workspace in
                        try run.map { try encode(texts[$0], options, &workspace) }
                    }
                    return (index, ids)
                }
            }
            for index in 0..<max(tasks, 1) { begin(index) }
            var next = max(tasks, 1)
            while let (index, ids) = try await group.next() {
                results[index] = ids
                begin(next)
                next += 1
            }
            return results.flatMap { $0 }
        }
    }

    /// Runs of texts of about the same size, `count` of them where that leaves enough work for each.
    private static func runs(of texts: [String], atLeast count: Int) -> [Range<Int>] {
        let share = max(texts.reduce(0) { $0 + $1.utf8.count } / count, 1 << 14)
        var runs: [Range<Int>] = []
        var size = 0
        var start = 0
        for (index, text) in texts.enumerated() {
            size += text.utf8.count
            if size >= share || index == texts.count - 1 {
                runs.append(start..<index + 1)
                start = index + 1
                size = 0
            }
        }
        return runs
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
