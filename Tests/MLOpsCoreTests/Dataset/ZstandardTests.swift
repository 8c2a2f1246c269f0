import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

@Suite struct ZstandardTests {
    /// Bytes that come in pieces of one size.
    private final class Pieces: ByteSource {
        private var rest: ArraySlice<UInt8>
        private let size: Int

        init(_ bytes: [UInt8], size: Int) {
            rest = bytes[...]
            self.size = size
        }

        func next() throws(ByteSourceError) -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
    }

    private static func decompress(_ bytes: [UInt8], size: Int = 1 << 16, freeGrowth: Int = 1 << 28) throws -> [UInt8] {
        let source = try ZstandardByteSource(Pieces(bytes, size: size), freeGrowth: freeGrowth)
        var out: [UInt8] = []
        while let piece = try source.next() { out += piece }
        return out
    }

    @Test(arguments: [0, 1, 1000, 1 << 18, 600_003], [1, 19]) func whatGoesInComesOut(count: Int, level: Int) throws {
        var random = PhiloxStream(seed: 1, purpose: UInt32(count))
        let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next(below: 16)) }
        let compressor = try #require(ZstandardCompressor(level: level))
        let middle = count / 3
        let packed =
            compressor.compress(Array(bytes[..<middle]), isEnd: false)
            + compressor.compress(Array(bytes[middle...]), isEnd: true)
        for size in [packed.count, 1009] { #expect(try Self.decompress(packed, size: size) == bytes) }
    }

    @Test func aFullPieceAtTheEndOfTheInputIsNotTheEndOfTheOutput() throws {
        // The input is used up while most of the output still waits inside the library.
        let compressor = try #require(ZstandardCompressor(level: 3))
        let packed = compressor.compress([UInt8](repeating: 7, count: 5 << 18), isEnd: true)
        #expect(packed.count < 1000)
        #expect(try Self.decompress(packed).count == 5 << 18)
    }

    @Test func aSmallFileThatGrowsWithoutEndIsRefused() throws {
        // One frame of 128 KiB blocks of spaces, each written as one byte to repeat (block type 1).
        let block = UInt32(1) << 1 | UInt32(128 << 10) << 3
        let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58]
        let blocks = (0..<100).flatMap { _ in [UInt8(block & 255), UInt8(block >> 8 & 255), UInt8(block >> 16), 0x20] }
        let error = #expect(throws: ByteSourceError.self) { try Self.decompress(header + blocks, freeGrowth: 1 << 20) }
        guard case .corrupt(let reason) = error else { return }
        #expect(reason.contains("grows more than 1000-fold"))
    }

    @Test func oneFlippedBitIsFound() throws {
        let whole = try [UInt8](Data(contentsOf: Fixture.url("Dataset/two.jsonl.zst")))
        let text = try Self.decompress(whole)
        for index in whole.indices {
            var broken = whole
            broken[index] ^= 4
            // Some header bits say nothing about the content; what is read must then still be right.
            if let read = try? Self.decompress(broken) { #expect(read == text, "bit in byte \(index)") }
        }
    }
}
