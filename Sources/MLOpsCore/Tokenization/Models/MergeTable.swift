/// What pairs of adjacent symbols become: an open-addressing table, as merging asks it for every pair of a word.
struct MergeTable: Sendable {
    /// What two adjacent symbols become.
    struct Merge: Sendable, Hashable, BitwiseCopyable {
        /// The place in the order of merges: the lowest goes first.
        var rank: Int32
        /// The token they become.
        var id: Int32

        /// What a pair has that stays a pair.
        static let none = Merge(rank: .max, id: -1)
    }

    /// A pair and what it becomes, side by side: finding them touches one place of memory.
    private struct Slot: Sendable, BitwiseCopyable {
        var key: UInt64
        var merge: Merge
    }

    private var slots: [Slot]
    private let shift: Int
    private static let free = UInt64.max

    /// Creates a table with room for `capacity` pairs.
    init(capacity: Int) {
        var bits = 4
        while 1 << bits < 2 * capacity { bits += 1 }
        slots = Array(repeating: Slot(key: Self.free, merge: Merge(rank: 0, id: 0)), count: 1 << bits)
        shift = 64 - bits
    }

    /// What the pair becomes; nil when it stays a pair.
    subscript(left: Int32, right: Int32) -> Merge? {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        let slot = slots[place(of: key)]
        return slot.key == key ? slot.merge : nil
    }

    /// Sets what the pair becomes; a later merge of the same pair replaces the earlier one.
    ///
    /// - Precondition: there are no more pairs than the table was made for, and ids are not negative.
    mutating func set(_ left: Int32, _ right: Int32, to merge: Merge) {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        slots[place(of: key)] = Slot(key: key, merge: merge)
    }

    /// The place of `key`, or the free one where it would go.
    @inline(__always) private func place(of key: UInt64) -> Int {
        // Fibonacci hashing of both halves: ids of neighbours lie close together.
        let mixed = (key ^ (key >> 29)) &* 0x9E37_79B9_7F4A_7C15
        var index = Int(truncatingIfNeeded: mixed >> UInt64(shift))
        while slots[index].key != key, slots[index].key != Self.free { index = (index + 1) & (slots.count - 1) }
        return index
    }
}
