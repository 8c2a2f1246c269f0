@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// Weights in every stored type, against the decoder of MLOpsCore, on every instruction set of this CPU.
@Suite struct WeightKernelTests {
    static let types = ElementType.allCases.filter { Kernels.canConvert($0) }

    /// Rows of arbitrary bytes, whose scales are ordinary numbers.
    static func tensor(_ type: ElementType, rows: Int, blocks: Int) -> TensorData {
        var numbers = TestNumbers(rows * blocks + type.bytesPerBlock)
        let columns = blocks * type.elementsPerBlock
        if [.f32, .f16, .bf16].contains(type) {
            let values = numbers.floats(rows * columns, scale: 3)
            return TensorData(
                name: "w", elementType: type, shape: [rows, columns], bytes: ElementEncoding.bytes(values, as: type))
        }
        var bytes = (0..<rows * blocks * type.bytesPerBlock).map { _ in UInt8(numbers.integer(below: 256)) }
        // An exponent of all ones is an infinity or no number: the upper byte of each 16 bits that may be a scale is kept small.
        for i in bytes.indices where bytes[i] & 0x7C == 0x7C { bytes[i] ^= 0x40 }
        return TensorData(name: "w", elementType: type, shape: [rows, columns], bytes: bytes)
    }

    @Test(arguments: Kernels.instructionSets, types)
    func convertsRowsAsTheDecoderDoes(set: Kernels.InstructionSet, type: ElementType) {
        for (rows, blocks) in [(1, 1), (5, 3), (37, 2)] {
            let weights = Self.tensor(type, rows: rows, blocks: type.isQuantised ? blocks : 7 * blocks)
            let columns = weights.rowLength
            let range = rows / 3..<rows
            let ids = (0..<Int32(2 * rows)).map { $0 * 7 % Int32(rows) }
            let part = Framed(rows: range.count, columns: columns)
            let gathered = Framed(rows: ids.count, columns: columns)
            Kernels.using(set) {
                Kernels.convertRows(range, of: weights, into: part.matrix)
                Kernels.gatherRows(ids, of: weights, into: gathered.matrix)
            }
            let expected = weights.floats()
            #expect(expected.contains { $0 != 0 })
            expectClose(part.matrix.elements(), weights.floats(rows: range).doubles, within: 1e-6)
            expectClose(
                gathered.matrix.elements(),
                ids.flatMap { expected[Int($0) * columns..<(Int($0) + 1) * columns] }.map { Double($0) }, within: 1e-6)
            #expect(part.isIntact && gathered.isIntact)
        }
    }

    @Test(arguments: Kernels.instructionSets, types)
    func multipliesByWhatTheDecoderGives(set: Kernels.InstructionSet, type: ElementType) {
        // The last one is longer than what is taken at a time.
        for (outputs, blocks) in [(1, 1), (5, 3), (37, 5), (64, 1), (3, 16_640 / type.elementsPerBlock)] {
            let isLong = blocks * type.elementsPerBlock == 16_640
            let weights = Self.tensor(type, rows: outputs, blocks: type.isQuantised || isLong ? blocks : 211 * blocks)
            let k = weights.rowLength
            for rows in isLong ? [1, 3, 6, 110] : [1, 2, 3, 4, 5, 11, 24, 50, 201] {
                var numbers = TestNumbers(rows + k)
                let (x, before) = (numbers.floats(rows * k), numbers.floats(rows * outputs))
                let w = weights.floats()
                let expected = product(x, w, m: rows, n: outputs, k: k, isTransposed: true)
                for (adding, answering) in [(false, false), (true, false), (false, true), (true, true)] {
                    // Few rows, and more of answers, meet quantised weights as whole numbers. Long sums round more often.
                    let isWhole = type.isQuantised && (rows <= 4 || answering)
                    let uncertain = isWhole ? Self.roundings(x) : x.map { _ in 0 }
                    let allowed = zip(x, uncertain).map { abs($0) * (isLong ? 1e-5 : 2e-6) + $1 }
                    let sizes = product(allowed, w.map(abs), m: rows, n: outputs, k: k, isTransposed: true)
                    let y = Framed(before, rows: rows, columns: outputs)
                    let left = Framed(x, rows: rows, columns: k).matrix
                    Kernels.using(set) {
                        Kernels.multiplyStored(
                            left, .stored(weights), into: y.matrix, adding: adding, answering: answering)
                    }
                    let sums = zip(expected, before).map { adding ? $0 + Double($1) : $0 }
                    let ours = y.matrix.elements()
                    let errors = ours.indices.map { i -> Double in
                        // A sum that begins with y rounds it as often as a product is added.
                        let start = adding ? 2e-6 * Double(abs(before[i])) : 0
                        return abs(Double(ours[i]) - sums[i]) / (sizes[i] + 2e-7 + start)
                    }
                    #expect(errors.allSatisfy { $0 < 1 }, "\(type) \(rows)×\(outputs)×\(k)")
                    #expect(y.isIntact)
                }
            }
        }
    }

    /// How much an element may be off by, of which 32 share a scale of 16 bits.
    static func roundings(_ x: [Float]) -> [Float] {
        x.indices.map { i in
            let group = x[i / 32 * 32..<min(i / 32 * 32 + 32, x.count)]
            return (group.map(abs).max() ?? 0) * 0x1p-16
        }
    }

    /// Whatever rows there are beside it, and however many are taken at a time: five or more of quantised weights.
    @Test(arguments: Kernels.instructionSets.filter { $0 != .portable }, types.filter(\.isQuantised))
    func aRowDoesNotDependOnTheOthers(set: Kernels.InstructionSet, type: ElementType) {
        let weights = Self.tensor(type, rows: 70, blocks: 768 / type.elementsPerBlock)
        var numbers = TestNumbers(11)
        let all = numbers.floats(300 * 768)
        var first: [UInt32] = []
        for rows in [5, 6, 8, 13, 16, 31, 50, 96, 97, 130, 300] {
            let y = Matrix(rows: rows, columns: 70)
            let x = Matrix(Array(all.prefix(rows * 768)), rows: rows, columns: 768)
            Kernels.using(set) {
                Kernels.multiplyStored(x, .stored(weights), into: y, adding: false, answering: true)
            }
            let bits = y.elements().prefix(5 * 70).map(\.bitPattern)
            if first.isEmpty { first = bits }
            #expect(bits == first, "\(type), \(rows) rows")
        }
    }

    /// Adapters beside quantised weights: groups whose products read the same rows, and one of their own.
    @Test(arguments: Kernels.instructionSets, [ElementType.q8_0, .q4_K, .q6_K])
    func aTailIsAddedToProductsOfQuantisedWeights(set: Kernels.InstructionSet, type: ElementType) {
        for rows in [1, 5, 20, 120] {
            var numbers = TestNumbers(rows)
            let blocks = 512 / type.elementsPerBlock
            let (x, other) = (numbers.floats(rows * 512), numbers.floats(rows * 512))
            let products = [(x, 40, 16), (x, 25, 0), (other, 9, 300)].map { left, outputs, rank in
                let weights = Self.tensor(type, rows: outputs, blocks: blocks)
                let (xa, b) = (numbers.floats(rows * rank), numbers.floats(outputs * rank))
                let tail =
                    rank == 0
                    ? nil : (x: Matrix(xa, rows: rows, columns: rank), weight: Matrix(b, rows: outputs, columns: rank))
                let y = Framed(rows: rows, columns: outputs)
                let stored = Kernels.StoredProduct(
                    x: Framed(left, rows: rows, columns: 512).matrix, weight: .stored(weights), y: y.matrix, tail: tail)
                let plain = Matrix(rows: rows, columns: outputs)
                Kernels.using(set) {
                    Kernels.multiplyStored(stored.x, .stored(weights), into: plain, adding: false, answering: true)
                }
                let added = product(xa, b, m: rows, n: outputs, k: rank, isTransposed: true)
                let expected = plain.elements().enumerated().map { Double($1) + (rank == 0 ? 0 : added[$0]) }
                return (stored, y, expected)
            }
            Kernels.using(set) { Kernels.multiplyStored(products.map(\.0), answering: true) }
            for (_, y, expected) in products {
                expectClose(y.matrix.elements(), expected, within: 1e-5, "\(rows) rows")
                #expect(y.isIntact)
            }
        }
    }

    /// An element as large as a thousand others takes precision from its group, and only from that.
    @Test(arguments: Kernels.instructionSets, types.filter(\.isQuantised))
    func oneLargeElementCostsItsOwnGroupPrecision(set: Kernels.InstructionSet, type: ElementType) {
        let weights = Self.tensor(type, rows: 9, blocks: 512 / type.elementsPerBlock)
        var numbers = TestNumbers(5)
        var x = numbers.floats(512)
        x[70] = 1_000
        let y = Matrix(rows: 1, columns: 9)
        Kernels.using(set) {
            Kernels.multiplyStored(Matrix(x, rows: 1, columns: 512), .stored(weights), into: y, adding: false)
        }
        let w = weights.floats()
        let expected = product(x, w, m: 1, n: 9, k: 512, isTransposed: true)
        let allowed = zip(x, Self.roundings(x)).map { abs($0) * 2e-6 + $1 }
        let sizes = product(allowed, w.map(abs), m: 1, n: 9, k: 512, isTransposed: true)
        for ((sum, right), size) in zip(zip(y.elements(), expected), sizes) {
            #expect(abs(Double(sum) - right) < size + 2e-7)
        }
    }

    @Test(arguments: Kernels.instructionSets, types)
    func whatIsNoNumberStaysSo(set: Kernels.InstructionSet, type: ElementType) {
        let weights = Self.tensor(type, rows: 3, blocks: type.isQuantised ? 512 / type.elementsPerBlock : 512)
        var numbers = TestNumbers(6)
        for rows in [1, 2, 4, 9, 40] {
            for wrong in [Float.nan, .infinity, -.infinity] {
                var x = numbers.floats(rows * 512)
                x[rows * 512 - 100] = wrong
                let y = Matrix(rows: rows, columns: 3)
                Kernels.using(set) {
                    Kernels.multiplyStored(
                        Matrix(x, rows: rows, columns: 512), .stored(weights), into: y, adding: false,
                        answering: rows > 9)
                }
                let (good, bad) = (y.elements().dropLast(3), y.elements().suffix(3))
                #expect(good.allSatisfy { $0.isFinite }, "\(type), \(rows) rows")
                #expect(bad.allSatisfy { !$0.isFinite }, "\(type), \(rows) rows")
            }
        }
    }

    @Test(arguments: Kernels.instructionSets)
    func aTailIsAddedToEachProductOfAGroup(set: Kernels.InstructionSet) {
        for (rows, ranks) in [(1, [3, 0]), (7, [16, 5]), (30, [64, 0, 300])] {
            var numbers = TestNumbers(rows)
            let k = 200
            let x = numbers.floats(rows * k)
            let products = ranks.enumerated().map { i, rank in
                let outputs = 90 * i + 13
                let w = numbers.floats(outputs * k)
                let (xa, b) = (numbers.floats(rows * rank), numbers.floats(outputs * rank))
                let y = Framed(rows: rows, columns: outputs)
                let tail =
                    rank == 0
                    ? nil : (x: Matrix(xa, rows: rows, columns: rank), weight: Matrix(b, rows: outputs, columns: rank))
                let stored = Kernels.StoredProduct(
                    x: Framed(x, rows: rows, columns: k).matrix,
                    weight: .stored(TensorData(name: "w", shape: [outputs, k], floats: w)),
                    y: y.matrix, tail: tail)
                var expected = product(x, w, m: rows, n: outputs, k: k, isTransposed: true)
                if rank > 0 {
                    expected = zip(expected, product(xa, b, m: rows, n: outputs, k: rank, isTransposed: true)).map(+)
                }
                return (stored, y, expected)
            }
            Kernels.using(set) { Kernels.multiplyStored(products.map(\.0)) }
            for (_, y, expected) in products {
                expectClose(y.matrix.elements(), expected, within: 1e-6, "\(rows) rows")
                #expect(y.isIntact)
            }
        }
    }

    /// The largest error of a sum, as a part of the sum of its terms' sizes: whether terms cancel is not the kernel's doing.
    static func worst(_ sums: [Float], _ expected: [Double], _ sizes: [Double]) -> Double {
        zip(zip(sums, expected), sizes).reduce(0) { max($0, abs(Double($1.0.0) - $1.0.1) / max($1.1, 0.1)) }
    }

    @Test(arguments: Kernels.instructionSets, types)
    func multipliesTheOtherWayToo(set: Kernels.InstructionSet, type: ElementType) {
        for (outputs, blocks) in [(1, 1), (5, 3), (300, 1)] {
            let weights = Self.tensor(type, rows: outputs, blocks: type.isQuantised ? blocks : 111 * blocks)
            let k = weights.rowLength
            for rows in [1, 4, 13, 201] {
                var numbers = TestNumbers(rows + k)
                let (x, before) = (numbers.floats(rows * outputs), numbers.floats(rows * k))
                let w = weights.floats()
                let expected = product(x, w, m: rows, n: k, k: outputs, isTransposed: false)
                let sizes = product(x.map(abs), w.map(abs), m: rows, n: k, k: outputs, isTransposed: false)
                for adding in [false, true] {
                    let y = Framed(before, rows: rows, columns: k)
                    let left = Framed(x, rows: rows, columns: outputs).matrix
                    Kernels.using(set) { Kernels.multiplyStoredBack(left, weights, into: y.matrix, adding: adding) }
                    let sums = zip(expected, before).map { adding ? $0 + Double($1) : $0 }
                    let worst = Self.worst(y.matrix.elements(), sums, sizes)
                    #expect(worst < 2e-6, "\(type) \(rows)×\(outputs)×\(k)")
                    #expect(y.isIntact)
                }
            }
        }
    }

    @Test(arguments: Kernels.instructionSets, types)
    func rowsOfAProductDoNotDependOnEachOther(set: Kernels.InstructionSet, type: ElementType) {
        var numbers = TestNumbers(9)
        let (rows, outputs, k) = (237, 70, type.isQuantised ? 1_280 : 1_100)
        let left = Matrix(numbers.floats(rows * k), rows: rows, columns: k)
        let right = Self.tensor(type, rows: outputs, blocks: k / type.elementsPerBlock)
        func multiply(_ range: Range<Int>) -> [Float] {
            let part = Matrix(rows: range.count, columns: outputs)
            Kernels.using(set) { Kernels.multiplyStored(left.rows(range), .stored(right), into: part, adding: false) }
            return part.elements()
        }
        for (whole, parts) in [
            (0..<rows, [0..<96, 100..<237]), (0..<95, [0..<12, 12..<29, 40..<80]), (0..<11, [0..<5, 5..<10]),
            (0..<4, [0..<1, 1..<3, 1..<4]),
        ] {
            let all = multiply(whole)
            for part in parts {
                let isEqual = multiply(part) == Array(all[part.lowerBound * outputs..<part.upperBound * outputs])
                #expect(isEqual, "\(part)")
            }
        }
    }

    @Test(arguments: Kernels.instructionSets, types.filter(\.isQuantised))
    func convertsTheBlocksOfTheReference(set: Kernels.InstructionSet, type: ElementType) throws {
        let golden = try SafetensorsFile(contentsOf: Fixture.url("TensorFile/blocks.safetensors"))
        let bytes = try #require(golden["\(type.rawValue).bytes"]).bytes()
        let expected = try #require(golden["\(type.rawValue).values"]).floats()
        let weights = TensorData(name: "w", elementType: type, shape: [1, expected.count], bytes: bytes)
        let y = Matrix(rows: 1, columns: expected.count)
        Kernels.using(set) { Kernels.convertRows(0..<1, of: weights, into: y) }
        expectClose(y.elements(), expected.doubles, within: 1e-6)
    }

    @Test(arguments: Kernels.instructionSets)
    func halvesConvertExactlyWhateverTheirBits(set: Kernels.InstructionSet) {
        let bits = (0...UInt16.max).map { $0 }
        for type: ElementType in [.f16, .bf16] {
            let weights = TensorData(
                name: "w", elementType: type, shape: [1, bits.count],
                bytes: bits.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
            let y = Matrix(rows: 1, columns: bits.count)
            Kernels.using(set) { Kernels.convertRows(0..<1, of: weights, into: y) }
            let wrong = zip(y.elements(), weights.floats()).first {
                $0.bitPattern != $1.bitPattern && !($0.isNaN && $1.isNaN)
            }
            #expect(wrong == nil)
        }
    }
}
