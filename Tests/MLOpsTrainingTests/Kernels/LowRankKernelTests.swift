@testable import MLOpsTraining
import Testing

/// The products of adapters, with and without dropout, against plain loops, on every instruction set of this CPU.
@Suite struct LowRankKernelTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var rows: Int
        var columns: Int
        var rank: Int
        var dropout: Double = 0

        var testDescription: String { "\(rows)×\(columns), rank \(rank), dropout \(dropout)" }
    }

    static let cases = [
        Case(rows: 1, columns: 1, rank: 1), Case(rows: 33, columns: 65, rank: 3, dropout: 0.3),
        Case(rows: 7, columns: 64, rank: 16, dropout: 0.05), Case(rows: 70, columns: 100, rank: 17),
        Case(rows: 32, columns: 576, rank: 8, dropout: 0.5), Case(rows: 5, columns: 31, rank: 70, dropout: 0.1),
    ]

    /// The mask as bodies/lowrank.h describes it, an element at a time: what kept elements are multiplied by, or 0.
    static func mask(_ mask: DropoutMask?, module: Int, rows: Int, columns: Int) -> [Double] {
        guard let mask else { return [Double](repeating: 1, count: rows * columns) }
        func mixed(_ value: UInt64) -> UInt64 {
            var z = value
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        return (0..<rows).flatMap { row in
            let key = mixed(mask.keys[row] ^ mixed(UInt64(module) &* 0x9E37_79B9_7F4A_7C15 &+ 1))
            return (0..<columns).map { column -> Double in
                let number = UInt32(column / 32 * 16 + column % 16)
                var h = number &* 0x9E37_79B1 &+ UInt32(truncatingIfNeeded: key)
                h = (h ^ (h >> 16)) &* 0x7FEB_352D
                h = (h ^ (h >> 15)) &* 0x846C_A68B
                h = ((h ^ (h >> 16)) ^ UInt32(truncatingIfNeeded: key >> 32)) &* 0x9E37_79B1
                h ^= h >> 15
                let bits = column % 32 < 16 ? h & 0xFFFF : h >> 16
                return bits >= mask.threshold ? Double(mask.scale) : 0
            }
        }
    }

    @Test(arguments: Kernels.instructionSets, cases)
    func projectsExpandsAndGathersGradients(set: Kernels.InstructionSet, example: Case) {
        let (m, k, r, module) = (example.rows, example.columns, example.rank, 5)
        let p = Kernels.paddedRank(r)
        var numbers = TestNumbers(m * k + r)
        let (x, a, before) = (numbers.floats(m * k), numbers.floats(r * k), numbers.floats(m * k))
        let (thin, gradients) = (numbers.floats(m * r), numbers.floats(r * k))
        let dropout: DropoutMask? =
            example.dropout > 0
            ? DropoutMask(keys: (0..<m).map { UInt64($0) &* 0x1234_5678_9ABC_DEF1 }, probability: example.dropout) : nil
        let keep = Self.mask(dropout, module: module, rows: m, columns: k)

        let xs = Framed(x, rows: m, columns: k)
        let at = Matrix(rows: k, columns: p)
        at.fill(0)
        let y = Framed(rows: m, columns: p)
        let padded = Framed(rows: m, columns: p)
        padded.matrix.fill(0)
        for i in 0..<m { for j in 0..<r { padded.matrix[i, j] = thin[i * r + j] } }
        let dx = Framed(before, rows: m, columns: k)
        let (da, db) = (Matrix(gradients, rows: r, columns: k), Matrix(gradients, rows: k, columns: r))
        let a2 = Matrix(a, rows: r, columns: k)
        Kernels.using(set) {
            Kernels.transpose(a2, into: at)
            Kernels.lowRankProject(xs.matrix, dropout, module: module, at, into: y.matrix)
            Kernels.lowRankExpand(padded.matrix, a2, dropout, module: module, into: dx.matrix)
            Kernels.lowRankGradientA(xs.matrix, dropout, module: module, padded.matrix, into: da)
            Kernels.lowRankGradientB(xs.matrix, padded.matrix, scaled: 0.7, into: db)
        }
        let dropped = (0..<m * k).map { Float(Double(x[$0]) * keep[$0]) }
        let projected = product(dropped, a, m: m, n: r, k: k, isTransposed: true)
        expectClose(y.matrix.columns(0..<r).elements(), projected, within: 2e-6)
        #expect(y.matrix.columns(r..<p).elements().allSatisfy { $0 == 0 }, "padding stays zero")
        let expanded = product(thin, a, m: m, n: k, k: r, isTransposed: false)
        expectClose(
            dx.matrix.elements(), (0..<m * k).map { Double(before[$0]) + keep[$0] * expanded[$0] }, within: 2e-6)
        var (expectedA, expectedB) = (gradients.doubles, gradients.doubles)
        for row in 0..<m {
            for i in 0..<k {
                for j in 0..<r {
                    expectedA[j * k + i] += Double(dropped[row * k + i]) * Double(thin[row * r + j])
                    expectedB[i * r + j] += Double(Float(0.7)) * Double(x[row * k + i]) * Double(thin[row * r + j])
                }
            }
        }
        expectClose(da.elements(), expectedA, within: 2e-6)
        expectClose(db.elements(), expectedB, within: 2e-6)
        #expect(y.isIntact && dx.isIntact)
    }

    @Test(arguments: [0.05, 0.3, 0.5])
    func dropsTheShareAskedForAndKeepsTheMean(probability: Double) {
        let (rows, columns) = (200, 500)
        let mask = DropoutMask(
            keys: (0..<rows).map { CounterRandom(seed: 7, stream: .dropout).bits(UInt64($0)) }, probability: probability
        )
        let kept = Self.mask(mask, module: 3, rows: rows, columns: columns)
        let share = Double(kept.count { $0 == 0 }) / Double(kept.count)
        let deviation = (probability * (1 - probability) / Double(kept.count)).squareRoot()
        #expect(abs(share - probability) < 4 * deviation)
        #expect(abs(kept.reduce(0, +) / Double(kept.count) - 1) < 4 * deviation / (1 - probability))
        // Neighbouring columns, rows and modules are dropped independently.
        let other = Self.mask(mask, module: 4, rows: rows, columns: columns)
        for (a, b) in [(kept, Array(kept.dropFirst())), (kept, Array(kept.dropFirst(columns))), (kept, other)] {
            let both = Double(zip(a, b).count { $0 == 0 && $1 == 0 }) / Double(min(a.count, b.count))
            #expect(abs(both - probability * probability) < 5 * probability / Double(kept.count).squareRoot())
        }
    }
}
