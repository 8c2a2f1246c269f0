import MLOpsCore
import Testing

@testable import MLOpsTraining

@Suite struct WeightRoomTests {
    /// Pieces do not overlap, begin at lines of the caches, hold what was written, and outlive the room.
    @Test func handsOutMemoryOnce() throws {
        var pieces: [WeightBytes] = []
        let counts = [1, 64, 65, 4000, 3 << 20, 40 << 20, 7]
        do {
            let room = WeightRoom(limit: 64 << 20)
            for (i, count) in counts.enumerated() {
                let piece = try #require(room.bytes(count))
                #expect(piece.count == count)
                let numbers = [UInt8](repeating: UInt8(i + 1), count: count)
                unsafe numbers.withUnsafeBytes { unsafe piece.fill(from: $0) }
                pieces.append(piece)
            }
        }
        for (i, piece) in pieces.enumerated() {
            unsafe piece.withBytes { bytes in
                #expect(UInt(bitPattern: bytes.baseAddress) % 64 == 0)
                #expect(unsafe bytes.count == counts[i] && bytes.allSatisfy { $0 == UInt8(i + 1) })
            }
        }
    }

    @Test func endsAtItsLimit() {
        let room = WeightRoom(limit: 1000)
        #expect(room.bytes(1001) == nil)
        #expect(room.bytes(900) != nil)
        #expect(room.bytes(101) == nil)
        #expect(room.bytes(100) != nil)
    }
}
