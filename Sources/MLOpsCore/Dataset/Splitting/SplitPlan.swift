/// The side of a split that each group of rows goes to.
struct SplitPlan {
    /// A side of a split.
    enum Side: Int, Sendable, CaseIterable {
        case train, validation, test
    }

    /// Names the random numbers of a split: the letters "splt".
    private static let purpose: UInt32 = 0x7370_6C74

    /// The side of each group; nil when it goes to none.
    private(set) var sides: [Side?]

    /// Draws the groups of each side.
    ///
    /// Groups are taken in a random order, each by the first of test, validation and, when its size was asked for, train
    /// that still has room for all of its rows, in the group's own stratum. So a side may get fewer rows than asked for,
    /// never more, but for the smallest group when test or validation would stay empty.
    ///
    /// - Parameters:
    ///   - sizes: how many rows each group has.
    ///   - strata: the stratum of each group, from 0 on; empty when there is one for all.
    ///   - targets: how many rows each side gets; train without a target gets the rest.
    ///   - seed: which of the possible splits is made.
    init(sizes: [Int], strata: [Int32] = [], targets: [Side: Int], seed: UInt64) {
        let stratumCount = strata.max().map { Int($0) + 1 } ?? 1
        func stratum(_ group: Int) -> Int { strata.isEmpty ? 0 : Int(strata[group]) }
        var rowCounts = [Int](repeating: 0, count: stratumCount)
        for (group, size) in sizes.enumerated() { rowCounts[stratum(group)] += size }
        var room = targets.mapValues { Self.apportioned($0, among: rowCounts) }
        let drawn: [Side] = [.test, .validation, .train].filter { targets[$0] ?? 0 > 0 }
        let rest: Side? = targets[.train] == nil ? .train : nil
        sides = [Side?](repeating: rest, count: sizes.count)
        var taken: [Side: Int] = [:]
        var isDrawn = [Bool](repeating: false, count: sizes.count)
        var random = PhiloxStream(seed: seed, purpose: Self.purpose)
        for group in random.permutation(of: sizes.count) {
            let stratum = stratum(group)
            guard let side = drawn.first(where: { room[$0]?[stratum] ?? 0 >= sizes[group] }) else { continue }
            room[side]?[stratum] -= sizes[group]
            taken[side, default: 0] += 1
            sides[group] = side
            isDrawn[group] = true
        }
        for side in drawn where taken[side] == nil {
            let free = sizes.indices.filter { !isDrawn[$0] }
            guard let smallest = free.min(by: { sizes[$0] < sizes[$1] }) else { continue }
            sides[smallest] = side
            isDrawn[smallest] = true
        }
    }

    /// Returns the parts of `total` in proportion to `weights`, by the method of largest remainders; of equal
    /// remainders, the first goes before.
    static func apportioned(_ total: Int, among weights: [Int]) -> [Int] {
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return weights }
        var parts: [Int] = []
        var remainders: [(Int, Int)] = []
        for (index, weight) in weights.enumerated() {
            let product = total.multipliedFullWidth(by: weight)
            let (quotient, remainder) = sum.dividingFullWidth(product)
            parts.append(quotient)
            remainders.append((remainder, index))
        }
        remainders.sort { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 > $1.0 }
        for (_, index) in remainders.prefix(total - parts.reduce(0, +)) { parts[index] += 1 }
        return parts
    }
}
