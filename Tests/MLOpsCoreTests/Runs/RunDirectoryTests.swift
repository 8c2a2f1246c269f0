import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct RunDirectoryTests {
    let folder: TemporaryDirectory
    let moment = Date(timeIntervalSince1970: 1_795_444_245)  // 2026-11-23 14:30:45 UTC
    let utc = TimeZone(secondsFromGMT: 0)!

    init() throws { folder = try TemporaryDirectory() }

    private func run(_ name: String, events: [JSONValue] = []) throws -> RunDirectory {
        let run = try RunDirectory.create(named: name, in: folder.url)
        let journal = try Journal(run.journal)
        for event in events { try journal.append(event) }
        journal.close()
        return run
    }

    @Test func isNamedAfterItsSecondAndCountsWhenTheSecondIsTaken() throws {
        let names = try (0..<3).map { _ in try RunDirectory.create(in: folder.url, at: moment, timeZone: utc).name }
        #expect(names == ["2026-11-23_14-30-45", "2026-11-23_14-30-45-2", "2026-11-23_14-30-45-3"])
    }

    @Test func namesAreClaimedByOneEachWhenManyStartAtOnce() async throws {
        let parent = folder.url
        let (moment, utc) = (moment, utc)
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try RunDirectory.create(in: parent, at: moment, timeZone: utc).name } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(names.count == 16)
    }

    @Test func aTakenNameIsRefused() throws {
        _ = try run("a")
        let error = #expect(throws: RunError.self) { try RunDirectory.create(named: "a", in: folder.url) }
        #expect(error?.code == .nameTaken)
    }

    @Test func aFileInTheWayOfTheFolderIsAnInputOutputError() throws {
        let file = folder.url.appending(path: "runs")
        try Data().write(to: file)
        let error = #expect(throws: RunError.self) { try RunDirectory.create(named: "a", in: file) }
        #expect(error?.exitStatus == .inputOutput)
    }

    @Test func opensOnlyWhatIsARun() throws {
        let missing = #expect(throws: RunError.self) { try RunDirectory(contentsOf: folder.url.appending(path: "no")) }
        #expect(missing?.exitStatus == .inputMissing)
        let other = #expect(throws: RunError.self) { try RunDirectory(contentsOf: folder.url) }
        #expect(other?.code == .notARun)
        #expect(try RunDirectory(contentsOf: run("a").url).name == "a")
    }

    @Test func latestIsARelativeLinkThatOnlyMovesForward() throws {
        let older = try run("2026-11-23_14-30-45-2")
        let newer = try run("2026-11-23_14-30-45-10")
        #expect(throws: RunError.self) { try RunDirectory.latest(in: folder.url) }
        try older.becomeLatest()
        let link = folder.url.appending(path: "latest").path
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == older.name)
        try newer.becomeLatest()
        #expect(try RunDirectory.latest(in: folder.url).name == newer.name)
        try older.becomeLatest()
        #expect(try RunDirectory.latest(in: folder.url).name == newer.name)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 3)
    }

    @Test func ofRunsThatEndAtOnceTheNewestIsTheLatest() async throws {
        let runs = try (1...40).map { try run("2026-11-23_14-30-45-\($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for run in runs.shuffled() { group.addTask { try run.becomeLatest() } }
            try await group.waitForAll()
        }
        #expect(try RunDirectory.latest(in: folder.url).name == runs.last?.name)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == runs.count + 1)
    }

    @Test func aFolderInTheWayOfTheLinkIsReportedAndKept() throws {
        let run = try run("a")
        let link = folder.url.appending(path: "latest")
        try FileManager.default.createDirectory(at: link, withIntermediateDirectories: true)
        try Data().write(to: link.appending(path: "x"))
        #expect(throws: RunError.self) { try run.becomeLatest() }
        #expect(FileManager.default.fileExists(atPath: link.appending(path: "x").path))
    }

    @Test(arguments: [
        (["started", "step"], RunStatus.unfinished), (["started", "step", "interrupted"], .interrupted),
        (["started", "interrupted", "resumed", "step"], .unfinished), (["started", "stopped"], .stopped),
        (["started", "failed"], .failed), (["started", "finished"], .succeeded), ([], .unfinished),
    ])
    func theJournalTellsHowFarARunHasCome(events: [String], status: RunStatus) throws {
        let run = try run("a", events: events.map { ["event": .string($0)] })
        #expect(run.status == status)
    }

    @Test func theNewestUnfinishedRunIsTheOneToContinue() throws {
        _ = try run("2026-11-23_14-30-45", events: [["event": "started"]])
        let wanted = try run("2026-11-23_14-30-46", events: [["event": "interrupted"]])
        _ = try run("2026-11-23_14-30-47", events: [["event": "finished", "status": "gate_failed"]])
        #expect(try RunDirectory.newestUnfinished(in: folder.url) == wanted)
        #expect(try RunDirectory.all(in: folder.url).map(\.name).last == "2026-11-23_14-30-47")
        let empty = #expect(throws: RunError.self) {
            try RunDirectory.newestUnfinished(in: folder.url.appending(path: "none"))
        }
        #expect(empty?.exitStatus == .inputMissing)
    }
}
