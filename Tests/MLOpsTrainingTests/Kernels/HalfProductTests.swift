@testable import MLOpsTraining
import MLOpsCore
import Testing

/// Products of bf16 numbers against plain loops in double precision over the rounded numbers, on every instruction set of this CPU.
@Suite struct HalfProductTests {
    /// Rows, outputs, what is summed over, and the same of the tail.
    static let shapes = [
        [1, 1, 1, 0], [1, 48, 2, 1], [2, 16, 3, 16], [3, 17, 33, 5], [7, 49, 64, 0], [8, 47, 31, 2], [9, 100, 70, 16],
        [129, 64, 48, 16], [260, 5, 16, 0], [15, 96, 1_601, 7],
    ]

    static func rounded(_ floats: [Float]) -> [Float] {
        TensorData(
            name: "x", elementType: .bf16, shape: [floats.count], bytes: ElementEncoding.bytes(floats, as: .bf16)
        ).floats()
    }

    private static func half(_ x: Matrix, split: Int) -> HalfMatrix {
        let even = (split + 1) / 2 * 2
        let columns = split == x.columns ? split : even + x.columns - split
        let stride = HalfMatrix.stride(columns: columns)
        let half = HalfMatrix(
            storage: HalfStorage(count: x.rows * stride), rows: x.rows, columns: columns, stride: stride)
        Kernels.convert(x.columns(0..<split), into: half)
        Kernels.convert(x.columns(split..<x.columns), into: half, at: even)
        return half
    }

    private enum Addend { case itself, other }

    @Test(arguments: Kernels.instructionSets, shapes)
    func multipliesRoundedNumbers(set: Kernels.InstructionSet, shape: [Int]) {
        let (m, n, k, r) = (shape[0], shape[1], shape[2], shape[3])
        var numbers = TestNumbers(m + n + k)
        let (x, w) = (numbers.floats(m * (k + r)), numbers.floats(n * (k + r)))
        let before = numbers.floats(m * n)
        let left = Matrix(x, rows: m, columns: k + r)
        let right = Matrix(w, rows: n, columns: k + r)
        let expected = product(Self.rounded(x), Self.rounded(w), m: m, n: n, k: k + r, isTransposed: true)
        /// Added to nothing, to what is there, to what is elsewhere.
        for base in [nil, Addend.itself, .other] {
            let y = Framed(before, rows: m, columns: n)
            let other = Framed(before.map { -$0 }, rows: m, columns: n, gap: 5)
            let addend = base.map { $0 == .itself ? y.matrix : other.matrix }
            Kernels.using(set) {
                Kernels.multiply(
                    Self.half(left, split: k), Kernels.pack(right.columns(0..<k)),
                    r > 0 ? Kernels.pack(right.columns(k..<k + r)) : nil, into: y.matrix, onto: addend)
            }
            let sign: Double = base == nil ? 0 : base == .itself ? 1 : -1
            expectClose(y.matrix.elements(), zip(expected, before).map { $0 + sign * Double($1) }, within: 2e-6)
            #expect(y.isIntact && other.isIntact && other.matrix.elements() == before.map { -$0 })
        }
    }

    /// The same packing, summed over its outputs.
    @Test(arguments: Kernels.instructionSets, shapes + [[300, 700, 200, 16]])
    func multipliesBack(set: Kernels.InstructionSet, shape: [Int]) {
        let (m, n, k, r) = (shape[0], shape[1], shape[2], shape[3])
        var numbers = TestNumbers(m + n + k)
        let (x, w) = (numbers.floats(m * n), numbers.floats(n * (k + r)))
        let before = numbers.floats(m * (k + r))
        let right = Matrix(w, rows: n, columns: k + r)
        let expected = product(Self.rounded(x), Self.rounded(w), m: m, n: k + r, k: n, isTransposed: false)
        for adding in [false, true] {
            let y = Framed(before, rows: m, columns: k + r)
            Kernels.using(set) {
                Kernels.multiplyBack(
                    Self.half(Matrix(x, rows: m, columns: n), split: n), Kernels.pack(right.columns(0..<k)),
                    r > 0 ? Kernels.pack(right.columns(k..<k + r)) : nil, into: y.matrix, adding: adding)
            }
            // Only w's own columns add.
            let sums = expected.indices.map {
                adding && $0 % (k + r) < k ? expected[$0] + Double(before[$0]) : expected[$0]
            }
            expectClose(y.matrix.elements(), sums, within: 2e-6)
            #expect(y.isIntact)
        }
    }

    @Test(arguments: Kernels.instructionSets, WeightKernelTests.types)
    func packsEveryStoredTypeAsItsRoundedNumbers(set: Kernels.InstructionSet, type: ElementType) {
        for (rows, blocks) in [(5, 1), (50, 3), (97, 2)] {
            let weights = WeightKernelTests.tensor(type, rows: rows, blocks: type.isQuantised ? blocks : 101 * blocks)
            let columns = weights.rowLength
            let floats = Matrix(rows: rows, columns: columns)
            Kernels.using(set) { Kernels.convertRows(0..<rows, of: weights, into: floats) }
            let storage = HalfStorage(count: PackedMatrix.elementCount(outputs: rows, k: columns))
            let (packed, expected) = Kernels.using(set) {
                (Kernels.pack(0..<rows, of: weights, into: storage), Kernels.pack(floats))
            }
            let isEqual = Self.elements(packed) == Self.elements(expected)
            #expect(isEqual, "\(type)")
        }
    }

    @Test(arguments: Kernels.instructionSets)
    func roundsToTheNearestWithTiesToEven(set: Kernels.InstructionSet) {
        let bits: [UInt32] = [
            0, 0x8000_0000, 0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000,
            0x7F80_0001, 1, 0x0000_8001,
        ]
        let x = Matrix(bits.map { Float(bitPattern: $0) }, rows: 1, columns: bits.count)
        let half = HalfMatrix(storage: HalfStorage(count: 32), rows: 1, columns: bits.count, stride: 32)
        Kernels.using(set) { Kernels.convert(x, into: half) }
        let got = bits.indices.map { unsafe half.storage.base[$0] }
        #expect(got == [0, 0x8000, 0x3F80, 0x3F82, 0x3F81, 0x7F80, 0x7F80, 0xFF80, 0x7FC0, 0x7FC0, 0, 0])
    }

    static func elements(_ packed: PackedMatrix) -> [UInt16] {
        (0..<PackedMatrix.elementCount(outputs: packed.outputs, k: packed.k)).map {
            unsafe packed.storage.base[packed.offset + $0]
        }
    }
}
