/// The classes of a pattern as plain numbers.
///
/// A class is asked about every character of a text, by every thread: an answer touches flat tables only, and counts no
/// references.
struct ScalarSets: Sendable, Hashable {
    /// One class.
    private struct Entry: Sendable, Hashable, BitwiseCopyable {
        /// Membership of the scalars below 64 and below 128.
        var low: UInt64 = 0
        var high: UInt64 = 0
        /// Membership of the others by what ``CategoryTable`` says of them.
        var kinds = Kinds()
        /// The place of further members' ranges among ``bounds``.
        var first = 0
        var end = 0
        /// Whether the members beyond ASCII are those that neither ``kinds`` nor the ranges hold.
        var isNegated = false
        /// The place of the class among ``classes`` if it is not one of kinds and ranges; else -1.
        var fallback = -1
    }

    private var entries: [Entry] = []
    /// Firsts and lasts in turn.
    private var bounds: [UInt32] = []
    /// Classes that have no simpler form.
    private var classes: [ScalarClass] = []
    private let version: ReferenceUnicode.Version

    /// Creates an empty list of classes whose categories are those of `version`.
    init(_ version: ReferenceUnicode.Version) { self.version = version }

    /// The place of `set`, which is added if it is not there yet.
    mutating func place(of set: ScalarClass) -> Int {
        var entry = Entry()
        for value in UInt32(0)..<64 where set.contains(value) { entry.low |= 1 << UInt64(value) }
        for value in UInt32(64)..<128 where set.contains(value) { entry.high |= 1 << UInt64(value - 64) }
        var ranges: [ClosedRange<UInt32>] = []
        if let kinds = Kinds(set.items, version, &ranges) {
            entry.kinds = kinds
            entry.isNegated = set.isNegated
            entry.first = bounds.count
            for range in Self.merged(ranges) { bounds += [range.lowerBound, range.upperBound] }
            entry.end = bounds.count
        } else {
            entry.fallback = classes.count
            classes.append(set)
        }
        entries.append(entry)
        return entries.count - 1
    }

    /// Whether the scalar `value` is a member of the class at `place`.
    @inline(__always) func holds(_ place: Int, _ value: UInt32) -> Bool {
        if value < 64 { return entries[place].low >> UInt64(value) & 1 != 0 }
        if value < 128 { return entries[place].high >> UInt64(value - 64) & 1 != 0 }
        return holdsBeyond(entries[place], value)
    }

    private func holdsBeyond(_ entry: Entry, _ value: UInt32) -> Bool {
        if entry.fallback >= 0 { return classes[entry.fallback].contains(value) }
        let isMember = entry.kinds.holds(CategoryTable.table(version)[value]) || isInRanges(entry, value)
        return isMember != entry.isNegated
    }

    private func isInRanges(_ entry: Entry, _ value: UInt32) -> Bool {
        guard entry.first < entry.end, value >= bounds[entry.first] else { return false }
        // The last range that begins at or before the scalar.
        var lower = entry.first / 2
        var upper = entry.end / 2
        while upper - lower > 1 {
            let middle = (lower + upper) / 2
            if bounds[2 * middle] <= value { lower = middle } else { upper = middle }
        }
        return value <= bounds[2 * lower + 1]
    }

    /// The same scalars in ranges that ascend and do not overlap.
    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

/// A set of what ``CategoryTable`` can say of a scalar.
private struct Kinds: Sendable, Hashable, BitwiseCopyable {
    /// A bit for each entry without, and each with the bit of white space.
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    /// The kinds that `items` are made of, beyond ASCII; nil when that cannot be said.
    ///
    /// - Parameter ranges: gets what is added by ranges.
    init?(_ items: [ScalarClass.Item], _ version: ReferenceUnicode.Version, _ ranges: inout [ClosedRange<UInt32>]) {
        for item in items {
            switch item {
            case .range(let first, let last): if last >= 128 { ranges.append(first...last) }
            case .ranges(let list): ranges += list.list
            case .categories(let mask, let wanted):
                guard wanted == version else { return nil }
                insert { mask >> UInt32($0 & CategoryTable.categoryBits) & 1 != 0 }
            case .whitespace: insert { $0 & CategoryTable.spaceBit != 0 }
            case .word: insert { $0 & CategoryTable.wordBit != 0 }
            case .number: return nil
            case .not(let other):
                var others: [ClosedRange<UInt32>] = []
                guard let kinds = Kinds(other.items, version, &others), others.isEmpty else { return nil }
                insert { kinds.holds($0) == other.isNegated }
            }
        }
    }

    private mutating func insert(_ isMember: (UInt8) -> Bool) {
        for kind in UInt8(0)..<64 where isMember(kind) { low |= 1 << UInt64(kind) }
        for kind in UInt8(64)..<128 where isMember(kind) { high |= 1 << UInt64(kind - 64) }
    }

    @inline(__always) func holds(_ kind: UInt8) -> Bool {
        (kind & CategoryTable.spaceBit == 0 ? low : high) >> UInt64(kind & 63) & 1 != 0
    }
}
