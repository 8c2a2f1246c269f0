import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

@Suite struct TensorBoardTests {
    @Test func checksumsAreCastagnolis() {
        #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
        #expect(CRC32C.masked("123456789".utf8) == 0xC78A_B0E5)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)  // RFC 3720, B.4
    }

    /// The bytes that tensorboard 2.21.0's own writer made for one scalar (see Tests/Fixtures/README.md).
    @Test func aScalarHasTheBytesOfTensorBoardsWriter() throws {
        let golden = try Data(contentsOf: Fixture.url("runs/events.out.tfevents.golden"))
        let versionLength = 12 + 0x48 + 4
        let record = TensorBoardRecord.scalars([("train/loss", 2.5)], step: 3, wallTime: 1.5)
        #expect(Array(golden[versionLength...]) == record)
    }

    @Test func aFileBeginsWithItsVersionAndGrowsARecordAnEntry() throws {
        let folder = try TemporaryDirectory()
        let time = TimeSource(now: { Date(timeIntervalSince1970: 1_000.5) }, seconds: { 0 })
        let first = try TensorBoardLog(in: folder.url, time: time)
        #expect(first.url.lastPathComponent.hasPrefix("events.out.tfevents.0000001000."))
        try first.append(["event": "checkpoint", "step": 3])
        let before = try Data(contentsOf: first.url)
        #expect(Array(before) == TensorBoardRecord.version(wallTime: 1_000.5))
        try first.append(["event": "step", "step": 3, "loss": 1.5, "tokens": 100, "seconds": 0.5])
        let after = try Data(contentsOf: first.url)
        let record = TensorBoardRecord.scalars(
            [("train/loss", 1.5), ("train/tokens_per_second", 200)], step: 3, wallTime: 1_000.5)
        #expect(Array(after.dropFirst(before.count)) == record)
        let second = try TensorBoardLog(in: folder.url, continuingAt: 2, time: time)
        #expect(second.url.lastPathComponent.hasPrefix("events.out.tfevents.0000001001."))
    }

    @Test func everyEventShowsItsScalars() {
        let step: JSONValue = ["event": "step", "step": 1, "loss": 2, "grad_norm": 0.5, "lr": 0.001, "epoch": 0.1]
        #expect(
            TensorBoardLog.scalars(of: step).map(\.tag) == ["train/loss", "train/grad_norm", "train/lr", "train/epoch"])
        #expect(TensorBoardLog.scalars(of: ["event": "evaluated", "loss": 2]).map(\.tag) == ["eval/loss"])
        #expect(
            TensorBoardLog.scalars(of: ["event": "metrics", "metrics": ["rouge1": 0.5, "note": "x"]]).map(\.tag) == [
                "eval/rouge1"
            ])
    }
}
