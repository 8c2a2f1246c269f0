extension PretrainedTokenizer {
    /// Returns the ids of each of `texts`, computed on several threads.
    ///
    /// - Parameter tasks: how many texts are worked on at once, at most.
    /// - Throws: ``TokenizerError`` of the first text that cannot be encoded; `CancellationError`.
    public func encodeBatch(
        _ texts: [String], _ options: EncodingOptions = EncodingOptions(), tasks: Int
    ) async throws -> [[Int32]] {
        var ids: [[Int32]] = []
        ids.reserveCapacity(texts.count)
        try await eachRun(of: texts, tasks: tasks) { run, workspace in
            try run.map { try encode(texts[$0], options, &workspace) }
        } take: {
            ids += $0
        }
        return ids
    }

    /// Returns how many tokens `texts` have together: as many as ``encodeBatch(_:_:tasks:)`` gives, which are not kept.
    ///
    /// - Parameter tasks: how many texts are worked on at once, at most.
    /// - Throws: ``TokenizerError`` of the first text that cannot be encoded; `CancellationError`.
    public func countBatch(
        _ texts: [String], _ options: EncodingOptions = EncodingOptions(), tasks: Int
    ) async throws -> Int {
        var count = 0
        try await eachRun(of: texts, tasks: tasks) { run, workspace in
            try run.reduce(0) { try $0 + self.count(texts[$1], options, &workspace) }
        } take: {
            count += $0
        }
        return count
    }

    /// Works on runs of texts, several at once, and takes what comes of them in the order of the texts.
    ///
    /// What a run gives is taken while others are worked on, so that little is left to do by one thread at the end.
    private func eachRun<Result: Sendable>(
        of texts: [String], tasks: Int,
        _ work: @escaping @Sendable (Range<Int>, inout EncodingWorkspace) throws -> Result, take: (Result) -> Void
    ) async throws {
        let runs = Self.runs(of: texts, atLeast: 64 * max(tasks, 1))
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            func begin(_ index: Int) {
                guard index < runs.count else { return }
                let run = runs[index]
                group.addTask { @concurrent in
                    try Task.checkCancellation()
                    return (index, try workspaces.withWorkspace { workspace in try work(run, &workspace) })
                }
            }
            // No run more than was asked for: each is a thread's while it is worked on.
            for index in 0..<max(tasks, 1) { begin(index) }
            var next = max(tasks, 1)
            var early: [Int: Result] = [:]
            var taken = 0
            while let (index, result) = try await group.next() {
                begin(next)
                next += 1
                early[index] = result
                while let result = early.removeValue(forKey: taken) {
                    take(result)
                    taken += 1
                }
            }
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
}
