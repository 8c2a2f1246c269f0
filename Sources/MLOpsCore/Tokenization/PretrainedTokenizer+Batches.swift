extension PretrainedTokenizer {
    /// Returns the ids of each of `texts`, computed on several threads.
    ///
    /// - Parameter tasks: how many texts are worked on at once, at most.
    /// - Throws: ``TokenizerError`` of the first text that cannot be encoded; `CancellationError`.
    public func encodeBatch(
        _ texts: [String], _ options: EncodingOptions = EncodingOptions(), tasks: Int
    ) async throws -> [[Int32]] {
        var none: [[Int32]] = []
        none.reserveCapacity(texts.count)
        return try await eachRun(of: texts, tasks: tasks, adding: { $0 += $1 }, to: none) { run, workspace in
            try run.map { try encode(texts[$0], options, &workspace) }
        }
    }

    /// Returns how many tokens `texts` have together: as many as ``encodeBatch(_:_:tasks:)`` gives, which are not kept.
    ///
    /// - Parameter tasks: how many texts are worked on at once, at most.
    /// - Throws: ``TokenizerError`` of the first text that cannot be encoded; `CancellationError`.
    public func countBatch(
        _ texts: [String], _ options: EncodingOptions = EncodingOptions(), tasks: Int
    ) async throws -> Int {
        try await eachRun(of: texts, tasks: tasks, adding: { $0 += $1 }, to: 0) { run, workspace in
            try run.reduce(0) { try $0 + self.count(texts[$1], options, &workspace) }
        }
    }

    /// Works on runs of texts, several at once, and adds what comes of them in the order of the texts.
    ///
    /// Each task takes the next run by itself: one that handed them out would have to be waited for.
    private func eachRun<Result: Sendable, Total: Sendable>(
        of texts: [String], tasks: Int, adding: @escaping @Sendable (inout Total, Result) -> Void, to total: Total,
        _ work: @escaping @Sendable (Range<Int>, inout EncodingWorkspace) throws -> Result
    ) async throws -> Total {
        let runs = Self.runs(of: texts, atLeast: 64 * max(tasks, 1))
        let queue = OrderedWork(count: runs.count, total: total, adding: adding)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(tasks, 1) {
                group.addTask { @concurrent in
                    try workspaces.withWorkspace { workspace in
                        while let index = queue.next() {
                            try Task.checkCancellation()
                            queue.finish(index) { () throws in try work(runs[index], &workspace) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return try queue.total()
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
