import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

@Suite struct WholeFileTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func names(_ path: String = ".") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url(path).path).sorted()
    }

    @Test func directoriesAreMadeWithThoseAboveThem() throws {
        let deep = folder.url("a/b/c")
        try WholeFile.createDirectory(deep)
        try WholeFile.createDirectory(deep)
        #expect(try names("a/b") == ["c"])
    }

    @Test func aFileInTheWayIsSaid() throws {
        try folder.write("x", to: "file")
        for path in ["file", "file/inside", "file/inside/deeper"] {
            let error = #expect(throws: FileError.self) { try WholeFile.createDirectory(folder.url(path)) }
            #expect(error?.exitStatus == .inputOutput, "\(path)")
            #expect(error?.message.contains("a file is in the way") == true)
        }
        #expect(try folder.text("file") == "x")
    }

    /// The kernel's own file system refuses everybody.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/sys/kernel"))) func aPlaceThatRefusesIsSaid() throws {
        let error = #expect(throws: FileError.self) {
            try WholeFile.createDirectory(URL(filePath: "/sys/kernel/mlops/runs"))
        }
        #expect(error?.exitStatus == .permissionDenied)
    }

    @Test func aFileAppearsWholeOrNotAtAll() throws {
        let file = folder.url("data")
        try WholeFile.write("one", to: file)
        let writer = try WholeFileWriter(to: file)
        try writer.append(Array("two".utf8))
        #expect(try folder.text("data") == "one")
        try writer.commit()
        #expect(try folder.text("data") == "two")
        do {
            let abandoned = try WholeFileWriter(to: file)
            try abandoned.append(Array("three".utf8))
        }
        #expect(try folder.text("data") == "two")
        #expect(try names() == ["data"])
    }

    @Test func whatIsTooLargeOrMissingIsRefused() throws {
        try folder.write("12345", to: "five")
        #expect(try WholeFile.read(folder.url("five"), limit: 5).count == 5)
        let large = #expect(throws: FileError.self) { try WholeFile.read(folder.url("five"), limit: 4) }
        #expect(large?.code == .tooLarge)
        let missing = #expect(throws: FileError.self) { try WholeFile.read(folder.url("six")) }
        #expect(missing?.exitStatus == .inputMissing)
        let directory = #expect(throws: FileError.self) { try WholeFile.read(folder.url) }
        #expect(directory?.message.contains(folder.url.path) == true)
    }

    /// A rename over a device or a pipe would take it away from everybody who uses it.
    @Test func aPipeIsNotReplacedByAFile() throws {
        let pipe = folder.url("pipe")
        let made = unsafe mkfifo(pipe.path, 0o600)
        #expect(made == 0)
        let error = #expect(throws: FileError.self) { try WholeFile.write("x", to: pipe) }
        #expect(error?.code == .inTheWay && error?.exitStatus == .usage)
        #expect(error?.message.contains(pipe.path) == true)
        #expect(
            try FileManager.default.attributesOfItem(atPath: pipe.path)[.type] as? FileAttributeType != .typeRegular)
        #expect(try names() == ["pipe"])
    }

    /// Nobody may ever write to it; one of the shell's own is open at its other end.
    @Test(.timeLimit(.minutes(1))) func aPipeWithANameIsNotWaitedFor() throws {
        let pipe = folder.url("pipe")
        let made = unsafe mkfifo(pipe.path, 0o600)
        #expect(made == 0)
        let error = #expect(throws: FileError.self) { try WholeFile.read(pipe) }
        #expect(error?.code == .notRegular && error?.exitStatus == .invalidData)
        #expect(error?.message.contains(pipe.path) == true)
    }

    @Test func writersOfOneFileDoNotDisturbEachOther() async throws {
        let texts = (0..<20).map { String(repeating: "\($0)\n", count: 20_000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for text in texts { group.addTask { try WholeFile.write(text, to: folder.url("data")) } }
            try await group.waitForAll()
        }
        #expect(texts.contains(try String(decoding: WholeFile.read(folder.url("data")), as: UTF8.self)))
        #expect(try names() == ["data"])
    }

    /// No process has the highest number there is; the first one lives, and this one has not begun so many files.
    @Test func whatAKilledProcessLeftIsRemoved() throws {
        let own = ProcessInfo.processInfo.processIdentifier
        let kept = [
            ".data.1-2.partial", ".data.x.partial", ".other.2147483647.partial", "data.2147483647.partial",
            ".data.-1.partial",
        ]
        let left = ["2147483647", "2147483647-3", "\(own)", "\(own)-999999999"].map { ".data.\($0).partial" }
        for name in kept + left { try folder.write("half", to: name) }
        try WholeFile.write("whole", to: folder.url("data"))
        #expect(try names() == (kept + ["data"]).sorted())
    }

    /// Standard output may be a plain file, and the name that leads to it is the system's.
    @Test(arguments: ["/dev/null", "/dev/stdout"]) func namesOfTheSystemAreKept(_ path: String) {
        let error = #expect(throws: FileError.self) { try WholeFile.demandReplaceable(URL(filePath: path)) }
        #expect(error?.code == .inTheWay)
    }

    @Test func whatIsReadIsRecognisedUnderEveryName() throws {
        let file = try folder.write("rows", to: "rows")
        try FileManager.default.createSymbolicLink(at: folder.url("link"), withDestinationURL: file)
        try FileManager.default.linkItem(at: file, to: folder.url("second"))
        try folder.write("rows", to: "other")
        for name in ["rows", "./rows", "link", "second"] {
            let error = #expect(throws: FileError.self, "\(name)") {
                try WholeFile.demandSeparate(folder.url(name), from: [folder.url("other").path, file.path])
            }
            #expect(error?.exitStatus == .usage)
        }
        try WholeFile.demandSeparate(folder.url("other"), from: [file.path, folder.url("gone").path])
        try WholeFile.demandSeparate(folder.url("new"), from: [file.path])
    }
}
