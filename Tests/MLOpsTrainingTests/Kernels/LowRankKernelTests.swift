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

    /// The same in bf16, against what rounded numbers give.
    @Test(arguments: Kernels.instructionSets, cases)
    func projectsAndGathersGradientsOfRoundedNumbers(set: Kernels.InstructionSet, example: Case) {
        let (m, k, r, module) = (example.rows, example.columns, example.rank, 5)
        let (n, p) = (k / 2 + 3, Kernels.paddedRank(r))
        var numbers = TestNumbers(m * k + r + 1)
        func half(_ count: Int) -> [Float] { HalfProductTests.rounded(numbers.floats(count)) }
        let (x, a, dy, xa, dxa) = (half(m * k), half(r * k), half(m * n), half(m * r), half(m * r))
        let (before, gradients) = (numbers.floats(m * k), numbers.floats(r * (k + n)))
        let dropout: DropoutMask? =
            example.dropout > 0
            ? DropoutMask(keys: (0..<m).map { UInt64($0) &* 0x1234_5678_9ABC_DEF1 }, probability: example.dropout) : nil
        let keep = Self.mask(dropout, module: module, rows: m, columns: k)
        func padded(_ x: [Float]) -> Matrix {
            let matrix = Matrix(rows: m, columns: p)
            matrix.fill(0)
            for i in 0..<m { for j in 0..<r { matrix[i, j] = x[i * r + j] } }
            return matrix
        }
        func converted(_ x: [Float], _ columns: Int, room: Int) -> HalfMatrix {
            let even = (columns + 1) / 2 * 2
            let stride = HalfMatrix.stride(columns: even + room)
            // What lies behind a row must not matter, whatever it is.
            let storage = HalfStorage(count: m * stride)
            for i in 0..<storage.count { unsafe storage.base[i] = 0x7FC1 }
            let half = HalfMatrix(
                storage: storage, rows: m, columns: room > 0 ? even + room : columns, stride: stride)
            Kernels.convert(Matrix(x, rows: m, columns: columns), into: half)
            return half
        }
        let y = Framed(rows: m, columns: p)
        let dx = Framed(before, rows: m, columns: k)
        let da = Matrix(Array(gradients.prefix(r * k)), rows: r, columns: k)
        let db = Matrix(Array(gradients.suffix(r * n)), rows: n, columns: r)
        let (pairs, packed) = (LowRankPairs(inputs: k, width: p), PackedMatrix(outputs: n, k: p))
        let b = numbers.floats(n * r)
        let left = converted(x, k, room: p)
        Kernels.using(set) {
            Kernels.pack(
                [.init(a: 0..<r * k, b: r * k..<r * (k + n), rank: r, scale: 0.7, pairs: pairs, packedB: packed)],
                of: a + b)
            Kernels.lowRankProject(left, dropout, module: module, pairs, into: y.matrix)
            Kernels.lowRankBackward(
                .init(
                    x: converted(x, k, room: p), dy: converted(dy, n, room: 0), xa: padded(xa), dxa: padded(dxa),
                    pairs: pairs, scale: 0.7), dropout, module: module, da: da, db: db, dx: dx.matrix)
        }
        let dropped = (0..<m * k).map { Double(x[$0]) * keep[$0] }
        var (projected, expected) = ([Double](repeating: 0, count: m * r), before.doubles)
        var (expectedA, expectedB) = (
            gradients.prefix(r * k).map(Double.init), gradients.suffix(r * n).map(Double.init)
        )
        for row in 0..<m {
            for j in 0..<r {
                let (d, t) = (Double(dxa[row * r + j]), Double(xa[row * r + j]))
                for i in 0..<k {
                    projected[row * r + j] += dropped[row * k + i] * Double(a[j * k + i])
                    expected[row * k + i] += keep[row * k + i] * d * Double(a[j * k + i])
                    expectedA[j * k + i] += d * dropped[row * k + i]
                }
                for i in 0..<n { expectedB[i * r + j] += Double(Float(0.7)) * Double(dy[row * n + i]) * t }
            }
        }
        expectClose(y.matrix.columns(0..<r).elements(), projected, within: 2e-6)
        #expect(y.matrix.columns(r..<p).elements().allSatisfy { $0 == 0 }, "padding stays zero")
        let scaled = Matrix(rows: n, columns: p)
        scaled.fill(0)
        for i in 0..<n { for j in 0..<r { scaled[i, j] = 0.7 * b[i * r + j] } }
        #expect(HalfProductTests.elements(packed) == HalfProductTests.elements(Kernels.pack(scaled)))
        let even = (k + 1) / 2 * 2
        for i in 0..<m {
            for j in 0..<p {
                let half = unsafe left.storage.base[i * left.stride + even + j]
                let exact = HalfProductTests.rounded([y.matrix[i, j]])[0]
                #expect(Float(bitPattern: UInt32(half) << 16) == exact)
            }
        }
        expectClose(dx.matrix.elements(), expected, within: 2e-6)
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
