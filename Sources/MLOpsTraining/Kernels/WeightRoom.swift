internal import CMLOpsKernels
internal import Foundation
internal import MLOpsCore
internal import Synchronization

/// Memory for the weights that a token of an answer reads, in the order in which it reads them.
///
/// A step walks through all of it once. On pages of 4 KiB, a virtual machine of Zen 4 read a quarter less a second than on large
/// ones, which the system gives to memory that is asked for in large pieces, not to files.
final class WeightRoom: Sendable {
    private struct State {
        var piece: LargePages?
        var used = 0
        /// Bytes that may still be handed out; nil: nobody has asked yet.
        var left: Int?
    }

    private let state: Mutex<State>
    /// Bytes of a piece; a larger matrix has one of its own.
    private static let pieceBytes = 32 << 20
    /// Where a matrix begins: at a line of the caches.
    private static let alignment = 64

    /// - Parameter limit: the most bytes to hand out; nil: ``roomyLimit``, as of the first request.
    init(limit: Int? = nil) {
        state = Mutex(State(left: limit))
    }

    /// A quarter of the machine's memory, and half of what is available: weights in files need not stay in memory, but these must.
    private static var roomyLimit: Int {
        let machine = Machine.current
        return Int(clamping: min(machine.memory / 4, (machine.availableMemory ?? machine.memory) / 2))
    }

    /// Memory for `count` bytes; nil beyond the limit, or when the system has none.
    func bytes(_ count: Int) -> WeightBytes? {
        state.withLock { state in
            let left = state.left ?? Self.roomyLimit
            state.left = left
            guard count <= left else { return nil }
            if state.piece.map({ $0.count - state.used < count }) ?? true {
                guard let piece = LargePages(count: max(Self.pieceBytes, count)) else { return nil }
                state.piece = piece
                state.used = 0
            }
            guard let piece = state.piece else { return nil }
            let range = state.used..<state.used + count
            state.used = (range.upperBound + Self.alignment - 1) / Self.alignment * Self.alignment
            state.left = left - count
            return WeightBytes(pages: piece, range: range)
        }
    }
}

/// Some bytes of a ``WeightRoom``, which live as long as this does.
struct WeightBytes: Sendable {
    fileprivate let pages: LargePages
    /// Lies in the pages: the room proves it.
    fileprivate let range: Range<Int>

    var count: Int { range.count }

    /// Calls `body` with the bytes, which begin at a line of the caches.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        withExtendedLifetime(pages) {
            unsafe body(UnsafeRawBufferPointer(start: pages.base + range.lowerBound, count: range.count))
        }
    }

    /// Calls `body` once, before anyone reads them, to write them.
    func write(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        withExtendedLifetime(pages) {
            unsafe body((pages.base + range.lowerBound).assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Copies what lies elsewhere.
    ///
    /// - Precondition: `bytes` are as many.
    func fill(from bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == count, "\(bytes.count) bytes into \(count)")
        unsafe write { unsafe mlops_copy_bytes(bytes.baseAddress, $0, bytes.count) }
    }
}

/// A mapping of zeros that begins where a large page does.
///
/// Unchecked: who takes a part of it from a ``WeightRoom`` is the only one to know it, writes it once, and shares it then.
@safe private final class LargePages: @unchecked Sendable {
    let count: Int
    /// Valid for `count` bytes as long as `self` lives.
    let base: UnsafeMutableRawPointer
    private let mapped: UnsafeMutableRawPointer
    private let mappedBytes: Int

    private static let pageBytes = 2 << 20

    /// Nil when the system has no such memory.
    init?(count: Int) {
        let bytes = count + Self.pageBytes
        let flags = MAP_PRIVATE | MAP_ANON
        guard let start = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0),
            unsafe start != MAP_FAILED
        else { return nil }
        // At most a page behind the start, so `count` bytes are left.
        let page = UInt(Self.pageBytes)
        let begin = (UInt(bitPattern: start) + page - 1) / page * page
        unsafe base = start + Int(begin - UInt(bitPattern: start))
        unsafe mapped = start
        (self.count, mappedBytes) = (count, bytes)
        #if os(Linux)
            // A wish: where it is not granted, pages are small.
            _ = unsafe madvise(base, count, MADV_HUGEPAGE)
        #endif
    }

    deinit { unsafe munmap(mapped, mappedBytes) }
}
