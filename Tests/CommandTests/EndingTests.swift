import ArgumentParser
import Foundation
import MLOpsCore
import TestSupport
import Testing

@testable import mlops

/// How the real binary ends: exit status, and what goes where.
@Suite struct EndingTests {
    @Test(arguments: [
        ["nonsense"], ["--nonsense"], ["version", "extra"], ["version", "--quiet", "--verbose"],
        ["nonsense", "--help"],
        ["data", "nonsense", "-h"], ["help", "nonsense"],
    ])
    func aWrongCommandLineIsUsage(_ arguments: [String]) async throws {
        let home = try TemporaryDirectory()
        let result = try await BuiltProgram.mlops.run(arguments, in: home.url)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.complaint.hasPrefix("mlops: error: "))
        #expect(result.complaint.contains("Usage: mlops"))
    }

    @Test(arguments: [["--help"], ["version", "--help"], ["help", "version"], ["data", "--help"], []])
    func helpIsAResult(_ arguments: [String]) async throws {
        let home = try TemporaryDirectory()
        let result = try await BuiltProgram.mlops.run(arguments, in: home.url)
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: mlops"))
        #expect(result.complaint.isEmpty)
    }

    @Test func anErrorOfTheLibrariesKeepsItsMessageAndStatus() {
        let ending = Ending(FileError(.missing, "Cannot read 'x': it is not there."))
        #expect(ending.status == 66)
        #expect(ending.complaint == "mlops: error: Cannot read 'x': it is not there.\n")
        #expect(ending.output == nil)
    }

    @Test func anExitStatusIsSilent() {
        let ending = Ending(ExitStatus.gateFailed.code)
        #expect(ending.status == 2)
        #expect(ending.complaint == nil && ending.output == nil)
    }

    @Test func anErrorWithoutAMessageOfItsOwnIsAFailure() {
        struct Odd: Error {}
        let ending = Ending(Odd())
        #expect(ending.status == 1)
        #expect(ending.complaint?.hasPrefix("mlops: error: ") == true)
    }

    @Test func aFullDiskBehindStandardOutputIsReported() async throws {
        let home = try TemporaryDirectory()
        let shell = BuiltProgram(url: .init(filePath: "/bin/sh"))
        let tool = BuiltProgram.mlops.url.path
        let result = try await shell.run(["-c", "'\(tool)' version >/dev/full"], in: home.url)
        #expect(result.status == 74)
        #expect(result.complaint.contains("standard output"))
    }

    @Test func aReaderThatWentAwayIsNotASignal() async throws {
        let home = try TemporaryDirectory()
        let shell = BuiltProgram(url: .init(filePath: "/bin/bash"))
        let tool = BuiltProgram.mlops.url.path
        let script = "(sleep 0.3; '\(tool)' version; echo $? > status) | true"
        _ = try await shell.run(["-c", script + "; sleep 1.5"], in: home.url)
        #expect(try home.text("status") == "74\n")
    }
}
