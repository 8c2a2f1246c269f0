@testable import MLOpsTraining
import MLOpsCore
import Testing

/// Products of whole numbers with scales against plain loops in double precision over what the numbers stand for, and that against what
/// was rounded, on every instruction set of this CPU.
@Suite struct ScaledProductTests {
    /// Rows, outputs, what is summed over.
    static let shapes = [
        [1, 1, 1], [1, 48, 2], [2, 16, 3], [3, 17, 33], [7, 49, 64], [8, 96, 96], [9, 100, 97], [129, 64, 48],
        [260, 5, 16], [15, 97, 1_601], [300, 700, 200],
    ]

    private static func rows(_ x: Matrix) -> ScaledRows {
        let storage = HalfStorage(count: x.rows * ScaledRows.stride(columns: x.columns))
        let rows = ScaledRows(storage: storage, rows: x.rows, columns: x.columns)
        Kernels.convert(x, into: rows)
        return rows
    }

    private static func packed(_ weights: TensorData) -> ScaledMatrix {
        let count = ScaledMatrix.elementCount(outputs: weights.rowCount, k: weights.rowLength)
        return ScaledMatrix(0..<weights.rowCount, of: weights, in: HalfStorage(count: count))
    }

    private static func tensor(_ w: [Float], rows: Int) -> TensorData {
        TensorData(
            name: "w", elementType: .f32, shape: [rows, w.count / rows], bytes: ElementEncoding.bytes(w, as: .f32))
    }

    private static func number(_ storage: HalfStorage, _ place: Int) -> Int {
        Int(Int16(bitPattern: unsafe storage.base[place]))
    }

    private static func scale(_ storage: HalfStorage, _ place: Int) -> Float {
        Float(bitPattern: unsafe UInt32(storage.base[place]) | UInt32(storage.base[place + 1]) << 16)
    }

    /// What the numbers of rows stand for.
    private static func values(_ x: ScaledRows) -> [Double] {
        (0..<x.rows * x.columns).map { i in
            let (row, column) = (i / x.columns * x.stride, i % x.columns)
            let units = row + ScaledMatrix.blocks(x.columns) * ScaledMatrix.block
            return Double(number(x.storage, row + column)) * Double(scale(x.storage, units + 2 * (column / 96)))
        }
    }

    /// Where the number of an output and a k is.
    private static func place(_ w: ScaledMatrix, _ n: Int, _ k: Int) -> Int {
        (n / 48 * ScaledMatrix.blocks(w.k) * 48 + k / 2) * 96 + n % 48 * 2 + k % 2
    }

    private static func unit(_ w: ScaledMatrix, _ n: Int, _ k: Int) -> Float {
        let scales = ScaledMatrix.numberCount(outputs: w.outputs, k: w.k)
        return scale(w.storage, scales + 2 * (n / 96 * ScaledMatrix.blocks(w.k) + k / 96))
    }

    private static func values(_ w: ScaledMatrix) -> [Double] {
        (0..<w.outputs * w.k).map { i in
            Double(number(w.storage, place(w, i / w.k, i % w.k))) * Double(unit(w, i / w.k, i % w.k))
        }
    }

    private enum Addend { case itself, other }

    @Test(arguments: Kernels.instructionSets, shapes)
    func multipliesWhatTheNumbersStandFor(set: Kernels.InstructionSet, shape: [Int]) {
        let (m, n, k) = (shape[0], shape[1], shape[2])
        var numbers = TestNumbers(m + n + k)
        let x = Matrix(numbers.floats(m * k), rows: m, columns: k)
        let weights = Self.tensor(numbers.floats(n * k, scale: 0.1), rows: n)
        let before = numbers.floats(m * n)
        let (left, right) = Kernels.using(set) { (Self.rows(x), Self.packed(weights)) }
        let expected = product(
            Self.values(left).map { Float($0) }, Self.values(right).map { Float($0) }, m: m, n: n, k: k,
            isTransposed: true)
        for base in [nil, Addend.itself, .other] {
            let y = Framed(before, rows: m, columns: n)
            let other = Framed(before.map { -$0 }, rows: m, columns: n, gap: 5)
            let addend = base.map { $0 == .itself ? y.matrix : other.matrix }
            Kernels.using(set) { Kernels.multiply(left, right, into: y.matrix, onto: addend) }
            let sign: Double = base == nil ? 0 : base == .itself ? 1 : -1
            expectClose(y.matrix.elements(), zip(expected, before).map { $0 + sign * Double($1) }, within: 2e-6)
            #expect(y.isIntact && other.isIntact && other.matrix.elements() == before.map { -$0 })
        }
    }

    /// The same packing, summed over its outputs.
    @Test(arguments: Kernels.instructionSets, shapes)
    func multipliesBack(set: Kernels.InstructionSet, shape: [Int]) {
        let (m, n, k) = (shape[0], shape[1], shape[2])
        var numbers = TestNumbers(m + n + k)
        let x = Matrix(numbers.floats(m * n), rows: m, columns: n)
        let weights = Self.tensor(numbers.floats(n * k, scale: 0.1), rows: n)
        let before = numbers.floats(m * k)
        let (left, right) = Kernels.using(set) { (Self.rows(x), Self.packed(weights)) }
        let expected = product(
            Self.values(left).map { Float($0) }, Self.values(right).map { Float($0) }, m: m, n: k, k: n,
            isTransposed: false)
        for adding in [false, true] {
            let y = Framed(before, rows: m, columns: k)
            Kernels.using(set) { Kernels.multiplyBack(left, right, into: y.matrix, adding: adding) }
            expectClose(
                y.matrix.elements(), zip(expected, before).map { adding ? $0 + Double($1) : $0 }, within: 2e-6)
            #expect(y.isIntact)
        }
    }

    /// The bounds that keep sums in 32 bits, of ordinary and of extreme numbers.
    @Test(arguments: Kernels.instructionSets)
    func roundsWithinTheBoundsOfSums(set: Kernels.InstructionSet) {
        let (n, k) = (200, 150)
        var numbers = TestNumbers(4)
        let alike = [Float](repeating: -0.37, count: n * k)
        var single = [Float](repeating: 0, count: n * k)
        single[151] = 7
        var outlier = numbers.floats(n * k)
        outlier[3] = 5_000
        for values in [numbers.floats(n * k), alike, single, outlier] {
            let (left, right) = Kernels.using(set) {
                (Self.rows(Matrix(values, rows: n, columns: k)), Self.packed(Self.tensor(values, rows: n)))
            }
            for (i, (x, value)) in zip(Self.values(left), values).enumerated() {
                let block = i / k * k + i % k / 96 * 96
                let most = values[block..<min(block + 96, (i / k + 1) * k)].map { abs($0) }.max() ?? 0
                if abs(x - Double(value)) > Double(most) / 32_700 { Issue.record("\(x) for \(value)") }
            }
            for (i, (w, value)) in zip(Self.values(right), values).enumerated()
            where abs(w - Double(value)) > 0.501 * Double(Self.unit(right, i / k, i % k)) {
                Issue.record("\(w) for \(value)")
            }
            let sizes = (0..<n * k).map { abs(Self.number(right.storage, Self.place(right, $0 / k, $0 % k))) }
            let largest = (0..<n).map { i in (0..<96).reduce(0) { $0 + sizes[i * k + $1] } }.max() ?? 0
            let down = (0..<k).map { j in (0..<96).reduce(0) { $0 + sizes[$1 * k + j] } }.max() ?? 0
            let x = (0..<n * k).map { abs(Self.number(left.storage, $0 / k * left.stride + $0 % k)) }.max() ?? 0
            #expect(x == 16_383 && max(largest, down) <= 131_071 && (sizes.max() ?? 0) <= 32_767)
            // As fine as that allows.
            #expect(max(largest, down) > 130_000 || (sizes.max() ?? 0) > 32_700)
        }
    }

    /// A sum of the largest numbers, all of one sign, stays in 32 bits; so do those of the way back.
    @Test(arguments: Kernels.instructionSets)
    func noSumLeavesItsBits(set: Kernels.InstructionSet) {
        for sign in [Float(1), -1] {
            let (m, n, k) = (10, 192, 192)
            let x = Matrix([Float](repeating: 3, count: m * k), rows: m, columns: k)
            let w = Self.tensor([Float](repeating: sign * 0.5, count: n * k), rows: n)
            let (y, back) = (Matrix(rows: m, columns: n), Matrix(rows: m, columns: k))
            Kernels.using(set) {
                Kernels.multiply(Self.rows(x), Self.packed(w), into: y)
                Kernels.multiplyBack(Self.rows(x), Self.packed(w), into: back, adding: false)
            }
            for sums in [y, back] {
                expectClose(sums.elements(), [Double](repeating: Double(sign) * 288, count: m * 192), within: 5e-4)
            }
        }
    }

    @Test(arguments: Kernels.instructionSets, WeightKernelTests.types)
    func packsEveryStoredTypeAsItsNumbers(set: Kernels.InstructionSet, type: ElementType) {
        for (rows, blocks) in [(5, 1), (97, 2)] {
            let weights = WeightKernelTests.tensor(type, rows: rows, blocks: type.isQuantised ? blocks : 101 * blocks)
            let floats = Matrix(rows: rows, columns: weights.rowLength)
            Kernels.using(set) { Kernels.convertRows(0..<rows, of: weights, into: floats) }
            let (packed, expected) = Kernels.using(set) {
                (Self.packed(weights), Self.packed(Self.tensor(floats.elements(), rows: rows)))
            }
            let isEqual = Self.values(packed) == Self.values(expected)
            #expect(isEqual, "\(type)")
        }
    }

    /// Sums run block after block, whatever the tile.
    @Test(arguments: Kernels.instructionSets)
    func rowsDoNotDependOnEachOther(set: Kernels.InstructionSet) {
        var numbers = TestNumbers(9)
        let (rows, n, k) = (237, 130, 500)
        let x = Matrix(numbers.floats(rows * k), rows: rows, columns: k)
        let dy = Matrix(numbers.floats(rows * n), rows: rows, columns: n)
        let right = Kernels.using(set) { Self.packed(Self.tensor(numbers.floats(n * k), rows: n)) }
        func multiply(_ range: Range<Int>) -> [[Float]] {
            let (y, dx) = (Matrix(rows: range.count, columns: n), Matrix(rows: range.count, columns: k))
            Kernels.using(set) {
                Kernels.multiply(Self.rows(x.rows(range)), right, into: y)
                Kernels.multiplyBack(Self.rows(dy.rows(range)), right, into: dx, adding: false)
            }
            return (0..<range.count).map { y.rows($0..<$0 + 1).elements() + dx.rows($0..<$0 + 1).elements() }
        }
        let all = multiply(0..<rows)
        for part in [0..<1, 3..<8, 100..<237] {
            let isEqual = multiply(part) == Array(all[part])
            #expect(isEqual, "\(part)")
        }
    }

    @Test(arguments: Kernels.instructionSets)
    func whatIsNoNumberStaysSo(set: Kernels.InstructionSet) {
        let (m, n, k) = (3, 100, 200)
        for bad in [Float.nan, .infinity, -.infinity] {
            var numbers = TestNumbers(5)
            var (x, w) = (numbers.floats(m * k), numbers.floats(n * k))
            x[k + 120] = bad
            let y = Matrix(rows: m, columns: n)
            Kernels.using(set) {
                Kernels.multiply(
                    Self.rows(Matrix(x, rows: m, columns: k)), Self.packed(Self.tensor(w, rows: n)), into: y)
            }
            let finite = (0..<m).map { i in (0..<n).filter { y[i, $0].isFinite }.count }
            #expect(finite == [n, 0, n])
            x[k + 120] = 1
            w[7 * k + 120] = bad
            Kernels.using(set) {
                Kernels.multiply(
                    Self.rows(Matrix(x, rows: m, columns: k)), Self.packed(Self.tensor(w, rows: n)), into: y)
            }
            #expect((0..<m).allSatisfy { !y[$0, 7].isFinite })
        }
    }

    /// What is too small to have an inverse, and nothing but zeros.
    @Test(arguments: Kernels.instructionSets)
    func tinyNumbersVanish(set: Kernels.InstructionSet) {
        let (m, n, k) = (2, 3, 96)
        for tiny in [Float(0), .leastNonzeroMagnitude, 1e-36] {
            let x = Matrix([Float](repeating: tiny, count: m * k), rows: m, columns: k)
            let y = Matrix(rows: m, columns: n)
            Kernels.using(set) {
                Kernels.multiply(
                    Self.rows(x), Self.packed(Self.tensor([Float](repeating: 1, count: n * k), rows: n)), into: y)
            }
            #expect(y.elements().allSatisfy { abs($0) <= 96 * tiny })
        }
    }
}
