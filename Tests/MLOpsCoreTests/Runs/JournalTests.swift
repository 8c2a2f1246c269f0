import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct JournalTests {
    let folder: TemporaryDirectory
    let url: URL

    init() throws {
        folder = try TemporaryDirectory()
        url = folder.url.appending(path: "events.jsonl")
    }

    @Test func aLineAnEvent() throws {
        let journal = try Journal(url)
        try journal.append(["event": "step", "step": 1, "loss": 2.5])
        try journal.append(["event": "step", "step": 2, "loss": .number(.nan)])
        try journal.synchronize()
        let text = try String(contentsOf: url, encoding: .utf8)
        #expect(
            text == "{\"event\":\"step\",\"step\":1,\"loss\":2.5}\n{\"event\":\"step\",\"step\":2,\"loss\":\"nan\"}\n")
    }

    @Test(arguments: ["", "{", "{\"event\":\"st", "{\"event\":\"step\"}"])
    func aLineThatWasNotWrittenToItsEndIsForgotten(rest: String) throws {
        try Data("{\"event\":\"started\"}\n\(rest)".utf8).write(to: url)
        #expect(try JournalReader.lines(of: url).count == 1)
        let journal = try Journal(url)
        try journal.append(["event": "resumed"])
        #expect(try JournalReader.lines(of: url).map { $0.entry["event"] } == ["started", "resumed"])
    }

    @Test func damageInTheMiddleNamesItsLine() throws {
        try Data("{\"event\":\"started\"}\n{\"ev\n{}\n".utf8).write(to: url)
        let error = #expect(throws: RunError.self) { try JournalReader.lines(of: url) }
        #expect(error?.message.contains("line 2") == true)
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func isCutAtTheEndOfALine() throws {
        let first = try Journal(url)
        for step in 1...5 { try first.append(["event": "step", "step": .integer(Int64(step))]) }
        first.close()
        let lines = try JournalReader.lines(of: url)
        let second = try Journal(url, keeping: lines[2].end)
        try second.append(["event": "resumed"])
        #expect(try JournalReader.lines(of: url).map { $0.entry["step"]?.int } == [1, 2, 3, nil])
    }

    @Test func isWrittenByOneAtATime() throws {
        let first = try Journal(url)
        let error = #expect(throws: RunError.self) { try Journal(url) }
        #expect(error?.code == .busy && error?.exitStatus == .interrupted)
        first.close()
        _ = try Journal(url)
    }

    /// As a process has it between its start and its program's.
    @Test func aCopyOfTheFileElsewhereKeepsNobodyOut() throws {
        let first = try Journal(url)
        var file = stat()
        try #require(unsafe stat(url.path(percentEncoded: false), &file) == 0)
        let descriptors = (Int32(0)..<1_024).filter { descriptor in
            var open = stat()
            return unsafe fstat(descriptor, &open) == 0 && open.st_ino == file.st_ino && open.st_dev == file.st_dev
        }
        let copies = descriptors.map { dup($0) }
        defer { for copy in copies { close(copy) } }
        #expect(!copies.isEmpty && copies.allSatisfy { $0 >= 0 })
        first.close()
        _ = try Journal(url)
    }

    @Test func aClosedJournalTakesNoMoreLines() throws {
        let journal = try Journal(url)
        journal.close()
        #expect(throws: RunError.self) { try journal.append(["event": "step"]) }
    }
}
